import assert from 'node:assert/strict';
import type { PhaseName } from '../../phases/phase';
import type { RuleId } from '../../rollout/ruleWatches';
import type { Bucket, Fetched } from '../../rollout/series';
import { NOON, type Readings } from '../support/healthyPhase';
import { found, sampled, UNREACHABLE, type ValueAt } from '../support/series';
import { ACTIVATED, ruleAt, SCRAPE, WATCHED } from './support/rules';

/** So many jobs a minute, queued. */
const jobs = (perMinute: number): Readings => ({ materializer_new: (time) => ((time - ACTIVATED) * perMinute) / 60 });
const success = (value: ValueAt, perMinute: number): Readings => ({
  ...jobs(perMinute),
  materializer_success_rate: value,
});
const span = { from: ACTIVATED, to: NOON, every: SCRAPE };

/** A counter that grows by so much with every sample; it restarts from zero at the given moments. */
function counter(growth: (time: number) => number, restarts: readonly number[] = [], pod = 'denis-a') {
  let total = 1_000;
  return sampled(pod, span, (time) => {
    if (restarts.includes(time)) total = 0;
    total += growth(time);
    return total;
  });
}

interface Counted {
  readonly share: (time: number) => number;
  /** In all. */
  readonly perSample: number;
  readonly restarts?: readonly number[];
}

function ratio({ share, perSample, restarts }: Counted): Fetched {
  return {
    kind: 'ratio',
    query: 'part / whole',
    part: [counter((time) => perSample * share(time), restarts)],
    whole: [counter(() => perSample, restarts)],
    notANumber: 0,
  };
}

