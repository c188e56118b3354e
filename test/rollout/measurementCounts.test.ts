import assert from 'node:assert/strict';
import { METRICS, type MetricKey } from '../../phases/metrics';
import { timingOf } from '../../phases/timing';
import { seconds, unixSeconds } from '../../phases/units';
import { type Measurement, measure } from '../../rollout/measurement';
import type { Bucket, Fetched, Period, Series } from '../../rollout/series';
import { pairs, type Sampling, sampled } from '../support/series';

const NOW = unixSeconds(1_800_000_000);
const timing = timingOf(1, seconds(15));
const lastHour: Period = { from: unixSeconds(NOW - 3_600), to: NOW };
/** One sample before the hour, so that its first has a predecessor. */
const span: Sampling = { from: NOW - 3_615, to: NOW, every: 15 };

const measured = (
  key: MetricKey,
  fetched: Exclude<Fetched, { kind: 'off' }>,
  { limit, period = lastHour }: { limit?: number; period?: Period } = {},
): Measurement => {
  const statistic = fetched.kind === 'ratio' ? 'ratio' : 'p99';
  const definition = { ...METRICS[key], statistic } as const;
  return measure(fetched, period, { definition, ...(limit === undefined ? {} : { limit }), timing, now: NOW });
};
const valueIn = (measurement: Measurement): number => {
  assert.equal(measurement.kind, 'value', JSON.stringify(measurement));
  return measurement.kind === 'value' ? measurement.value : Number.NaN;
};
const detailOf = (measurement: Measurement): string => (measurement.kind === 'value' ? 'a value' : measurement.detail);

/** A counter that grows by so much with every sample. */
const counter = (perSample: number, pod = 'a', own = span): Series =>
  sampled(pod, own, (time) => ((time - span.from) / 15) * perSample);

