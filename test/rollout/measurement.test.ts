import assert from 'node:assert/strict';
import fc from 'fast-check';
import { METRICS, type MetricDefinition, type MetricKey } from '../../phases/metrics';
import { timingOf } from '../../phases/timing';
import { seconds, unixSeconds } from '../../phases/units';
import { type Measurement, measure } from '../../rollout/measurement';
import type { Fetched, Period, Series } from '../../rollout/series';
import { AMBIGUOUS, found, NOTHING, pairs, sampled, UNREACHABLE } from '../support/series';

const NOW = unixSeconds(1_800_000_000);
const timing = timingOf(1, seconds(15));
const lastHour: Period = { from: unixSeconds(NOW - 3_600), to: NOW };
const hour = { from: NOW - 3_600, to: NOW, every: 15 };

interface Options {
  readonly period?: Period;
  readonly component?: string;
  readonly definition?: Partial<MetricDefinition>;
}

function measured(key: MetricKey, fetched: Exclude<Fetched, { kind: 'off' }>, options: Options = {}): Measurement {
  return measure(fetched, options.period ?? lastHour, {
    definition: { ...METRICS[key], ...options.definition },
    ...(options.component === undefined ? {} : { component: options.component }),
    timing,
    now: NOW,
  });
}

/** The value, to 9 digits; fails on anything else than a value. */
function valueIn(measurement: Measurement): number {
  assert.equal(measurement.kind, 'value', JSON.stringify(measurement));
  return measurement.kind === 'value' ? Number(measurement.value.toPrecision(9)) : Number.NaN;
}

const detailOf = (measurement: Measurement): string => (measurement.kind === 'value' ? 'a value' : measurement.detail);

