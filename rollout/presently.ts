import type { MetricKey } from '../phases/metrics';
import type { Settings } from '../phases/settings';
import { type UnixSeconds, unixSeconds } from '../phases/units';
import { type Measurement, measure } from './measurement';
import type { Fetched } from './series';

export interface Present {
  readonly now: UnixSeconds;
  readonly settings: Pick<Settings, 'metrics' | 'timing'>;
  readonly series: { readonly [K in MetricKey]: Fetched };
}

/** A metric as it is just now: over the time after which it would be stale. */
export function presently(
  { series, settings, now }: Present,
  metric: MetricKey,
  { component, limit }: { readonly component?: string | undefined; readonly limit?: number | undefined } = {},
): Measurement {
  const fetched = series[metric];
  if (fetched.kind === 'off') return { kind: 'noData', query: '', detail: fetched.reason };
  const { timing, metrics } = settings;
  const period = { from: unixSeconds(now - timing.staleAfter), to: now };
  return measure(fetched, period, {
    definition: metrics[metric].definition,
    ...(component === undefined ? {} : { component }),
    ...(limit === undefined ? {} : { limit }),
    timing,
    now,
  });
}
