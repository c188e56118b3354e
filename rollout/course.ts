import type { CheckSpec } from '../phases/phase';
import type { Settings } from '../phases/settings';
import { type Seconds, type UnixSeconds, unixSeconds } from '../phases/units';
import type { Assessment } from './assessment';
import { ofComponent } from './measurement';
import { foldSlots, increaseSlots } from './slots';

/** The samples that a course is read from. */
export interface CourseInput {
  readonly settings: Pick<Settings, 'metrics' | 'timing'>;
  readonly series: NonNullable<Assessment['series']>;
  readonly now: UnixSeconds;
  /** How far back. @default the newest hour (scaled) */
  readonly length?: Seconds;
}

/** A check's metric over the newest time, a value each scrape interval, oldest first; NaN without a sample, empty without a series. */
export function courseOf({ metric, component }: CheckSpec, input: CourseInput): ArrayLike<number> {
  const { settings, series, now } = input;
  const { timing, metrics } = settings;
  const interval = timing.scrapeInterval;
  // The slot that is not over yet would often be empty.
  const to = unixSeconds(Math.floor(now / interval) * interval);
  const period = { from: unixSeconds(to - (input.length ?? timing.ruleLookBackMost)), to };
  const fetched = series[metric];
  const { acrossPods, statistic, unit } = metrics[metric].definition;
  if (fetched.kind === 'ratio') {
    const whole = increaseSlots(fetched.whole, period, interval);
    return increaseSlots(fetched.part, period, interval).values.map((part, slot) => part / whole.values[slot]!);
  }
  if (fetched.kind !== 'series') return [];
  const own = ofComponent(fetched.series, component);
  const counter = statistic === 'rate' || statistic === 'increase';
  const slots = counter ? increaseSlots(own, period, interval) : foldSlots(own, period, interval, acrossPods);
  // A unix time rises for ever; what people follow is its age.
  const age = (value: number, slot: number): number => (slots.first + slot + 1) * interval - value;
  return unit === 'age' ? slots.values.map(age) : slots.values;
}

/** The means of `count` equal parts of a course, fewer where it is shorter; NaN for a part without a sample. */
export function partsOf(values: ArrayLike<number>, count: number): readonly number[] {
  const most = Math.min(count, values.length);
  const start = (part: number): number => Math.floor((part * values.length) / most);
  return Array.from({ length: most }, (_, part) => meanOf(values, start(part), start(part + 1)));
}

function meanOf(values: ArrayLike<number>, from: number, to: number): number {
  let [sum, found] = [0, 0];
  for (let i = from; i < to; i++) {
    if (!Number.isFinite(values[i]!)) continue;
    sum += values[i]!;
    found++;
  }
  return found === 0 ? Number.NaN : sum / found;
}
