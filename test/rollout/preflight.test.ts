import assert from 'node:assert/strict';
import { METRIC_KEYS, type MetricKey } from '../../phases/metrics';
import { seconds } from '../../phases/units';
import { read, unreadable } from '../../rollout/cluster';
import { type Preflight, type PreflightInput, preflightOf } from '../../rollout/preflight';
import type { Fetched } from '../../rollout/series';
import { BASELINE, NOON, PODS } from '../support/healthyPhase';
import { AMBIGUOUS, found, NOTHING, sampled, UNREACHABLE, type ValueAt } from '../support/series';
import { validSettings } from '../support/validSettings';

const HOUR = 3_600;
const OFF: Fetched = { kind: 'off', reason: 'no such series' };

function over(hours: number, value: ValueAt): Fetched {
  return found(...PODS.map((pod) => sampled(pod, { from: NOON - hours * HOUR, to: NOON, every: 15 }, value)));
}

/** Before any rollout: error rate, heartbeat, percentage and a day of chat latencies, all well. */
function preflight(series: Partial<Record<MetricKey, Fetched>> = {}, own: Partial<PreflightInput> = {}): Preflight {
  const well: Partial<Record<MetricKey, Fetched>> = {
    error_rate: over(0.1, 0.001),
    worker_seen: over(0.1, (time) => time - 5),
    materializer_pct: over(0.1, 0),
    chat_latency_p99: over(24, 0.4),
  };
  const all = Object.fromEntries(METRIC_KEYS.map((key) => [key, { ...well, ...series }[key] ?? NOTHING]));
  return preflightOf({
    now: NOON,
    settings: validSettings(),
    series: all as Record<MetricKey, Fetched>,
    chat: read(200),
    pinned: undefined,
    ...own,
  });
}

