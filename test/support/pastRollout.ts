import { METRIC_KEYS, type MetricKey } from '../../phases/metrics';
import { unixSeconds } from '../../phases/units';
import type { BacktestInput } from '../../rollout/backtest';
import type { AllFetched } from '../../rollout/playback';
import { WELL } from './healthyPhase';
import { found, sampled, type ValueAt } from './series';
import { validSettings } from './validSettings';

/** 06:00 UTC of a Tuesday. */
export const DAWN = unixSeconds(Date.parse('2026-11-24T06:00:00Z') / 1000);
export const HOUR = 3600;

export interface Past {
  /** When the pods came to report which percentage; 0 before. */
  readonly moves: readonly (readonly [at: number, percent: number])[];
  readonly from?: number;
  readonly to: number;
  /** How long before `from` there are samples. */
  readonly before?: number;
  readonly every?: number;
  readonly pods?: readonly string[];
  readonly readings?: { readonly [K in Exclude<MetricKey, 'memory_usage' | 'materializer_pct'>]?: ValueAt };
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** Everything a backtest of such a past needs. */
export function past(own: Past): BacktestInput {
  const { moves, to, every = 30, pods = ['denis-a', 'denis-b'], readings = {} } = own;
  const from = own.from ?? DAWN;
  const sampling = { from: from - (own.before ?? 2 * HOUR), to, every };
  const each = (value: ValueAt, component?: string) => pods.map((pod) => sampled(pod, sampling, value, component));
  const percentAt = (time: number): number => moves.findLast(([at]) => at <= time)?.[1] ?? 0;
  const gauge = (key: MetricKey): ValueAt => {
    if (key === 'materializer_pct') return percentAt;
    return key === 'memory_usage' ? 0.5 : (readings[key] ?? WELL[key]);
  };
  const fetched = (key: MetricKey) =>
    key === 'memory_usage' ? found(...each(0.5, 'api'), ...each(0.5, 'workers')) : found(...each(gauge(key)));
  return {
    series: Object.fromEntries(METRIC_KEYS.map((key) => [key, fetched(key)])) as unknown as AllFetched,
    settings: validSettings(own.settings),
    from: unixSeconds(from),
    to: unixSeconds(to),
  };
}
