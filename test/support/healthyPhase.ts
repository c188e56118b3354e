import { phaseNamed } from '../../phases/ladder';
import { METRIC_KEYS, type MetricKey } from '../../phases/metrics';
import type { Phase, PhaseName } from '../../phases/phase';
import { seconds, unixSeconds } from '../../phases/units';
import type { Baseline } from '../../rollout/baseline';
import type { DecideInput } from '../../rollout/facts';
import type { Fetched, Series } from '../../rollout/series';
import { found, sampled, type ValueAt } from './series';
import { validSettings } from './validSettings';

/** Noon of a Wednesday, the end of canary-1's hours. */
export const NOON = unixSeconds(Date.parse('2026-11-25T12:00:00Z') / 1000);
export const PODS = ['denis-a', 'denis-b'] as const;
export const BASELINE: Baseline = {
  chatP99: 0.4,
  measuredAt: '2026-11-24T08:00:00.000Z',
  covered: seconds(86_400),
  samples: 5_760,
};

type Gauge = Exclude<MetricKey, 'memory_usage'>;
export type Readings = { readonly [K in Gauge]?: ValueAt | Fetched } & {
  readonly api?: ValueAt;
  readonly workers?: ValueAt;
  readonly memory_usage?: Fetched;
};

export interface Healthy {
  readonly readings?: Readings;
  /** Default: long enough for the whole window. */
  readonly activatedAt?: number;
  readonly now?: number;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly every?: number;
  readonly pods?: readonly string[];
  /** First sample; default: activation. */
  readonly sampledFrom?: number;
}

/** What a healthy Denis reports in every phase; counters in total of both pods: one job a second and no drop. */
export const WELL: { readonly [K in Exclude<Gauge, 'materializer_pct'>]: ValueAt } = {
  materializer_success_rate: 0.998,
  materializer_latency_p99: 1.2,
  error_rate: 0.0002,
  chat_latency_p99: 0.4,
  queue_depth: 12,
  worker_seen: (time) => time - 5,
  decisiontrace_drops: 7,
  graph_write_latency_p99: 0.2,
  uptime: 1,
  materializer_new: (time) => time / 2,
};

/** Everything that is needed to decide on a healthy phase whose window is complete. */
export function healthy(name: PhaseName, own: Healthy = {}): DecideInput {
  const phase = phaseNamed(name) as Phase;
  const settings = validSettings(own.settings);
  const now = own.now ?? NOON;
  const activatedAt = own.activatedAt ?? now - settings.timing.window(phase) - settings.timing.warmUp - 20 * 60;
  const sampling = {
    from: own.sampledFrom ?? Math.max(activatedAt, now - 80 * 3600),
    to: now,
    every: own.every ?? Math.min(30, settings.timing.scrapeInterval * 2),
  };
  const { readings = {} } = own;
  const perPod = (value: ValueAt, component?: string): Series[] =>
    (own.pods ?? PODS).map((pod) => sampled(pod, sampling, value, component));
  const fetched = (key: MetricKey): Fetched => {
    const given = key === 'memory_usage' ? readings.memory_usage : readings[key];
    if (typeof given === 'object') return given;
    if (key === 'memory_usage')
      return found(...perPod(readings.api ?? 0.5, 'api'), ...perPod(readings.workers ?? 0.5, 'workers'));
    return found(...perPod(given ?? (key === 'materializer_pct' ? phase.exposure : WELL[key])));
  };
  return {
    phase,
    now: unixSeconds(now),
    activatedAt: unixSeconds(activatedAt),
    settings,
    series: Object.fromEntries(METRIC_KEYS.map((key) => [key, fetched(key)])) as Record<MetricKey, Fetched>,
    baseline: BASELINE,
    livePercent: phase.exposure,
    permittedPercent: phase.exposure,
  };
}

/** The same with some series replaced. */
export function withSeries(input: DecideInput, series: Partial<Record<MetricKey, Fetched>>): DecideInput {
  return { ...input, series: { ...input.series, ...series } };
}
