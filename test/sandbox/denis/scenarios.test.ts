import assert from 'node:assert/strict';
import { SCENARIO_NAMES } from '../../../sandbox/denis/scenario';
import { apiPod, exposed, workerPod } from './support/pods';
import { requireRedis } from './support/redisServer';
import { chat, DenisWorld, request, type State } from './support/world';

type Samples = Map<string, number>;

const GAUGES = [
  'materializer_success_rate',
  'materializer_latency_p99',
  'error_rate',
  'chat_latency_p99',
  'queue_depth{queue="tools_mut"}',
  'worker_seen',
  'graph_write_latency_p99',
  'memory_usage{component="api"}',
  'memory_usage{component="workers"}',
  'uptime',
  'materializer_pct',
];
const COUNTERS = [
  'materializer_new',
  'decisiontrace_drops',
  'materializer_jobs_total{result="success"}',
  'materializer_jobs_total{result="failure"}',
  'http_requests_total{code="200"}',
  'http_requests_total{code="500"}',
];
const BUCKETS = [3, 5, 8, 10].map((le) => `materializer_latency_seconds_bucket{le="${le}"}`);
const HISTOGRAMS = ['materializer_latency', 'chat_latency', 'graph_write_latency'].flatMap((name) =>
  ['bucket{le="+Inf"}', 'sum', 'count'].map((part) => `${name}_seconds_${part}`),
);

const near = (value: number | undefined, wanted: number, tolerance = 0.01): boolean =>
  value !== undefined && Math.abs(value / wanted - 1) <= tolerance;