describe('rollout/measurement', () => {
  describe('a value', () => {
    it('comes with its samples, its age and its query', () => {
      assert.deepEqual(measured('error_rate', found(sampled('a', hour, 0.25))), {
        kind: 'value',
        value: 0.25,
        samples: 240,
        age: 15,
        query: 'the_query{}',
      });
    });

    it('is the mean of a rate', () => {
      const rising = (time: number): number => (time < NOW - 1_800 ? 0.1 : 0.3);
      assert.equal(valueIn(measured('error_rate', found(sampled('a', hour, rising)))), 0.2);
    });

    it('lies exactly on its limit when every sample, or their mean, does', () => {
      for (const limit of [0.001, 0.005, 0.01, 0.02, 0.05, 0.95, 0.97, 0.98, 0.99]) {
        for (const count of [7, 240, 1_440, 4_320]) {
          const period = { from: unixSeconds(NOW - count * 15), to: NOW };
          const span = { ...hour, from: period.from };
          const three = ['a', 'b', 'c'].map((pod) => sampled(pod, span, limit));
          const found3 = measured('error_rate', found(...three), { period });
          assert.equal(found3.kind === 'value' && found3.value, limit, `${count} samples of ${limit}`);
          const apart = (time: number): number => limit + (((time - span.from) / 15) % 2 === 0 ? 1 : -1) * limit * 1e-3;
          const even = { from: unixSeconds(NOW - 2 * count * 15), to: NOW };
          const mixed = measured('error_rate', found(sampled('a', { ...hour, from: even.from }, apart)), {
            period: even,
          });
          assert.equal(mixed.kind === 'value' && mixed.value, limit, `${2 * count} samples around ${limit}`);
        }
      }
    });

    it('is the 95th percentile of a latency, a value that was measured', () => {
      const spikes = (share: number) => (time: number) => ((time - hour.from) / 15 < 240 * share ? 9 : 1);
      assert.equal(valueIn(measured('chat_latency_p99', found(sampled('a', hour, spikes(0.05))))), 1);
      assert.equal(valueIn(measured('chat_latency_p99', found(sampled('a', hour, spikes(0.055))))), 9);
    });

    it('is the last sample of the configured percentage', () => {
      const samples = pairs('a', [
        [NOW - 40, 1],
        [NOW - 25, 10],
      ]);
      assert.equal(valueIn(measured('materializer_pct', found(samples))), 10);
    });

    it('is the time since the heartbeat, not since the sample', () => {
      assert.equal(valueIn(measured('worker_seen', found(pairs('a', [[NOW - 10, NOW - 70]])))), 70);
    });
  });

  describe('over several pods', () => {
    const both = (a: number, b: number) =>
      found(sampled('a', hour, a), sampled('b', { ...hour, from: hour.from + 1 }, b));

    const rows: readonly [MetricKey, number][] = [
      ['materializer_success_rate', 0.5],
      ['error_rate', 0.5],
      ['materializer_latency_p99', 0.8],
      ['chat_latency_p99', 0.8],
      ['queue_depth', 0.8],
      ['graph_write_latency_p99', 0.8],
      ['memory_usage', 0.8],
      ['materializer_pct', 0.8],
    ];
    for (const [key, expected] of rows) {
      it(`folds ${key} into its ${METRICS[key].acrossPods}`, () => {
        assert.equal(valueIn(measured(key, both(0.8, 0.2))), expected);
      });
    }

    it('adds what a setting says is a share of each pod', () => {
      assert.equal(valueIn(measured('queue_depth', both(80, 20), { definition: { acrossPods: 'sum' } })), 100);
    });

    it('counts a moment once, however many pods have a sample in it', () => {
      for (const key of [
        'error_rate',
        'chat_latency_p99',
        'materializer_pct',
        'materializer_new',
        'decisiontrace_drops',
      ] as const) {
        const measurement = measured(key, both(0, 0));
        assert.equal(measurement.kind === 'value' && measurement.samples, 240, key);
      }
    });

    it('takes the newest heartbeat, in whatever order and scrape the pods come', () => {
      const fresh = pairs('a', [[NOW - 16, NOW - 20]]);
      const dead = pairs('b', [[NOW - 1, NOW - 900]]);
      assert.equal(valueIn(measured('worker_seen', found(fresh, dead))), 20);
      assert.equal(valueIn(measured('worker_seen', found(dead, fresh))), 20);
    });

    it('takes the highest percentage of the pods that still report', () => {
      const gone = pairs('a', [[NOW - 600, 50]]);
      const high = pairs('b', [[NOW - 16, 10]]);
      const low = pairs('c', [[NOW - 1, 1]]);
      assert.equal(valueIn(measured('materializer_pct', found(gone, high, low))), 10);
    });
  });

  describe('a counter', () => {
    const counter = (step: number, every = 15) =>
      sampled('a', { ...hour, every }, (time) => ((time - hour.from) / every) * step);

    it('gives its increase, without the first sample, which has no predecessor', () => {
      assert.equal(valueIn(measured('materializer_new', found(counter(2)))), 2 * 239);
    });

    it('takes a sample before the period as the predecessor of its first', () => {
      const early = sampled('a', { ...hour, from: hour.from - 15 }, (time) => (time - hour.from) / 15);
      assert.equal(valueIn(measured('materializer_new', found(early))), 240);
    });

    it('restarts from zero when it falls', () => {
      const samples = pairs('a', [
        [NOW - 60, 100],
        [NOW - 45, 110],
        [NOW - 30, 4],
        [NOW - 15, 10],
      ]);
      assert.equal(valueIn(measured('materializer_new', found(samples))), 10 + 4 + 6);
    });

    it('adds up over the pods', () => {
      const b: Series = { ...counter(1), pod: 'b' };
      assert.equal(valueIn(measured('materializer_new', found(counter(2), b))), 3 * 239);
    });

    it('gives drops per minute as a rate', () => {
      const early = sampled('a', { ...hour, from: hour.from - 15 }, (time) => (time - hour.from) * 0.2);
      assert.equal(valueIn(measured('decisiontrace_drops', found(early))), 12);
      const b: Series = { ...early, pod: 'b' };
      assert.equal(valueIn(measured('decisiontrace_drops', found(early, b))), 24, 'summed over the pods');
    });

    it('may grow beyond every range', () => {
      const high = pairs('a', [
        [NOW - 30, 1e12],
        [NOW - 15, 1e12 + 5],
      ]);
      assert.equal(valueIn(measured('decisiontrace_drops', found(high), { definition: { valid: [0, 100] } })), 10);
    });

    it('is out of range when it adds up to less than nothing', () => {
      const negative = pairs('a', [
        [NOW - 30, 0],
        [NOW - 15, -5],
      ]);
      assert.equal(measured('materializer_new', found(negative)).kind, 'outOfRange');
    });

    it('has no data when its samples lie outside of what counts', () => {
      const counts = (): boolean => false;
      assert.equal(measured('materializer_new', found(counter(2)), { period: { ...lastHour, counts } }).kind, 'noData');
    });

    it('never falls below zero and never counts more than the values rose, plus what restarts hide', () => {
      fc.assert(
        fc.property(fc.array(fc.nat(1_000), { minLength: 2, maxLength: 50 }), (values) => {
          const samples = pairs(
            'a',
            values.map((value, index) => [NOW - (values.length - index) * 15, value] as const),
          );
          const increase = valueIn(measured('materializer_new', found(samples)));
          const rises = values.slice(1).reduce((sum, value, index) => {
            const before = values[index]!;
            return sum + (value >= before ? value - before : value);
          }, 0);
          assert.equal(increase, rises);
          assert.ok(increase >= values.at(-1)! - values[0]!);
        }),
        { numRuns: 2_000 },
      );
    });
  });

  describe('uptime', () => {
    const upUntil = (pod: string, until: number) => sampled(pod, hour, (time) => (time < until ? 1 : 0));

    it('is the share of minutes with at least one pod up', () => {
      const a = upUntil('a', NOW - 30 * 60);
      const b = upUntil('b', NOW - 15 * 60);
      assert.equal(valueIn(measured('uptime', found(a))), 0.5);
      assert.equal(valueIn(measured('uptime', found(a, b))), 0.75);
    });

    it('counts a minute in which the one pod was up once', () => {
      const flapping = sampled('a', hour, (time) => ((time / 15) % 4 === 0 ? 1 : 0));
      assert.equal(valueIn(measured('uptime', found(flapping))), 1);
    });

    it('counts a minute in which no pod was seen at all as down', () => {
      const gone = sampled('a', hour, (time) => (time < NOW - 20 * 60 && time >= NOW - 35 * 60 ? Number.NaN : 1));
      assert.equal(valueIn(measured('uptime', found(gone))), 0.75);
    });

    it('does not hold the minute that has just begun against anybody', () => {
      const period = { from: unixSeconds(NOW - 600), to: unixSeconds(NOW + 5) };
      assert.equal(valueIn(measured('uptime', found(sampled('a', hour, 1)), { period })), 1);
    });
  });

  describe('a period', () => {
    it('is half-open, and nothing outside of it counts', () => {
      const { from, to } = { from: NOW - 60, to: NOW - 30 };
      const samples = pairs('a', [
        [from - 1, 0.9],
        [from, 0.1],
        [to - 1, 0.3],
        [to, 0.9],
        [NOW, 0.9],
      ]);
      const period = { from: unixSeconds(from), to: unixSeconds(to) };
      assert.equal(valueIn(measured('error_rate', found(samples), { period })), 0.2);
    });

    it('leaves out the moments that do not count', () => {
      const counts = (time: number): boolean => time >= NOW - 1_800;
      const values = (time: number): number => (counts(time) ? 0.1 : 1);
      const period = { ...lastHour, counts };
      assert.equal(valueIn(measured('error_rate', found(sampled('a', hour, values)), { period })), 0.1);
    });

    it('has no data when it holds no sample', () => {
      const period = { from: unixSeconds(NOW - 5), to: NOW };
      assert.equal(
        detailOf(measured('error_rate', found(sampled('a', hour, 0.1)), { period })),
        'no sample lies in the time that counts',
      );
    });
  });

  describe('a component', () => {
    const memory = found(
      sampled('a', hour, 0.5, 'api'),
      sampled('b', hour, 0.6, 'api'),
      sampled('c', hour, 0.9, 'workers'),
    );

    it('is measured alone', () => {
      assert.equal(valueIn(measured('memory_usage', memory, { component: 'api' })), 0.6);
      assert.equal(valueIn(measured('memory_usage', memory, { component: 'workers' })), 0.9);
    });

    it('that reports nothing has no data, whatever the others report', () => {
      assert.equal(measured('memory_usage', memory, { component: 'cache' }).kind, 'noData');
    });

    it('is stale by its own newest sample', () => {
      const old = sampled('d', { ...hour, to: NOW - 600 }, 0.1, 'api');
      const fresh = sampled('c', hour, 0.1, 'workers');
      assert.equal(measured('memory_usage', found(old, fresh), { component: 'api' }).kind, 'stale');
    });
  });

  describe('what cannot be known is named', () => {
    it('no data, when nothing was answered', () => {
      assert.deepEqual(measured('error_rate', NOTHING), {
        kind: 'noData',
        query: 'the_query{}',
        detail: 'the query returned no samples',
      });
    });

    it('no data, when all that was answered is not a number', () => {
      const fetched = { ...found({ pod: 'a', times: [], values: [] }), notANumber: 240 };
      assert.deepEqual(measured('error_rate', fetched), {
        kind: 'noData',
        query: 'the_query{}',
        detail: 'all 240 samples were NaN or infinite',
      });
    });

    it('stale, from two minutes on', () => {
      const until = (age: number) => found(pairs('a', [[NOW - age, 0.1]]));
      assert.equal(measured('error_rate', until(120)).kind, 'value');
      assert.deepEqual(measured('error_rate', until(121)), {
        kind: 'stale',
        query: 'the_query{}',
        age: 121,
        detail: 'newest sample is 2m01s old, more than 2m00s',
      });
    });

    it('stale by the newest of all pods', () => {
      const fetched = found(pairs('a', [[NOW - 600, 0.1]]), pairs('b', [[NOW - 30, 0.1]]));
      assert.equal(measured('error_rate', fetched).kind, 'value');
    });

    it('ambiguous and unreachable, in the words of the source', () => {
      assert.deepEqual(measured('error_rate', AMBIGUOUS), {
        kind: 'ambiguous',
        query: 'the_query{}',
        detail: 'two series for pod denis-a',
      });
      assert.deepEqual(measured('error_rate', UNREACHABLE), {
        kind: 'unreachable',
        query: 'the_query{}',
        detail: 'Prometheus: timed out',
      });
    });

    const ranges: readonly [MetricKey, number, 'value' | 'outOfRange'][] = [
      ['error_rate', 0, 'value'],
      ['error_rate', 1, 'value'],
      ['error_rate', 1.0001, 'outOfRange'],
      ['error_rate', -0.0001, 'outOfRange'],
      ['materializer_success_rate', 1, 'value'],
      ['materializer_success_rate', 98.6, 'outOfRange'],
      ['materializer_latency_p99', 1e9, 'value'],
      ['materializer_latency_p99', -1, 'outOfRange'],
      ['queue_depth', -1, 'outOfRange'],
      ['memory_usage', 2, 'value'],
      ['memory_usage', 2.001, 'outOfRange'],
      ['materializer_pct', 100, 'value'],
      ['materializer_pct', 101, 'outOfRange'],
      ['uptime', 2, 'outOfRange'],
    ];
    for (const [key, value, kind] of ranges) {
      it(`${kind === 'value' ? 'in' : 'out of'} range: ${key} of ${value}`, () => {
        assert.equal(measured(key, found(sampled('a', hour, value))).kind, kind);
      });
    }

    it('out of range, even for one sample of one pod', () => {
      const one = sampled('b', hour, (time) => (time === NOW - 1_800 ? 1.5 : 0));
      assert.equal(measured('error_rate', found(sampled('a', hour, 0), one)).kind, 'outOfRange');
    });

    it('out of range with a hint, when a share looks like a percent', () => {
      assert.equal(
        detailOf(measured('materializer_success_rate', found(sampled('a', hour, 98.6)))),
        '98.6 is outside 0–1; if the service writes percent, set unit: percent for this metric',
      );
      assert.equal(detailOf(measured('error_rate', found(sampled('a', hour, -1)))), '-1 is outside 0–1');
      assert.equal(detailOf(measured('queue_depth', found(sampled('a', hour, -1)))), '-1 is outside 0–∞');
    });

    it('out of range with the hint, also when no minute counts because of it', () => {
      const period = { ...lastHour, counts: () => false };
      assert.match(
        detailOf(measured('materializer_success_rate', found(sampled('a', hour, 98.6)), { period })),
        /^98\.6 is outside 0–1; if the service writes percent/,
      );
    });

    it('out of range, when the heartbeat lies in the future', () => {
      assert.equal(measured('worker_seen', found(pairs('a', [[NOW - 5, NOW + 60]]))).kind, 'outOfRange');
    });
  });

  it('never gives a value that is not a number', () => {
    const samples = fc.array(
      fc.tuple(fc.integer({ min: -7_200, max: 60 }), fc.double({ noNaN: true, min: -3, max: 3 })),
      {
        maxLength: 20,
      },
    );
    const pods = fc.array(samples, { maxLength: 3 });
    const keys = fc.constantFrom(...(Object.keys(METRICS) as MetricKey[]));
    fc.assert(
      fc.property(keys, pods, (key, each) => {
        const series = each.map((one, index) =>
          pairs(
            String(index),
            one.map(([at, value]) => [NOW + at, value] as const).sort(([a], [b]) => a - b),
          ),
        );
        const measurement = measured(key, found(...series));
        if (measurement.kind !== 'value') return;
        assert.ok(Number.isFinite(measurement.value), JSON.stringify(measurement));
        assert.ok(measurement.value >= METRICS[key].valid[0] && measurement.samples > 0 && measurement.age >= 0);
      }),
      { numRuns: 2_000 },
    );
  });
});