describe('rollout/preflight', () => {
  it('is clean when all is well, and measures the baseline', () => {
    assert.deepEqual(preflight(), {
      problems: [],
      warnings: [],
      baseline: { chatP99: 0.4, measuredAt: '2026-11-25T12:00:00.000Z', covered: 24 * HOUR, samples: 5_760 },
    });
  });

  it('does not need the metrics of a materializer that has not begun', () => {
    assert.deepEqual(preflight({ materializer_success_rate: UNREACHABLE, materializer_new: UNREACHABLE }).problems, []);
  });

  const problems: readonly [string, Partial<Record<MetricKey, Fetched>>, Partial<PreflightInput>, RegExp][] = [
    ['/chat that does not answer', {}, { chat: unreadable('timed out') }, /^\/chat does not answer \(timed out\)$/],
    ['/chat that answers 500', {}, { chat: read(500) }, /^\/chat answers 500, not 200, to the test message$/],
    ['/chat that answers 404', {}, { chat: read(404) }, /^\/chat answers 404, not 200/],
    ['no error rate', { error_rate: NOTHING }, {}, /^error rate: no data/],
    [
      'a stale error rate',
      { error_rate: found(sampled('a', { from: NOON - 600, to: NOON - 121, every: 15 }, 0)) },
      {},
      /^error rate: stale/,
    ],
    ['an ambiguous error rate', { error_rate: AMBIGUOUS }, {}, /^error rate: ambiguous/],
    ['Prometheus down', { error_rate: UNREACHABLE }, {}, /^error rate: unreachable \(Prometheus: timed out\)$/],
    [
      'an error rate above the rollback limit of canary-1',
      { error_rate: over(0.1, 0.0501) },
      {},
      /^error rate is 5\.01 %, above 5\.00 % before anything began; if the service writes percent, set unit: percent for this metric$/,
    ],
    ['a percent read as a ratio', { error_rate: over(0.1, 1.2) }, {}, /^error rate: out of range .*unit: percent/],
    ['no heartbeat', { worker_seen: NOTHING }, {}, /^worker seen: no data/],
    [
      'a heartbeat two minutes old',
      { worker_seen: over(0.1, (time) => time - 105) },
      {},
      /^the workers were last seen 2m00s ago, 2m00s is the most$/,
    ],
    ['no percentage', { materializer_pct: NOTHING }, {}, /^reported percentage: no data/],
    ['a percentage out of range', { materializer_pct: over(0.1, 101) }, {}, /^reported percentage: out of range/],
    ['no chat latency', { chat_latency_p99: NOTHING }, {}, /^baseline of chat p99: no data/],
    [
      'less than an hour of chat latency',
      { chat_latency_p99: over(0.99, 0.4) },
      {},
      /^the baseline of chat p99 has only 59m24s of samples, 1h00m are the least$/,
    ],
    ['a chat latency of 0', { chat_latency_p99: over(24, 0) }, {}, /^the baseline of chat p99 is 0/],
    ['a negative chat latency', { chat_latency_p99: over(24, -1) }, {}, /^baseline of chat p99: out of range/],
  ];
  for (const [what, series, own, problem] of problems) {
    it(`forbids the start with ${what}`, () => {
      const result = preflight(series, own);
      assert.equal(result.problems.length, 1, result.problems.join('\n'));
      assert.match(result.problems[0]!, problem);
    });
  }

  it('allows exactly the limits that are inclusive', () => {
    assert.deepEqual(preflight({ error_rate: over(0.1, 0.05) }).problems, []);
    assert.deepEqual(preflight({ worker_seen: over(0.1, (time) => time - 104) }).problems, []);
  });

  it('gives every problem at once', () => {
    const all = preflight({ error_rate: UNREACHABLE, worker_seen: UNREACHABLE }, { chat: read(503) });
    assert.equal(all.problems.length, 3);
  });

  it('does without series that a setting switched off', () => {
    assert.deepEqual(preflight({ worker_seen: OFF, chat_latency_p99: OFF }), {
      problems: [],
      warnings: [],
      baseline: undefined,
    });
  });

  describe('the baseline', () => {
    it('is the 99th percentile of the observations where a histogram is configured', () => {
      const day = { from: NOON - 24 * HOUR, to: NOON, every: 15 };
      const counted = (share: number) => [sampled('denis-a', day, (time) => (time - day.from) * share)];
      const buckets = [
        { le: 0.3, series: counted(0.5) },
        { le: 0.4, series: counted(0.99) },
        { le: Number.POSITIVE_INFINITY, series: counted(1) },
      ];
      const histogram: Fetched = { kind: 'histogram', query: 'q', notANumber: 0, buckets };
      const settings = validSettings({ metrics: { chat_latency_p99: { histogram: 'chat_latency_seconds' } } });
      const { problems, baseline } = preflight({ chat_latency_p99: histogram }, { settings });
      assert.deepEqual(problems, []);
      assert.equal(baseline?.chatP99.toFixed(6), '0.400000');
      assert.equal(baseline.covered, 24 * HOUR);
    });

    it("is the 95th percentile of the day before, so that the day's peak is in it", () => {
      const peak = (hours: number) => (time: number) =>
        time < NOON - 10 * HOUR && time >= NOON - (10 + hours) * HOUR ? 2 : 0.4;
      assert.equal(preflight({ chat_latency_p99: over(24, peak(1)) }).baseline?.chatP99, 0.4);
      assert.equal(preflight({ chat_latency_p99: over(24, peak(1.5)) }).baseline?.chatP99, 2);
      assert.equal(
        preflight({ chat_latency_p99: over(48, (time) => (time < NOON - 24 * HOUR ? 9 : 0.4)) }).baseline?.chatP99,
        0.4,
      );
    });

    it('takes what is there from one hour on, with a warning', () => {
      const short = preflight({ chat_latency_p99: over(1, 0.4) });
      assert.deepEqual([short.problems, short.baseline?.covered], [[], HOUR]);
      assert.deepEqual(short.warnings, ['the baseline covers 1h00m of 24h00m']);
      assert.deepEqual(preflight({ chat_latency_p99: over(23.3, 0.4) }).warnings, []);
      assert.deepEqual(preflight({ chat_latency_p99: over(23.2, 0.4) }).warnings, [
        'the baseline covers 23h12m of 24h00m',
      ]);
    });

    it('counts the time that samples cover, not the time since the first of them', () => {
      const sparse = sampled('a', { from: NOON - 24 * HOUR, to: NOON, every: HOUR }, 0.4);
      const fresh = sampled('b', { from: NOON - 60, to: NOON, every: 15 }, 0.4);
      assert.match(preflight({ chat_latency_p99: found(sparse, fresh) }).problems.join(), /has only 14m00s of samples/);
    });

    it('says who pinned it in place of a lost one', () => {
      const pinned = { ...BASELINE, covered: seconds(0), samples: 0, set: { by: 'ana@laptop', reason: 'lost' } };
      const [warning, ...others] = preflight({}, { pinned }).warnings;
      assert.match(warning!, /; pinned by hand by ana@laptop: lost$/);
      assert.deepEqual(others, []);
    });

    it('is never measured again once it is pinned, and its lack of cover still warns', () => {
      const pinned = { ...BASELINE, covered: seconds(HOUR) };
      const result = preflight({ chat_latency_p99: UNREACHABLE }, { pinned });
      assert.deepEqual(result, { problems: [], warnings: ['the baseline covers 1h00m of 24h00m'], baseline: pinned });
    });
  });
});
