import assert from 'node:assert/strict';
import { METRIC_KEYS, METRICS, type MetricKey, PERCENT_TO_RATIO } from '../../phases/metrics';

const ANY = Number.POSITIVE_INFINITY;

/** The plan's metric table: series, unit, valid range, over several pods, over a window. */
const TABLE: readonly [MetricKey, string, string, readonly [number, number], string, string, string?][] = [
  ['materializer_success_rate', 'materializer_success_rate', 'ratio', [0, 1], 'avg', 'mean'],
  ['materializer_latency_p99', 'materializer_latency_p99', 'seconds', [0, ANY], 'max', 'p95'],
  ['error_rate', 'error_rate', 'ratio', [0, 1], 'avg', 'mean'],
  ['chat_latency_p99', 'chat_latency_p99', 'seconds', [0, ANY], 'max', 'p95'],
  ['queue_depth', 'queue_depth', 'jobs', [0, ANY], 'max', 'p95', 'queue="tools_mut"'],
  ['worker_seen', 'worker_seen', 'age', [0, ANY], 'newest', 'last'],
  ['decisiontrace_drops', 'decisiontrace_drops', 'drops/min', [0, ANY], 'sum', 'rate'],
  ['graph_write_latency_p99', 'graph_write_latency_p99', 'seconds', [0, ANY], 'max', 'p95'],
  ['memory_usage', 'memory_usage', 'ratio', [0, 2], 'max', 'p95'],
  ['uptime', 'up', 'ratio', [0, 1], 'max', 'availability'],
  ['materializer_pct', 'materializer_pct', 'percent', [0, 100], 'max', 'last'],
  ['materializer_new', 'materializer_new', 'jobs', [0, ANY], 'sum', 'increase'],
];

describe('phases/metrics', () => {
  it('has the metrics of the table and no other', () => {
    const keys = TABLE.map(([key]) => key);
    assert.deepEqual([...METRIC_KEYS], keys);
    assert.deepEqual(Object.keys(METRICS), keys);
  });

  for (const [key, series, unit, valid, acrossPods, statistic, matchers] of TABLE) {
    it(`reads ${key} from ${series} in ${unit}, ${acrossPods} over pods, ${statistic} over the window`, () => {
      assert.deepEqual(METRICS[key], {
        key,
        series,
        ...(matchers === undefined ? {} : { matchers }),
        unit,
        valid,
        acrossPods,
        statistic,
      });
    });
  }

  it('reads a percent as a hundredth', () => assert.equal(PERCENT_TO_RATIO, 0.01));
});