describe('rollout/measurement, counters and histograms', () => {
  describe('a share of two counters', () => {
    const ratio = (part: readonly Series[], whole: readonly Series[]): Extract<Fetched, { kind: 'ratio' }> => ({
      kind: 'ratio',
      query: 'part / whole',
      part,
      whole,
      notANumber: 0,
    });
    const share = (part: readonly Series[], whole: readonly Series[], period?: Period): Measurement =>
      measured('materializer_success_rate', ratio(part, whole), period === undefined ? {} : { period });

    it('is exact, with its samples, its age and its query', () => {
      assert.deepEqual(share([counter(97)], [counter(100)]), {
        kind: 'value',
        value: 0.97,
        samples: 240,
        age: 15,
        query: 'part / whole',
      });
    });

    it('weighs pods and moments by what they counted', () => {
      const busy = [counter(90), counter(100)] as const;
      const idle = [counter(0, 'b'), counter(1, 'b')] as const;
      assert.equal(valueIn(share([busy[0], idle[0]], [busy[1], idle[1]])), Number((90 / 101).toPrecision(12)));
      const burst = (most: number) =>
        sampled('a', span, (time) => (time < NOW - 600 ? 0 : most) + (time - span.from) / 15);
      assert.equal(valueIn(share([burst(0)], [burst(240)])), 0.5);
    });

    it('lies exactly on its limit', () => {
      for (const limit of [0.001, 0.005, 0.01, 0.02, 0.05, 0.95, 0.97, 0.98, 0.99]) {
        for (const perSample of [1_000, 3_000, 7_000]) {
          assert.equal(valueIn(share([counter(perSample * limit)], [counter(perSample)])), limit);
        }
      }
    });

    it('survives restarts from zero of either counter', () => {
      const restarting = (perSample: number, at: number): Series =>
        sampled('a', span, (time) => ((time - (time < at ? span.from : at - 15)) / 15) * perSample);
      assert.equal(valueIn(share([restarting(97, NOW - 900)], [restarting(100, NOW - 1_800)])), 0.97);
    });

    it('counts the time that counts alone', () => {
      const counts = (time: number): boolean => time >= NOW - 1_800;
      const part = sampled('a', span, (time) => (counts(time) ? 1_000_000 + (time - NOW) * 5 : time - span.from));
      const whole = sampled('a', span, (time) => 1_000_000 + (time - NOW) * 10);
      const period = { from: unixSeconds(NOW - 1_785), to: NOW };
      assert.equal(valueIn(share([part], [whole], period)), 0.5);
    });

    it('is not known while nothing is counted: a pause, no silence', () => {
      const still = share([counter(0)], [counter(0)]);
      assert.deepEqual(
        [still.kind, detailOf(still), still.kind === 'noData' && still.notYet],
        ['noData', 'nothing was counted in the time that counts', true],
      );
      const outside = share([counter(1)], [counter(2)], { ...lastHour, counts: () => false });
      assert.deepEqual([outside.kind, detailOf(outside)], ['noData', 'no sample lies in the time that counts']);
    });

    it('is not known where one of the counters is not there at all', () => {
      const sentence = (which: string): string =>
        `there is no series of the ${which}; a counter must be there from 0 on, not only once something is counted`;
      const empty: Series = { pod: 'a', times: [], values: [] };
      for (const none of [[], [empty]]) {
        assert.equal(detailOf(share(none, [counter(100)])), sentence('part'));
        assert.equal(detailOf(share([counter(100)], none)), sentence('whole'));
        assert.deepEqual(share(none, none).kind, 'noData');
      }
      const notNumbers = { ...ratio([empty], [empty]), notANumber: 480 };
      assert.equal(detailOf(measured('error_rate', notNumbers)), 'all 480 samples were NaN or infinite');
    });

    it('is stale when either of the counters is', () => {
      const old = { ...span, to: NOW - 121 };
      for (const [part, whole] of [
        [counter(97, 'a', old), counter(100)],
        [counter(97), counter(100, 'a', old)],
      ] as const) {
        assert.equal(share([part], [whole]).kind, 'stale');
      }
    });

    it('is out of range where the part grew by more than the whole', () => {
      const more = share([counter(3)], [counter(2)]);
      assert.deepEqual([more.kind, detailOf(more)], ['outOfRange', 'the part grew by more than the whole: 1.5']);
      assert.equal(valueIn(share([counter(2)], [counter(2)])), 1);
    });
  });

  describe('the p99 of a histogram', () => {
    const EDGES = [0.5, 1, 2, Number.POSITIVE_INFINITY];
    const histogram = (perSample: readonly number[], own = span): Fetched & { kind: 'histogram' } => ({
      kind: 'histogram',
      query: 'chat_bucket',
      buckets: EDGES.map((le, edge): Bucket => ({ le, series: [counter(perSample[edge]!, 'a', own)] })),
      notANumber: 0,
    });
    const p99 = (perSample: readonly number[], limit?: number): Measurement =>
      measured('chat_latency_p99', histogram(perSample), limit === undefined ? {} : { limit });

    it('is interpolated, and comes with its samples, its age and its query', () => {
      assert.deepEqual(p99([98, 100, 100, 100]), {
        kind: 'value',
        value: 0.75,
        samples: 240,
        age: 15,
        query: 'chat_bucket',
      });
    });

    const rows: readonly [string, readonly number[], number | undefined, number][] = [
      ['exact where the limit is an edge', [0, 99, 100, 100], 1, 1],
      ['above an edge with one more observation beyond it', [0, 98, 100, 100], 1, 1.5],
      ['the upper edge where the limit lies within its bucket', [0, 98, 100, 100], 1.2, 2],
      ['a little above the last edge', [0, 0, 98, 100], 2, 2 * (1 + Number.EPSILON)],
    ];
    for (const [title, perSample, limit, expected] of rows) {
      it(`is ${title}`, () => assert.equal(valueIn(p99(perSample, limit)), expected));
    }

    it('is not known where it and the limit lie beyond the last edge', () => {
      const unknown = p99([0, 0, 98, 100], 3);
      assert.deepEqual(
        [unknown.kind, detailOf(unknown), unknown.kind === 'noData' && unknown.notYet],
        ['noData', 'it lies above the last bucket edge 2, and so does the limit 3', undefined],
      );
    });

    it('adds up over pods, of which one restarts', () => {
      const restarted = pairs('b', [
        [NOW - 45, 7],
        [NOW - 30, 2],
        [NOW - 15, 4],
      ]);
      const { buckets } = histogram([0, 0, 0, 1]);
      const both = buckets.map(({ le, series }) => ({ le, series: le >= 2 ? [...series, restarted] : series }));
      // 4 observations up to 2 of 244.
      const found = measured('chat_latency_p99', { ...histogram([0, 0, 0, 1]), buckets: both }, { limit: 2 });
      assert.ok(valueIn(found) > 2);
      const slow = measured('chat_latency_p99', {
        ...histogram([0, 0, 0, 0]),
        buckets: both.map(({ le, series }) => ({ le, series: series.slice(1) })),
      });
      assert.equal(slow.kind, 'value');
    });

    it('is not known while nothing is observed', () => {
      const still = p99([0, 0, 0, 0]);
      assert.deepEqual(
        [detailOf(still), still.kind === 'noData' && still.notYet],
        ['nothing was counted in the time that counts', true],
      );
    });

    it('is not known without the bucket of all, stale without new samples', () => {
      const { buckets } = histogram([0, 98, 100, 100]);
      const finite = { ...histogram([0, 0, 0, 0]), buckets: buckets.slice(0, -1) };
      assert.deepEqual(
        [measured('chat_latency_p99', finite).kind, detailOf(measured('chat_latency_p99', finite))],
        ['noData', 'the query returned no samples'],
      );
      assert.equal(
        measured('chat_latency_p99', histogram([0, 98, 100, 100], { ...span, to: NOW - 200 })).kind,
        'stale',
      );
    });
  });
});