describe('rollout/rollback, what rates are made of', () => {
  describe('a success rule needs 20 jobs and 8 failed ones, that of the matrix 12', () => {
    const rows: readonly [string, PhaseName, RuleId, number, number, number | undefined][] = [
      ['1 job/min, half of them failed: 20 jobs after 20 min', 'canary-1', 'success-below', 0.5, 1, 20],
      ['1 job/min, 16 % failed: 8 failed after 50 min', 'canary-1', 'success-below', 0.84, 1, 50],
      ['1 job/min, 20 % failed: 12 failed after 60 min', 'canary-100', 'success-not-above-matrix', 0.8, 1, 60],
      ['1 job/min, 19.9 % failed: not within one hour', 'canary-100', 'success-not-above-matrix', 0.801, 1, undefined],
      ['20 jobs an hour, half of them failed', 'canary-1', 'success-below', 0.5, 20 / 60, 60],
      ['19 jobs an hour, half of them failed', 'canary-1', 'success-below', 0.5, 19 / 60, undefined],
      ['10 jobs/min, half of them failed: 20 jobs after 2 min', 'canary-1', 'success-below', 0.5, 10, 2],
      ['10 jobs/min, 20 % failed: 8 failed after 4 min', 'canary-1', 'success-below', 0.8, 10, 4],
      ['10 jobs/min, 2 % failed: 12 failed after 60 min', 'canary-100', 'success-not-above-matrix', 0.98, 10, 60],
    ];
    for (const [title, phase, id, share, perMinute, minutes] of rows) {
      it(title, () => {
        const row = { phase, id };
        const readings = success(share, perMinute);
        if (minutes === undefined) {
          assert.equal(ruleAt(row, NOON, readings).held, 0);
          return;
        }
        const since = WATCHED + minutes * 60;
        assert.equal(ruleAt(row, since - SCRAPE, readings).status, 'quiet');
        const result = ruleAt(row, since, readings);
        assert.deepEqual([result.status, result.timer.since], ['violated', since]);
      });
    }

    it('whose numbers are settings', () => {
      const row = { phase: 'canary-1', id: 'success-below' } as const;
      const since = (settings: object): number | undefined =>
        ruleAt(row, NOON, success(0.5, 1), { settings: { ...settings } }).firedAt;
      const fires = (minutes: number): number => WATCHED + minutes * 60 + 60;
      assert.equal(since({}), fires(20));
      assert.equal(since({ ruleMinimumJobs: 40 }), fires(40));
      assert.equal(since({ ruleMinimumJobs: 1, ruleMinimumFailed: 5 }), fires(10));
      assert.equal(since({ ruleMinimumFailed: 15 }), fires(30));
      assert.equal(since({ ruleMinimumJobs: 61 }), undefined);
    });

    it('takes too few jobs for a gap: they neither count nor reset', () => {
      const row = { phase: 'canary-1', id: 'success-below' } as const;
      // Jobs for one hour only; from the 101st minute on the newest hour holds fewer than 20.
      const readings: Readings = {
        materializer_success_rate: 0.5,
        materializer_new: (time) => Math.min(time - WATCHED, 3_600) / 60,
      };
      const settings = { ruleMinimumFailed: 21, ruleMinimumJobs: 42 };
      const result = ruleAt(row, NOON, readings, { settings });
      assert.ok(result.firedAt !== undefined && result.firedAt < NOON - 60);
      const few = ruleAt(row, NOON, { ...readings, materializer_new: (time) => (time - WATCHED) / 600 });
      assert.deepEqual([few.status, few.held], ['quiet', 0]);
    });
  });

  it('divides at the setting where the matrix does', () => {
    const row = { phase: 'canary-100', id: 'success-not-above-matrix' } as const;
    for (const [line, value, fired] of [
      [98, 0.985, false],
      [99, 0.985, true],
      [99, 0.99, true],
      [96, 0.97, false],
    ] as const) {
      const result = ruleAt(row, NOON, success(value, 1_000), { settings: { matrixSuccess: line } });
      assert.deepEqual([result.status === 'fired', result.title], [fired, `success rate ≤ ${line} %`]);
    }
  });

  it('is missing without its jobs, unless success is counted itself', () => {
    const row = { phase: 'canary-10', id: 'success-below' } as const;
    const silent = { materializer_success_rate: 0.5, materializer_new: UNREACHABLE };
    assert.deepEqual(
      [ruleAt(row, NOON, silent).status, ruleAt(row, NOON, silent).why?.kind],
      ['missing', 'unreachable'],
    );
    const counted = { ...silent, materializer_success_rate: ratio({ share: () => 0.5, perSample: 100 }) };
    assert.equal(ruleAt(row, NOON, counted).status, 'fired');
    // Jobs that are known up to an hour ago still fill a look-back.
    const old = success(0.5, 1_000);
    const stopped = {
      ...old,
      materializer_new: found(sampled('denis-a', { ...span, to: WATCHED + 300 }, (time) => time)),
    };
    assert.equal(ruleAt(row, NOON, stopped).status, 'fired');
  });

  describe('counters', () => {
    const exact = [
      ['canary-1', 'success-below', 0.9, -1],
      ['canary-10', 'success-below', 0.93, -1],
      ['canary-50', 'success-below', 0.95, -1],
      ['canary-100', 'success-below', 0.95, -1],
      ['canary-10', 'error-above', 0.03, 1],
      ['canary-100', 'error-above', 0.03, 1],
      ['canary-100', 'error-above-five', 0.05, 1],
    ] as const;
    for (const [phase, id, limit, sign] of exact) {
      for (const perSample of [100, 1_000, 10_000]) {
        it(`${phase}, ${id}: exact at ${perSample * 4} a minute, in whole numbers`, () => {
          const metric = id === 'success-below' ? 'materializer_success_rate' : 'error_rate';
          // Exactly the limit, but for one sample of any twenty with a few more or less.
          const share = (more: number) => (time: number) => {
            const twentieth = ((time - ACTIVATED) / SCRAPE) % 20 === 0;
            return (Math.round(perSample * limit) + (twentieth ? more : 0)) / perSample;
          };
          const at = (more: number): string =>
            ruleAt({ phase, id }, NOON, { [metric]: ratio({ share: share(more), perSample }) }).status;
          assert.equal(at(0), 'quiet');
          assert.equal(at(2 * sign), 'fired');
          assert.equal(at(-2 * sign), 'quiet');
        });
      }
    }

    it('restart from zero without a trace', () => {
      const restarts = [WATCHED + 600, WATCHED + 615, WATCHED + 1_200];
      const row = { phase: 'canary-10', id: 'success-below' } as const;
      const well = { materializer_success_rate: ratio({ share: () => 0.94, perSample: 100, restarts }) };
      assert.deepEqual([ruleAt(row, NOON, well).status, ruleAt(row, NOON, well).value], ['quiet', '94.00 %']);
      const bad = { materializer_success_rate: ratio({ share: () => 0.92, perSample: 100, restarts }) };
      assert.equal(ruleAt(row, NOON, bad).firedAt, WATCHED + SCRAPE + 60);
    });

    it('add up over pods', () => {
      const [much, little] = [counter(() => 97), counter(() => 3)];
      const fetched = (part: typeof much): Fetched => ({
        kind: 'ratio',
        query: 'part / whole',
        part: [part],
        whole: [much, { ...little, pod: 'denis-b' }],
        notANumber: 0,
      });
      const row = { phase: 'canary-10', id: 'success-below' } as const;
      assert.equal(ruleAt(row, NOON, { materializer_success_rate: fetched(much) }).value, '97.00 %');
      assert.equal(ruleAt(row, NOON, { materializer_success_rate: fetched(little) }).status, 'fired');
    });

    it('that do not grow leave the look-back what it holds, and then are a gap', () => {
      // Errors for half a minute, then no traffic at all.
      const until = WATCHED + 30;
      const grows = (by: number) => counter((time) => (time < until ? by : 0));
      const fetched: Fetched = {
        kind: 'ratio',
        query: 'part / whole',
        part: [grows(5)],
        whole: [grows(100)],
        notANumber: 0,
      };
      const row = { phase: 'canary-10', id: 'error-above' } as const;
      assert.equal(ruleAt(row, NOON, { error_rate: fetched }).firedAt, WATCHED + SCRAPE + 60);
      const never = { ...fetched, part: [counter(() => 0)], whole: [counter(() => 0)] };
      assert.deepEqual([ruleAt(row, NOON, { error_rate: never }).status], ['quiet']);
    });

    it('of which one is not there are missing', () => {
      const row = { phase: 'canary-10', id: 'error-above' } as const;
      const whole = ratio({ share: () => 0.5, perSample: 100 }) as Extract<Fetched, { kind: 'ratio' }>;
      const result = ruleAt(row, NOON, { error_rate: { ...whole, part: [] } });
      assert.deepEqual([result.status, result.why?.kind], ['missing', 'noData']);
    });
  });

  describe('a histogram', () => {
    const EDGES = [0.1, 0.4, 0.52, 0.6, 1, Number.POSITIVE_INFINITY];
    const histogram = (values: (time: number) => readonly number[], edges = EDGES): Fetched => ({
      kind: 'histogram',
      query: 'chat_bucket',
      buckets: edges.map(
        (le): Bucket => ({ le, series: [counter((time) => values(time).filter((one) => one <= le).length)] }),
      ),
      notANumber: 0,
    });
    const row = { phase: 'canary-50', id: 'chat-p99-above-baseline' } as const;
    const chat = (fetched: Fetched, now: number = NOON) => ruleAt(row, now, { chat_latency_p99: fetched });
    const hundred = (slow: number, value: number) => () =>
      Array.from({ length: 100 }, (_, index) => (index < slow ? value : 0.05));

    it('violates with more than one observation in a hundred above the limit', () => {
      assert.equal(chat(histogram(hundred(1, 0.55))).status, 'quiet');
      const two = chat(histogram(hundred(2, 0.55)));
      assert.deepEqual([two.status, two.firedAt], ['fired', WATCHED + SCRAPE + 300]);
    });

    it('violates where the limit lies within the bucket: on which side of it nobody knows', () => {
      const edges = [0.1, 0.4, 1, Number.POSITIVE_INFINITY];
      assert.equal(chat(histogram(hundred(2, 0.5), edges)).status, 'fired');
      assert.equal(chat(histogram(hundred(2, 0.3), edges)).status, 'quiet');
    });

    it('violates beyond the last edge, where that lies above the limit', () => {
      assert.equal(chat(histogram(hundred(2, 30))).status, 'fired');
    });

    it('is missing where both lie beyond the last edge', () => {
      const result = chat(histogram(hundred(2, 30), [0.1, 0.4, Number.POSITIVE_INFINITY]));
      assert.deepEqual(
        [result.status, result.why?.kind === 'noData' && result.why.detail],
        ['missing', 'it lies above the last bucket edge 0.4, and so does the limit 0.52'],
      );
    });

    it('holds a burst against the chat for five minutes, which is as long as the rule needs', () => {
      const moment = WATCHED + 1_500;
      const burst = (time: number): readonly number[] => hundred(time === moment ? 100 : 0, 1)();
      assert.equal(chat(histogram(burst), moment + 300).held, 285);
      assert.equal(chat(histogram(burst), moment + 300).status, 'violated');
      const after = chat(histogram(burst), moment + 900);
      assert.deepEqual([after.held, after.firedAt], [0, moment + SCRAPE + 300]);
    });

    it('without an observation is a gap', () => {
      const once = (time: number): readonly number[] => (time < WATCHED + 60 ? hundred(100, 1)() : []);
      const result = chat(histogram(once));
      // The look-back holds the slow ones for five minutes more, which is what the rule needs.
      assert.equal(result.firedAt, WATCHED + SCRAPE + 300);
      assert.equal(chat(histogram(() => [])).status, 'quiet');
    });
  });
});
