import type { MetricKey } from '../phases/metrics';
import type { Settings } from '../phases/settings';
import { formatDuration, hours, minutes, type Seconds, type UnixSeconds, unixSeconds } from '../phases/units';
import { type Reading, read, unreadable } from './cluster';
import { type Measurement, measure } from './measurement';
import { type Fetched, firstAtOrAfter, type Period, type Series } from './series';

export const HOUR = hours(1);
/** How much of the hour may be missing at its begin. */
const MOST_MISSING = minutes(3);

/**
 * Jobs that succeeded in the last hour: exact where counters of the success rate are configured, else the enqueued ones times
 * that rate. Pure.
 * @returns why it is not known, where samples of the whole hour are not there
 */
export function succeededJobs(
  series: { readonly [K in MetricKey]: Fetched },
  { metrics, timing }: Pick<Settings, 'metrics' | 'timing'>,
  now: UnixSeconds,
): Reading<number> {
  const period: Period = { from: unixSeconds(now - HOUR), to: now };
  const success = series.materializer_success_rate;
  const counted = metrics.materializer_new.definition;
  const options = { timing, now };
  const counter: Fetched =
    success.kind === 'ratio' ? { ...success, kind: 'series', series: success.part } : series.materializer_new;
  if (counter.kind === 'off') return unreadable(counter.reason);
  const missing = missingOf(counter, period);
  if (missing !== undefined) return unreadable(missing);
  const jobs = measure(counter, period, { ...options, definition: counted });
  if (jobs.kind !== 'value') return unreadable(whyNot('jobs', jobs));
  if (success.kind === 'ratio' || jobs.value === 0) return read(jobs.value);
  if (success.kind === 'off') return unreadable(success.reason);
  const definition = metrics.materializer_success_rate.definition;
  const rate = measure(success, period, { ...options, definition });
  return rate.kind === 'value' ? read(jobs.value * rate.value) : unreadable(whyNot('success rate', rate));
}

/** A counter that is read only since some minutes ago knows too few jobs. */
function missingOf(fetched: Fetched, { from, to }: Period): string | undefined {
  if (fetched.kind !== 'series') return undefined;
  const first = fetched.series.map((one) => firstTime(one, from)).sort((a, b) => a - b)[0];
  if (first === undefined || first - from <= MOST_MISSING) return undefined;
  return `the samples reach back ${formatDuration(Math.max(0, to - first) as Seconds)} only, an hour is needed`;
}

const firstTime = ({ times }: Series, from: number): number =>
  times[firstAtOrAfter(times, from)] ?? Number.POSITIVE_INFINITY;

const whyNot = (what: string, measurement: Exclude<Measurement, { kind: 'value' }>): string =>
  `${what}: ${measurement.detail}`;
