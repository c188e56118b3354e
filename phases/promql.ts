import type { MetricSource } from './metricSettings';
import type { MetricDefinition } from './metrics';
import { type Seconds, seconds } from './units';

/** Over how long, and in which grain: that of the samples, or a minute for availability. */
export interface Over {
  readonly length: Seconds;
  readonly step: Seconds;
}

/** A length in PromQL's own writing: `5m`, `90s`, `1500ms`. */
export function promDuration(length: Seconds): string {
  const milliseconds = Math.round(length * 1000);
  if (milliseconds % 60_000 === 0 && milliseconds > 0) return `${milliseconds / 60_000}m`;
  return milliseconds % 1000 === 0 ? `${milliseconds / 1000}s` : `${milliseconds}ms`;
}

/**
 * The samples of all pods at one moment as one number, in the metric's own unit; a unix time as its age.
 * For gauges: what counters count has no present value.
 */
export function presentValue(source: MetricSource): string {
  const folded = `${AGGREGATIONS[source.definition.acrossPods]}(${source.query})`;
  return source.definition.unit === 'age' ? `time() - ${folded}` : inOurUnit(folded, source);
}

/** As {@link presentValue}, one number for each value of a label. */
export function presentValueBy(label: 'pod' | 'component', source: MetricSource): string {
  return inOurUnit(`${AGGREGATIONS[source.definition.acrossPods]} by (${label}) (${source.query})`, source);
}

/**
 * One number for a stretch of time, by the metric's own statistic, as the rollout itself measures it but for two things: the
 * 95th percentile interpolates, and increases are extrapolated to the ends of the stretch.
 */
export function valueOver(source: MetricSource, over: Over): string {
  const { counted, definition } = source;
  const range = `[${promDuration(over.length)}]`;
  if (counted?.kind === 'ratio') {
    // Rounded, as the limits are: dividing must not lift a value that lies on its limit above or below it.
    return `round(sum(rate(${counted.part}${range})) / sum(rate(${counted.whole}${range})), ${GRAIN})`;
  }
  if (counted?.kind === 'histogram') {
    return `histogram_quantile(0.99, sum by (le) (rate(${counted.buckets}${range})))`;
  }
  switch (definition.statistic) {
    case 'mean':
      return `avg_over_time(${subquery(presentValue(source), over)})`;
    case 'p95':
      return `quantile_over_time(0.95, ${subquery(presentValue(source), over)})`;
    case 'rate':
      return `sum(rate(${samplesOf(source, over)})) * 60`;
    case 'increase':
      return `sum(increase(${samplesOf(source, over)}))`;
    case 'availability':
      // A moment at which nothing is scraped is one without a pod up.
      return `avg_over_time(${subquery(`(${presentValue(source)} == bool 1) or vector(0)`, over)})`;
    case 'last':
      return presentValue(source);
    case 'ratio':
    case 'p99':
      throw new Error(`${definition.key} has a statistic of counters and no counters`);
  }
}

/** Finished jobs of a stretch of time where successes are counted, else those that the API enqueued. */
export function jobsOver(success: MetricSource, enqueued: MetricSource, over: Over): string {
  const { counted } = success;
  return counted?.kind === 'ratio'
    ? `sum(increase(${counted.whole}[${promDuration(over.length)}]))`
    : valueOver(enqueued, over);
}

/** The same metric of one component alone, where its series have a label `component`. */
export function ofComponent(source: MetricSource, component: string | undefined): MetricSource {
  if (component === undefined) return source;
  const only = `component="${component}"`;
  const query = source.expression
    ? `(${source.query}) and on (component) label_replace(vector(1), "component", "${component}", "", "")`
    : source.query.replace(/\}$/, `,${only}}`).replace('{,', '{');
  return { ...source, query };
}

/** How often the number that a query gives has changed. */
export const changesOver = (query: string, over: Over): string => `changes(${subquery(query, over)})`;

/** What a query gave some time ago. */
export const whatWas = (query: string, ago: Seconds, step: Seconds): string =>
  `last_over_time(${subquery(query, { length: seconds(4 * step), step })} offset ${promDuration(ago)})`;

const AGGREGATIONS: Record<MetricDefinition['acrossPods'], string> = {
  avg: 'avg',
  max: 'max',
  sum: 'sum',
  newest: 'max',
};

const GRAIN = '1e-12';

const inOurUnit = (query: string, { factor }: MetricSource): string => (factor === 1 ? query : `${query} * ${factor}`);

const subquery = (query: string, { length, step }: Over): string =>
  `(${query})[${promDuration(length)}:${promDuration(step)}]`;

/** The samples of a counter: a selector has them, an expression is evaluated in the grain of the samples. */
const samplesOf = (source: MetricSource, over: Over): string =>
  source.expression ? subquery(source.query, over) : `${source.query}[${promDuration(over.length)}]`;
