import type { MetricSource } from '../phases/metricSettings';
import { METRIC_KEYS, type MetricKey } from '../phases/metrics';
import { reasonOf, UserError } from '../phases/userError';
import { parseSelector, type Selector } from './selector';

/** What one metric is read from: one selector, or those of part and whole. */
export type MetricSelectors = readonly [Selector] | readonly [part: Selector, whole: Selector];

/**
 * The selectors of one metric, understood by this program itself.
 * @throws UserError `settings` naming the metric
 */
export function selectorsOf(key: MetricKey, source: MetricSource): MetricSelectors {
  const { counted, query, expression } = source;
  const name = `canary:metrics.${key}`;
  if (expression) throw new UserError('settings', `${name}: source endpoint evaluates no PromQL; name a series`);
  try {
    if (counted?.kind === 'ratio') return [parseSelector(counted.part), parseSelector(counted.whole)];
    return [parseSelector(counted?.kind === 'histogram' ? counted.buckets : query)];
  } catch (thrown) {
    throw new UserError('settings', `${name}: source endpoint does not understand this: ${reasonOf(thrown)}`);
  }
}

/**
 * The selectors of every metric that is not switched off.
 * @throws UserError `settings` naming each metric that cannot be read
 */
export function allSelectors(metrics: Readonly<Record<MetricKey, MetricSource>>): Map<MetricKey, MetricSelectors> {
  const found = new Map<MetricKey, MetricSelectors>();
  const complaints: string[] = [];
  for (const key of METRIC_KEYS) {
    if (metrics[key].off !== undefined) continue;
    try {
      found.set(key, selectorsOf(key, metrics[key]));
    } catch (thrown) {
      complaints.push(reasonOf(thrown));
    }
  }
  if (complaints.length > 0) throw new UserError('settings', complaints.join('\n'));
  return found;
}
