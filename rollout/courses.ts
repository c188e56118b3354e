import type { Settings } from '../phases/settings';
import { type UnixSeconds, unixSeconds } from '../phases/units';
import type { Assessment } from './assessment';
import { type Cells, checkCells } from './cells';
import type { Decision } from './decide';
import { ofComponent } from './measurement';
import { foldSlots, increaseSlots } from './slots';
import { sparkline } from './sparkline';

const WIDTH = 24;

/** The table of checks with the course of each metric over the newest hour (scaled), oldest on the left. */
export function checkCellsWithCourse(
  decision: Decision,
  settings: Settings,
  series: NonNullable<Assessment['series']>,
  now: UnixSeconds,
): Cells {
  const { columns, rows } = checkCells(decision);
  return {
    columns: [...columns, 'last hour'],
    rows: rows.map((row, index) => [...row, courseOf(decision.checks[index]!.spec, settings, series, now)]),
  };
}

function courseOf(
  { metric, component }: Decision['checks'][number]['spec'],
  { timing, metrics }: Settings,
  series: NonNullable<Assessment['series']>,
  now: UnixSeconds,
): string {
  const interval = timing.scrapeInterval;
  // The slot that is not over yet would often be empty.
  const to = unixSeconds(Math.floor(now / interval) * interval);
  const period = { from: unixSeconds(to - timing.ruleLookBackMost), to };
  const fetched = series[metric];
  const { acrossPods, statistic } = metrics[metric].definition;
  if (fetched.kind === 'ratio') {
    const whole = increaseSlots(fetched.whole, period, interval);
    return sparkline(
      increaseSlots(fetched.part, period, interval).values.map((part, slot) => part / whole.values[slot]!),
      WIDTH,
    );
  }
  if (fetched.kind !== 'series') return '';
  const own = ofComponent(fetched.series, component);
  const counter = statistic === 'rate' || statistic === 'increase';
  const slots = counter ? increaseSlots(own, period, interval) : foldSlots(own, period, interval, acrossPods);
  // A unix time rises for ever; what people follow is its age.
  const age = (value: number, slot: number): number => (slots.first + slot + 1) * interval - value;
  return sparkline(metrics[metric].definition.unit === 'age' ? slots.values.map(age) : slots.values, WIDTH);
}
