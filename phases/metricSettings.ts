import { z } from 'zod';
import { METRIC_KEYS, METRICS, type MetricDefinition, type MetricKey, PERCENT_TO_RATIO } from './metrics';

/** `name` or `name{matchers}`. */
const SELECTOR = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})?$/;
const selector = z
  .string()
  .regex(SELECTOR, 'expected the name of a series, with label matchers in braces where needed');

const metricSchema = z.strictObject({
  /** Name of the series. */
  series: z.string().min(1).optional(),
  /** Label matchers, PromQL, without braces; they replace `canary:matchers` for this series. */
  matchers: z.string().optional(),
  /** A whole PromQL expression instead of series and matchers. */
  query: z.string().min(1).optional(),
  /** `percent` for a share that the service writes as 0–100. */
  unit: z.literal('percent').optional(),
  acrossPods: z.enum(['avg', 'max', 'sum']).optional(),
  /** Two counters instead of a gauge, for a share: exact over any period. Each a series name, with label matchers of its own in braces. */
  counters: z.strictObject({ part: selector, whole: selector }).optional(),
  /** Name of a histogram in seconds, without `_bucket`, instead of a gauge, for a latency: its 99th percentile. */
  histogram: selector.optional(),
  /** Reason why this service does not have the series; its checks are shown as off. */
  off: z.string().min(1).optional(),
});

/** Where single metrics differ from the defaults, as a stack writes it. */
export const metricsSchema = z.partialRecord(z.enum(METRIC_KEYS), metricSchema);
export type WrittenMetrics = Readonly<Partial<Record<MetricKey, z.output<typeof metricSchema>>>>;

/** Where one metric comes from, after the settings. */
export interface MetricSource {
  readonly definition: MetricDefinition;
  /** PromQL: a plain selector, or an expression when `expression` is true. For people only where `counted` is there. */
  readonly query: string;
  readonly expression: boolean;
  /** Factor from the service's unit to ours. */
  readonly factor: number;
  /** Selectors of counters that are read instead of the one series. */
  readonly counted?: Counted;
  /** Reason why it is switched off. */
  readonly off?: string;
}

export type Counted =
  | { readonly kind: 'ratio'; readonly part: string; readonly whole: string }
  | { readonly kind: 'histogram'; readonly buckets: string };

/** What no single field can be refused for. */
export function refuseMetrics(written: WrittenMetrics, context: z.RefinementCtx): void {
  const wrong = (key: MetricKey, field: string, message: string): void =>
    context.addIssue({ code: 'custom', path: ['metrics', key, field], message });
  for (const key of METRIC_KEYS) {
    const { counters, histogram } = written[key] ?? {};
    if (counters !== undefined && METRICS[key].statistic !== 'mean') {
      wrong(key, 'counters', 'counters are for materializer_success_rate and error_rate only');
    }
    if (histogram !== undefined && METRICS[key].unit !== 'seconds') {
      wrong(key, 'histogram', 'a histogram is for latencies only');
    }
    const instead = counters === undefined ? histogram && 'histogram takes' : 'counters take';
    for (const field of ['series', 'query', 'unit', 'acrossPods'] as const) {
      if (instead === undefined || written[key]?.[field] === undefined) continue;
      wrong(key, field, `${instead} its place; remove one of the two`);
    }
  }
  for (const key of ['materializer_success_rate', 'error_rate', 'materializer_pct', 'materializer_new'] as const) {
    if (written[key]?.off !== undefined) wrong(key, 'off', 'this metric cannot be switched off');
  }
  for (const key of METRIC_KEYS) {
    if (written[key]?.unit === undefined || METRICS[key].unit === 'ratio') continue;
    wrong(key, 'unit', 'percent is for shares only');
  }
}

/** Where every metric comes from. */
export function metricSources(settings: {
  readonly metrics: WrittenMetrics;
  readonly matchers?: string | undefined;
  readonly namespace: string;
  readonly deployment: string;
}): Record<MetricKey, MetricSource> {
  const common = settings.matchers ?? `namespace="${settings.namespace}"`;
  const source = (key: MetricKey): MetricSource =>
    metricSource(METRICS[key], settings.metrics[key] ?? {}, common, settings.deployment);
  return Object.fromEntries(METRIC_KEYS.map((key) => [key, source(key)])) as Record<MetricKey, MetricSource>;
}

function metricSource(
  definition: MetricDefinition,
  set: z.output<typeof metricSchema>,
  common: string,
  deployment: string,
): MetricSource {
  const own =
    set.matchers ?? (definition.key === 'uptime' ? `${common},pod=~"${deployment}-[a-z0-9]+-[a-z0-9]{5}"` : common);
  const select = (name: string, ...more: (string | undefined)[]): string =>
    `${name}{${[own, ...more].filter((part) => part !== undefined && part !== '').join(',')}}`;
  const selected = (text: string, suffix = ''): string => {
    const [, name, matchers] = SELECTOR.exec(text)!;
    return select(`${name}${suffix}`, matchers);
  };
  const shared = {
    definition: set.acrossPods === undefined ? definition : { ...definition, acrossPods: set.acrossPods },
    expression: set.query !== undefined,
    factor: set.unit === 'percent' ? PERCENT_TO_RATIO : 1,
    ...(set.off === undefined ? {} : { off: set.off }),
  };
  if (set.counters !== undefined) {
    const [part, whole] = [selected(set.counters.part), selected(set.counters.whole)];
    const counted = { kind: 'ratio', part, whole } as const;
    return { ...shared, definition: { ...definition, statistic: 'ratio' }, query: `${part} / ${whole}`, counted };
  }
  if (set.histogram !== undefined) {
    const buckets = selected(set.histogram, '_bucket');
    const counted = { kind: 'histogram', buckets } as const;
    return { ...shared, definition: { ...definition, statistic: 'p99' }, query: buckets, counted };
  }
  return { ...shared, query: set.query ?? select(set.series ?? definition.series, definition.matchers) };
}