describe('scenarios in the metrics of Denis', function () {
  this.timeout(10_000);
  let world: DenisWorld;

  before(async function () {
    requireRedis(this);
    world = new DenisWorld();
    world.api.setPod(apiPod(1, exposed(100)));
    for (const index of [1, 2, 3]) world.api.setPod(workerPod(index));
    await world.start(200);
  });
  after(() => world?.stop());

  /** Waits until the samples are as wanted, and shows what differs when they never are. */
  const shows = async (holds: (samples: Samples, state: State) => boolean): Promise<Samples> => {
    let samples: Samples = new Map();
    await world.until('the metrics to show it', async (state) => {
      samples = await world.metrics();
      return holds(samples, state);
    });
    return samples;
  };
  const value = (samples: Samples, name: string): number => samples.get(name) ?? Number.NaN;
  const ratioOf = (before: Samples, now: Samples, part: string, whole: readonly string[]): number => {
    const increase = (name: string): number => value(now, name) - (before.get(name) ?? 0);
    return increase(part) / whole.reduce((sum, name) => sum + increase(name), 0);
  };

  it('shows every series when healthy, under its exact name', async () => {
    await world.scenario('healthy');
    const samples = await shows((now) => value(now, 'materializer_jobs_total{result="success"}') >= 50);
    for (const name of [...GAUGES, ...COUNTERS, ...BUCKETS, ...HISTOGRAMS]) assert.ok(samples.has(name), name);
    assert.equal(samples.get('materializer_success_rate'), 1);
    assert.equal(samples.get('error_rate'), 0.0002);
    assert.equal(samples.get('uptime'), 1);
    assert.equal(samples.get('materializer_pct'), 100);
    assert.ok(near(samples.get('materializer_latency_p99'), 0.9));
    assert.ok(near(samples.get('chat_latency_p99'), 0.3));
    assert.ok(near(samples.get('graph_write_latency_p99'), 0.12));
    assert.ok(near(samples.get('memory_usage{component="api"}'), 0.45));
    assert.ok(near(samples.get('memory_usage{component="workers"}'), 0.4));
    assert.ok(Math.abs(samples.get('worker_seen')! - Date.now() / 1_000) < 2);
  });

  it('names every scenario that exists in a test of its own', () => {
    const own = (this.tests ?? []).map(({ title }) => title.split(':')[0]);
    assert.deepEqual(
      SCENARIO_NAMES.filter((name) => name !== 'healthy' && !own.includes(name)),
      [],
    );
  });

  it('failing-jobs: every 25th job fails, in the gauge and in the counters', async () => {
    const before = await world.metrics();
    const start = await world.state();
    await world.scenario('failing-jobs');
    const samples = await shows((_, state) => state.jobs.finished >= start.jobs.finished + 300);
    const { jobs } = await world.state();
    const all = ['success', 'failure'].map((result) => `materializer_jobs_total{result="${result}"}`);
    const share = ratioOf(before, samples, all[1]!, all);
    assert.ok(Math.abs(share - 0.04) < 0.005, `${share}`);
    assert.ok(Math.abs((jobs.failed - start.jobs.failed) / (jobs.finished - start.jobs.finished) - 0.04) < 0.005);
    assert.ok(value(samples, 'materializer_success_rate') < 1);
  });

  it('global-errors: the gauge and the 5xx counter rise', async () => {
    await world.scenario('global-errors');
    const before = await world.metrics();
    const codes = ['200', '500'].map((code) => `http_requests_total{code="${code}"}`);
    const served = value(before, codes[0]!);
    const samples = await shows((now) => value(now, codes[0]!) >= served + 200);
    assert.equal(samples.get('error_rate'), 0.06);
    assert.ok(Math.abs(ratioOf(before, samples, codes[1]!, codes) - 0.06) < 0.01);
    assert.equal((await chat(world.front)).status, 200);
  });

  it('slow-jobs: the 99th percentile is 12 s, in the gauge and in the histogram', async () => {
    await world.scenario('slow-jobs');
    const over10 = (samples: Samples): number =>
      value(samples, 'materializer_latency_seconds_count') - value(samples, BUCKETS[3]!);
    const before = over10(await world.metrics());
    const samples = await shows((now) => over10(now) > before);
    assert.ok(near(samples.get('materializer_latency_p99'), 12));
    assert.ok(near(samples.get('chat_latency_p99'), 0.3));
  });

  it('slow-chat: chats take 40 % longer', async () => {
    await world.scenario('slow-chat');
    assert.ok(near((await world.metrics()).get('chat_latency_p99'), 0.42));
  });

  it('chat-down: every chat is answered 503, and no job comes from one', async () => {
    await world.scenario('chat-down');
    const { jobs } = await world.until('the last job to run', (state) => state.jobs.running === 0);
    for (const origin of [world.front, world.pod(1)]) assert.equal((await chat(origin)).status, 503);
    const samples = await shows((now) => value(now, 'http_requests_total{code="503"}') >= 50);
    assert.equal(samples.get('error_rate'), 1);
    assert.equal((await world.state()).jobs.enqueued, jobs.enqueued);
  });

  it('queue-flood: real entries are held while jobs go on, and end with the feature or the scenario', async () => {
    await world.scenario('queue-flood', { depth: 600 });
    await shows((now) => near(now.get('queue_depth{queue="tools_mut"}'), 600, 0.05));
    assert.ok(near((await world.redis.send('LLEN', 'tools_mut')) as number, 600, 0.05));
    const { jobs } = await world.state();
    await world.until('jobs to go on', (state) => state.jobs.finished >= jobs.finished + 50);
    await world.redis.send('SET', 'denis:feature:materializers:enabled', '0');
    await world.until('a drained queue', ({ queueDepth }) => queueDepth === 0);
    await world.redis.send('DEL', 'denis:feature:materializers:enabled');
    await world.until('the flood to come back', ({ queueDepth }) => queueDepth >= 600);
    await world.scenario('healthy');
    await world.until('no flood', ({ queueDepth }) => queueDepth < 100);
  });

  it('worker-oom: the status of a worker pod says so', async () => {
    await world.scenario('worker-oom');
    const patch = world.api.patches.at(-1)!;
    assert.equal(patch.path, '/api/v1/namespaces/denis/pods/denis-workers-1/status');
    assert.equal(patch.contentType, 'application/strategic-merge-patch+json');
    assert.match(JSON.stringify(patch.body), /"restartCount":3.*"reason":"OOMKilled"/);
    assert.equal((await world.putScenario({ name: 'worker-oom', pods: ['none'] })).status, 409);
  });

  it('memory-high: one component is near its limit', async () => {
    await world.scenario('memory-high');
    assert.ok(near((await world.metrics()).get('memory_usage{component="workers"}'), 0.93));
    await world.scenario('memory-high', { component: 'api', ratio: 0.5 });
    const samples = await world.metrics();
    assert.ok(near(samples.get('memory_usage{component="workers"}'), 0.4));
    assert.ok(near(samples.get('memory_usage{component="api"}'), 0.5));
  });

  it('stale-workers: the heartbeat stands still, five minutes old', async () => {
    await world.scenario('stale-workers');
    const first = value(await world.metrics(), 'worker_seen');
    assert.ok(Math.abs(Date.now() / 1_000 - 300 - first) < 2);
    const { now } = await world.state();
    await world.until('time to pass', (state) => state.now > now + 100);
    assert.equal(value(await world.metrics(), 'worker_seen'), first);
  });

  it('trace-drops: the counter rises, and the share of written traces falls', async () => {
    const before = value(await world.metrics(), 'decisiontrace_drops');
    await world.scenario('trace-drops', { perMinute: 600 });
    await shows((now) => value(now, 'decisiontrace_drops') >= before + 3);
    const stats = await (await request(`${world.pod(1)}/internal/decision_trace/stats`)).json();
    assert.ok((stats as { write_success_rate: number }).write_success_rate < 1);
  });

  it('metrics-silent: the endpoint answers with none of the series', async () => {
    await world.scenario('metrics-silent');
    assert.deepEqual([...(await world.metrics()).keys()], ['denis_build_info']);
  });

  it('nan: rates and latencies are not numbers', async () => {
    await world.scenario('nan');
    const text = await (await request(`${world.pod(1)}/metrics`)).text();
    for (const name of [
      'materializer_success_rate',
      'error_rate',
      'materializer_latency_p99',
      'chat_latency_p99',
      'graph_write_latency_p99',
    ]) {
      assert.match(text, new RegExp(`^${name} Nan$`, 'im'));
    }
  });

  it('percent-for-ratio: ratios come as percents', async () => {
    await world.scenario('percent-for-ratio');
    const samples = await shows((now) => value(now, 'materializer_success_rate') === 100);
    assert.ok(near(samples.get('error_rate'), 0.02));
    assert.ok(near(samples.get('memory_usage{component="api"}'), 45));
  });

  it('duplicate-series: success and error rate come twice, until the scenario ends', async () => {
    const series = (samples: Samples): string[] =>
      [...samples.keys()].filter((name) => /^(materializer_success_rate|error_rate)\b/.test(name)).sort();
    await world.scenario('duplicate-series');
    assert.deepEqual(series(await world.metrics()), [
      'error_rate',
      'error_rate{shard="second"}',
      'materializer_success_rate',
      'materializer_success_rate{shard="second"}',
    ]);
    await world.scenario('healthy');
    assert.deepEqual(series(await world.metrics()), ['error_rate', 'materializer_success_rate']);
  });

  it('tells the scenario and the load, and changes the load with it', async () => {
    await world.scenario('slow-jobs', { p99: 7, chatsPerSecond: 0 });
    const told = (await (await request(`${world.front}/sandbox/scenario`)).json()) as Record<string, unknown>;
    assert.deepEqual([told['name'], told['p99'], told['chatsPerSecond']], ['slow-jobs', 7, 0]);
    const { jobs } = await world.until('idleness', (state) => state.jobs.running === 0 && state.queueDepth === 0);
    const { now } = await world.state();
    await world.until('time to pass', (state) => state.now > now + 200);
    assert.equal((await world.state()).jobs.enqueued, jobs.enqueued);
  });

  it('refuses what it does not know, names what there is, and stays as it was', async () => {
    await world.scenario('slow-jobs');
    for (const [body, message] of [
      [{ name: 'quick-jobs' }, /healthy, failing-jobs/],
      [{ name: 'slow-jobs', rate: 1 }, /fields: p99, pods, chatsPerSecond/],
    ] as const) {
      const answer = await world.putScenario(body);
      assert.equal(answer.status, 400);
      assert.match(await answer.text(), message);
    }
    assert.match(await (await request(`${world.front}/sandbox/scenario`)).text(), /"slow-jobs"/);
  });
});
