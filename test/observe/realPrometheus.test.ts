import assert from 'node:assert/strict';
import { fetchMetrics } from '../../observe/prometheus';
import { METRIC_KEYS, type MetricKey } from '../../phases/metrics';
import { parseSettings } from '../../phases/settings';
import { type Seconds, seconds, unixSeconds } from '../../phases/units';
import { waitFor } from '../../sandbox/waitFor';
import { type Loopback, serve } from './support/loopback';
import { type PrometheusServer, startPrometheus } from './support/prometheus';

const METRICS = `
error_rate 0.25
materializer_success_rate NaN
queue_depth{queue="tools_mut"} 7
queue_depth{queue="other"} 700
memory_usage{component="api"} 0.5
memory_usage{component="workers"} 0.75
chat_latency_p99{version="1"} 0.1
chat_latency_p99{version="2"} 0.2
`;

describe('fetchMetrics of a real Prometheus', function () {
  this.timeout(30_000);
  let pod: Loopback;
  let prometheus: PrometheusServer;
  before(async () => {
    pod = await serve((_, response) => response.setHeader('content-type', 'text/plain; version=0.0.4').end(METRICS));
    prometheus = await startPrometheus({ 'denis-5d9c7b6f4-abcde': `127.0.0.1:${pod.port}` });
    // The last look-back below is one second.
    await waitFor(async () => (pod.received.length >= 7 ? true : undefined), { what: 'scrapes', deadlineMs: 20_000 });
  });
  after(async () => {
    await prometheus?.stop();
    await pod?.close();
  });

  const fetched = async (metrics: object = {}, lookBack = 60) => {
    const { url } = prometheus;
    const chat = 'http://127.0.0.1:1/chat';
    const settings = parseSettings({
      context: 'x',
      clusterUid: 'x',
      prometheus: url,
      redis: 'redis://x',
      chat,
      metrics,
    });
    return fetchMetrics(settings.metrics, {
      url,
      now: unixSeconds(Date.now() / 1000),
      lookBack: Object.fromEntries(METRIC_KEYS.map((key) => [key, seconds(lookBack)])) as Record<MetricKey, Seconds>,
      scrapeInterval: seconds(0.2),
    });
  };
  const last = (result: Awaited<ReturnType<typeof fetched>>['series'][MetricKey]) => {
    assert.equal(result.kind, 'series', JSON.stringify(result));
    return result.series.map(({ pod: name, component, values }) => [name, component, values.at(-1)]);
  };

  it('reads raw samples, each with its own time, and the clock', async () => {
    const { series, clockAhead } = await fetched();
    const errors = series.error_rate;
    assert.equal(errors.kind, 'series');
    assert.deepEqual(last(errors), [['denis-5d9c7b6f4-abcde', undefined, 0.25]]);
    const { times } = errors.series[0]!;
    assert.ok(times.length >= 5);
    assert.ok(times.every((time, index) => index === 0 || time > times[index - 1]!));
    assert.ok(Math.abs(times.at(-1)! - Date.now() / 1000) < 5);
    assert.equal(clockAhead, 0);
  });

  it('keeps to its matchers, its components and its look-back', async () => {
    const { series } = await fetched();
    assert.deepEqual(last(series.queue_depth), [['denis-5d9c7b6f4-abcde', undefined, 7]]);
    assert.deepEqual(last(series.memory_usage).sort(), [
      ['denis-5d9c7b6f4-abcde', 'api', 0.5],
      ['denis-5d9c7b6f4-abcde', 'workers', 0.75],
    ]);
    assert.deepEqual(last(series.uptime), [['denis-5d9c7b6f4-abcde', undefined, 1]]);
    const short = (await fetched({}, 1)).series.error_rate;
    assert.ok(short.kind === 'series' && short.series[0]!.times.length <= 6);
  });

  it('tells apart no number, no series, and two of them', async () => {
    const { series } = await fetched();
    const success = series.materializer_success_rate;
    assert.ok(success.kind === 'series' && success.notANumber >= 5 && success.series[0]!.times.length === 0);
    assert.deepEqual(last(series.worker_seen), []);
    assert.equal(series.chat_latency_p99.kind, 'ambiguous');
  });

  it('evaluates an expression once an interval', async () => {
    const { series } = await fetched({ chat_latency_p99: { query: 'max by (pod) (chat_latency_p99) * 2' } }, 1);
    assert.deepEqual(last(series.chat_latency_p99), [['denis-5d9c7b6f4-abcde', undefined, 0.4]]);
  });

  it("says Prometheus' own words about a query that is none", async () => {
    const { series } = await fetched({ chat_latency_p99: { query: 'max by (' } });
    const result = series.chat_latency_p99;
    assert.equal(result.kind, 'unreachable');
    assert.match(result.reason, /^Prometheus: answered 400 \(bad_data\): .*parse error/);
    assert.equal(series.error_rate.kind, 'series', 'the others are read');
  });
});
