import { METRIC_KEYS, type MetricKey } from '../phases/metrics';
import type { Seconds, UnixSeconds } from '../phases/units';
import type { Fetched } from '../rollout/series';

/** What every source of samples is asked for. */
export interface FetchOptions {
  readonly now: UnixSeconds;
  /** How far back each metric is needed. */
  readonly lookBack: Readonly<Record<MetricKey, Seconds>>;
  readonly signal?: AbortSignal;
}

/** The same look-back of every metric, to be changed where one needs another. */
export const lookBackOfAll = (length: Seconds): Record<MetricKey, Seconds> =>
  Object.fromEntries(METRIC_KEYS.map((key) => [key, length])) as Record<MetricKey, Seconds>;

/** What a source of samples answered. */
export interface FetchedAll {
  readonly series: { readonly [K in MetricKey]: Fetched };
  /** Seconds that the source's clock is ahead of ours; undefined when it did not answer, or has no clock of its own. */
  readonly clockAhead: number | undefined;
  /** What a person should know of the samples, one sentence each; none of it changes a verdict. */
  readonly warnings: readonly string[];
}
