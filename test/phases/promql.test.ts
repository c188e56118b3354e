import assert from 'node:assert/strict';
import type { MetricSource } from '../../phases/metricSettings';
import { METRIC_KEYS, type MetricKey } from '../../phases/metrics';
import {
  changesOver,
  jobsOver,
  ofComponent,
  presentValue,
  presentValueBy,
  promDuration,
  valueOver,
  whatWas,
} from '../../phases/promql';
import { minutes, seconds } from '../../phases/units';
import { validSettings } from '../support/validSettings';

const OVER = { length: minutes(5), step: seconds(15) };
const NS = 'namespace="denis"';

const sourceOf = (key: MetricKey, own: object = {}): MetricSource =>
  validSettings({ metrics: { [key]: own } }).metrics[key];

describe('phases/promql', () => {
  it('writes lengths as PromQL does', () => {
    const rows: readonly [number, string][] = [
      [15, '15s'],
      [60, '1m'],
      [90, '90s'],
      [3600, '60m'],
      [1.5, '1500ms'],
      [0.5, '500ms'],
    ];
    for (const [length, text] of rows) assert.equal(promDuration(seconds(length)), text);
  });

  describe('a value over five minutes', () => {
    const rows: readonly [key: MetricKey, own: object, query: string][] = [
      ['materializer_success_rate', {}, `avg_over_time((avg(materializer_success_rate{${NS}}))[5m:15s])`],
      [
        'materializer_success_rate',
        { counters: { part: 'jobs_total{result="success"}', whole: 'jobs_total' } },
        `round(sum(rate(jobs_total{${NS},result="success"}[5m])) / sum(rate(jobs_total{${NS}}[5m])), 1e-12)`,
      ],
      ['materializer_latency_p99', {}, `quantile_over_time(0.95, (max(materializer_latency_p99{${NS}}))[5m:15s])`],
      [
        'materializer_latency_p99',
        { acrossPods: 'avg' },
        `quantile_over_time(0.95, (avg(materializer_latency_p99{${NS}}))[5m:15s])`,
      ],
      [
        'materializer_latency_p99',
        { histogram: 'job_seconds{kind="a"}' },
        `histogram_quantile(0.99, sum by (le) (rate(job_seconds_bucket{${NS},kind="a"}[5m])))`,
      ],
      ['error_rate', { unit: 'percent' }, `avg_over_time((avg(error_rate{${NS}}) * 0.01)[5m:15s])`],
      ['error_rate', { query: 'a / b' }, 'avg_over_time((avg(a / b))[5m:15s])'],
      ['error_rate', { series: 'errors', matchers: 'job="x"' }, 'avg_over_time((avg(errors{job="x"}))[5m:15s])'],
      ['chat_latency_p99', {}, `quantile_over_time(0.95, (max(chat_latency_p99{${NS}}))[5m:15s])`],
      ['queue_depth', {}, `quantile_over_time(0.95, (max(queue_depth{${NS},queue="tools_mut"}))[5m:15s])`],
      ['worker_seen', {}, `time() - max(worker_seen{${NS}})`],
      ['decisiontrace_drops', {}, `sum(rate(decisiontrace_drops{${NS}}[5m])) * 60`],
      ['decisiontrace_drops', { query: 'a + b' }, 'sum(rate((a + b)[5m:15s])) * 60'],
      ['graph_write_latency_p99', {}, `quantile_over_time(0.95, (max(graph_write_latency_p99{${NS}}))[5m:15s])`],
      ['memory_usage', {}, `quantile_over_time(0.95, (max(memory_usage{${NS}}))[5m:15s])`],
      [
        'uptime',
        {},
        `avg_over_time(((max(up{${NS},pod=~"denis-[a-z0-9]+-[a-z0-9]{5}"}) == bool 1) or vector(0))[5m:15s])`,
      ],
      ['materializer_pct', {}, `max(materializer_pct{${NS}})`],
      ['materializer_new', {}, `sum(increase(materializer_new{${NS}}[5m]))`],
    ];
    for (const [key, own, query] of rows) {
      it(`of ${key} ${JSON.stringify(own)} is ${query}`, () => {
        assert.equal(valueOver(sourceOf(key, own), OVER), query);
      });
    }

    it('is there for every metric', () => {
      assert.deepEqual([...new Set(rows.map(([key]) => key))], [...METRIC_KEYS]);
    });
  });

  it('has a present value of all pods, and one for each pod or component', () => {
    const memory = sourceOf('memory_usage');
    assert.equal(presentValue(memory), `max(memory_usage{${NS}})`);
    assert.equal(presentValueBy('component', memory), `max by (component) (memory_usage{${NS}})`);
    assert.equal(
      presentValueBy('pod', sourceOf('memory_usage', { unit: 'percent', acrossPods: 'sum' })),
      `sum by (pod) (memory_usage{${NS}}) * 0.01`,
    );
  });

  it('keeps to one component, in a selector and in an expression', () => {
    const memory = (own?: object) => ofComponent(sourceOf('memory_usage', own), 'api').query;
    assert.equal(memory(), `memory_usage{${NS},component="api"}`);
    assert.equal(memory({ matchers: '' }), 'memory_usage{component="api"}');
    assert.equal(
      memory({ query: 'a or b' }),
      '(a or b) and on (component) label_replace(vector(1), "component", "api", "", "")',
    );
    assert.equal(ofComponent(sourceOf('memory_usage'), undefined), sourceOf('memory_usage'));
  });

  it('counts finished jobs where they are counted, else those that were enqueued', () => {
    const enqueued = sourceOf('materializer_new');
    assert.equal(
      jobsOver(sourceOf('materializer_success_rate'), enqueued, OVER),
      `sum(increase(materializer_new{${NS}}[5m]))`,
    );
    const counted = sourceOf('materializer_success_rate', { counters: { part: 'good', whole: 'jobs' } });
    assert.equal(jobsOver(counted, enqueued, OVER), `sum(increase(jobs{${NS}}[5m]))`);
  });

  it('looks at changes, and at what was', () => {
    assert.equal(changesOver('max(x)', OVER), 'changes((max(x))[5m:15s])');
    assert.equal(whatWas('max(x)', minutes(5), seconds(15)), 'last_over_time((max(x))[1m:15s] offset 5m)');
  });
});
