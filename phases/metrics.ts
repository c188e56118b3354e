import { ratio } from './units';

/** The keys of the plan's metric table; each is also the default name of the series. */
export const METRIC_KEYS = [
  'materializer_success_rate',
  'materializer_latency_p99',
  'error_rate',
  'chat_latency_p99',
  'queue_depth',
  'worker_seen',
  'decisiontrace_drops',
  'graph_write_latency_p99',
  'memory_usage',
  'uptime',
  'materializer_pct',
  'materializer_new',
] as const;
export type MetricKey = (typeof METRIC_KEYS)[number];

/** How a value is written for people, and what its number means. */
export type MetricUnit = 'ratio' | 'seconds' | 'jobs' | 'age' | 'drops/min' | 'percent';

/** How the samples of several pods at one moment become one sample. */
export type AcrossPods = 'avg' | 'max' | 'sum' | 'newest';

/**
 * How the samples of a window become one value.
 * `rate` and `increase` read the series as a counter, reset-safe; `availability` is the share of minutes with a pod up.
 * `ratio` is exact, from two counters; `p99` is that of the observations, from the buckets of a histogram.
 */
export type Statistic = 'mean' | 'p95' | 'last' | 'rate' | 'increase' | 'availability' | 'ratio' | 'p99';

export interface MetricDefinition {
  readonly key: MetricKey;
  /** Name of the series in Prometheus. */
  readonly series: string;
  /** Further label matchers, PromQL, without braces. */
  readonly matchers?: string;
  readonly unit: MetricUnit;
  /** Inclusive bounds of what the service can mean; beyond them a value is out of range, never a pass. */
  readonly valid: readonly [min: number, max: number];
  readonly acrossPods: AcrossPods;
  readonly statistic: Statistic;
}

const ANY = Number.POSITIVE_INFINITY;

/** Source: the plan's metric table. Column "over several pods" and the statistic are readings of it (ours). */
export const METRICS: { readonly [K in MetricKey]: MetricDefinition & { readonly key: K } } = {
  materializer_success_rate: {
    key: 'materializer_success_rate',
    series: 'materializer_success_rate',
    unit: 'ratio',
    valid: [0, 1],
    acrossPods: 'avg',
    statistic: 'mean',
  },
  materializer_latency_p99: {
    key: 'materializer_latency_p99',
    series: 'materializer_latency_p99',
    unit: 'seconds',
    valid: [0, ANY],
    acrossPods: 'max',
    statistic: 'p95',
  },
  error_rate: {
    key: 'error_rate',
    series: 'error_rate',
    unit: 'ratio',
    valid: [0, 1],
    acrossPods: 'avg',
    statistic: 'mean',
  },
  chat_latency_p99: {
    key: 'chat_latency_p99',
    series: 'chat_latency_p99',
    unit: 'seconds',
    valid: [0, ANY],
    acrossPods: 'max',
    statistic: 'p95',
  },
  queue_depth: {
    key: 'queue_depth',
    series: 'queue_depth',
    matchers: 'queue="tools_mut"',
    unit: 'jobs',
    valid: [0, ANY],
    acrossPods: 'max',
    statistic: 'p95',
  },
  worker_seen: {
    key: 'worker_seen',
    series: 'worker_seen',
    unit: 'age',
    valid: [0, ANY],
    acrossPods: 'newest',
    statistic: 'last',
  },
  decisiontrace_drops: {
    key: 'decisiontrace_drops',
    series: 'decisiontrace_drops',
    unit: 'drops/min',
    valid: [0, ANY],
    acrossPods: 'sum',
    statistic: 'rate',
  },
  graph_write_latency_p99: {
    key: 'graph_write_latency_p99',
    series: 'graph_write_latency_p99',
    unit: 'seconds',
    valid: [0, ANY],
    acrossPods: 'max',
    statistic: 'p95',
  },
  memory_usage: {
    key: 'memory_usage',
    series: 'memory_usage',
    unit: 'ratio',
    valid: [0, 2],
    acrossPods: 'max',
    statistic: 'p95',
  },
  uptime: {
    key: 'uptime',
    series: 'up',
    unit: 'ratio',
    valid: [0, 1],
    acrossPods: 'max',
    statistic: 'availability',
  },
  materializer_pct: {
    key: 'materializer_pct',
    series: 'materializer_pct',
    unit: 'percent',
    valid: [0, 100],
    acrossPods: 'max',
    statistic: 'last',
  },
  materializer_new: {
    key: 'materializer_new',
    series: 'materializer_new',
    unit: 'jobs',
    valid: [0, ANY],
    acrossPods: 'sum',
    statistic: 'increase',
  },
};

/** A percent read as a ratio is a hundred times too large. Source: `unit: percent` setting. */
export const PERCENT_TO_RATIO = ratio(0.01);
