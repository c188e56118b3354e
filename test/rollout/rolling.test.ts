import assert from 'node:assert/strict';
import fc from 'fast-check';
import { seconds } from '../../phases/units';
import { bucketQuantile, quantile } from '../../rollout/quantile';
import {
  anyOf,
  bucketsAbove,
  eachAbove,
  meanAbove,
  p95Above,
  type Rolling,
  type SuccessLimit,
  slotsIn,
  successBelow,
} from '../../rollout/rolling';
import { KEEPS, UNKNOWN, VIOLATES } from '../../rollout/ruleTimer';
import type { Slots } from '../../rollout/slots';

const RUNS = { numRuns: 10_000 };
/** No sample. */
const NONE = Number.NaN;
const slots = (values: readonly number[]): Slots => ({ first: 7, values: Float64Array.from(values) });
const WORDS = { [VIOLATES]: 'bad', [KEEPS]: 'good', [UNKNOWN]: '-' } as Readonly<Record<number, string>>;
const words = ({ violates }: Pick<Rolling, 'violates'>): string => Array.from(violates, (one) => WORDS[one]).join(' ');
const said = (answers: readonly (boolean | undefined)[]): string =>
  answers.map((one) => (one === undefined ? '-' : one ? 'bad' : 'good')).join(' ');
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
/** The newest `length` slots up to one. */
const back = <T>(all: readonly T[], slot: number, length: number): T[] =>
  all.slice(Math.max(0, slot + 1 - length), slot + 1);
const known = (values: readonly number[]): number[] => values.filter((value) => !Number.isNaN(value));

/** Multiples of a tenth, so that sums lie on their limits often; some slots have no sample. */
const tenths = (most: number) =>
  fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 0, max: most }).map((one) => one / 10) }, fc.constant(NONE));
const values = fc.array(tenths(10), { maxLength: 40 });
const length = fc.integer({ min: 1, max: 12 });
const limits = fc.integer({ min: 0, max: 10 }).map((one) => one / 10);

describe('rollout/rolling', () => {
  it('counts slots in a length of time, at least one', () => {
    assert.deepEqual(
      [300, 15, 1, 22, 23].map((length) => slotsIn(seconds(length), seconds(15))),
      [20, 1, 1, 1, 2],
    );
  });

  describe('each slot by itself', () => {
    it('violates above the limit, keeps it at the limit, and is unknown without a sample', () => {
      const rolling = eachAbove(slots([500, 501, NONE, 3]), 500);
      assert.deepEqual([rolling.first, words(rolling), rolling.value], [7, 'good bad - good', 3]);
      assert.deepEqual([words(eachAbove(slots([]), 500)), eachAbove(slots([NONE]), 500).value], ['', undefined]);
    });

    it('is known to violate where a series lapsed, and not known to keep the limit', () => {
      assert.equal(words(eachAbove(slots([1, 1, 9, NONE]), 5, Uint8Array.from([0, 1, 1, 1]))), 'good - bad -');
    });

    it('of several violates with any, and keeps with all', () => {
      const rolling = anyOf([
        eachAbove(slots([1, 1, 1, 9, 9, NONE]), 5),
        eachAbove(slots([1, NONE, 9, NONE, 9, NONE]), 5),
      ]);
      assert.deepEqual([words(rolling), rolling.value], ['good - bad bad bad -', 9]);
    });
  });

  describe('the mean', () => {
    it('looks back over so many slots, gaps included', () => {
      assert.equal(
        words(meanAbove(slots([0, 0, 3, NONE, 0, 0, 0]), undefined, 1, 3)),
        'good good good - bad good good',
      );
    });

    it('is exact on its limit, however often it was added up', () => {
      for (const limit of [0.03, 0.05, 0.1, 0.3]) {
        const many = Array.from({ length: 20_000 }, () => limit);
        assert.ok(meanAbove(slots(many), undefined, limit, 20).violates.every((one) => one === KEEPS));
        const more = many.map((one) => one + 1e-8);
        assert.ok(meanAbove(slots(more), undefined, limit, 20).violates.every((one) => one === VIOLATES));
      }
    });

    it('is what a new sum for every slot gives', () => {
      fc.assert(
        fc.property(values, limits, length, (given, limit, span) => {
          const naive = given.map((value, slot) => {
            if (Number.isNaN(value)) return undefined;
            const those = known(back(given, slot, span));
            return Math.round(sum(those) * 10) > Math.round(limit * 10 * those.length);
          });
          assert.equal(words(meanAbove(slots(given), undefined, limit, span)), said(naive));
        }),
        RUNS,
      );
    });

    it('of counters is what the one grew by of what the other did', () => {
      const pair = fc.tuple(fc.nat(5), fc.nat(20), fc.integer({ min: 0, max: 5 }));
      fc.assert(
        fc.property(fc.array(pair, { maxLength: 40 }), limits, length, (given, limit, span) => {
          const part = given.map(([one, , gap]) => (gap === 0 ? NONE : one));
          const whole = given.map(([, all, gap]) => (gap === 1 ? NONE : all));
          const naive = given.map((_, slot) => {
            const those = back(given, slot, span).filter(([, , gap]) => gap > 1);
            const all = sum(those.map(([, count]) => count));
            if (given[slot]![2] <= 1 || all === 0) return undefined;
            return 10 * sum(those.map(([count]) => count)) > Math.round(limit * 10) * all;
          });
          assert.equal(words(meanAbove(slots(part), slots(whole), limit, span)), said(naive));
        }),
        RUNS,
      );
    });
  });

  it('the 95th percentile is that of the samples in the look-back', () => {
    fc.assert(
      fc.property(values, limits, fc.integer({ min: 1, max: 30 }), (given, limit, span) => {
        const naive = given.map((value, slot) =>
          Number.isNaN(value) ? undefined : quantile(known(back(given, slot, span)), 0.95) > limit,
        );
        const rolling = p95Above(slots(given), limit, span);
        assert.equal(words(rolling), said(naive));
        const newest = known(back(given, given.length - 1, span));
        assert.equal(rolling.value, newest.length === 0 ? undefined : quantile(newest, 0.95));
      }),
      RUNS,
    );
  });

  it('a quantile from buckets is that of what they grew by in the look-back', () => {
    const EDGES = [1, 2, 4, Number.POSITIVE_INFINITY];
    const growth = fc.oneof(
      { weight: 5, arbitrary: fc.array(fc.nat(60), { minLength: 4, maxLength: 4 }) },
      fc.constant(undefined),
    );
    const anyLimit = fc.constantFrom(0.5, 1, 1.5, 2, 3, 4, 5);
    fc.assert(
      fc.property(fc.array(growth, { maxLength: 30 }), anyLimit, length, (given, limit, span) => {
        const upTo = (each: readonly number[] | undefined, edge: number): number =>
          each === undefined ? NONE : sum(each.slice(0, edge + 1));
        const buckets = EDGES.map((le, edge) => ({ le, grown: slots(given.map((each) => upTo(each, edge))) }));
        const naive = given.map((each, slot) => {
          if (each === undefined) return undefined;
          const those = back(given, slot, span);
          const counts = EDGES.map((le, edge) => ({ le, count: sum(those.map((one) => upTo(one, edge) || 0)) }));
          const found = bucketQuantile(counts, 0.99, limit);
          return typeof found === 'number' ? found > limit : undefined;
        });
        assert.equal(words(bucketsAbove(buckets, limit, span)), said(naive));
      }),
      RUNS,
    );
    assert.deepEqual(words(bucketsAbove([], 1, 5)), '');
  });

  describe('success', () => {
    const rule: SuccessLimit = {
      limit: 0.9,
      including: false,
      minimumJobs: 20,
      minimumFailed: 3,
      shortest: 2,
      longest: 5,
    };
    /** Ten jobs in every slot. */
    const ten = (success: readonly number[], own: Partial<SuccessLimit> = {}): Rolling =>
      successBelow(
        { success: slots(success), jobs: slots(success.map(() => 10)), counted: false },
        { ...rule, ...own },
      );

    it('is unknown until there are enough jobs, and keeps its limit until enough of them failed', () => {
      assert.equal(words(ten([0.8, 0.8, 0.8])), '- bad bad');
      assert.equal(words(ten([0.85, 0.85, 0.85], { limit: 0.95 })), '- bad bad');
      assert.equal(words(ten([0.95, 0.95, 0.8, 0.95], { limit: 0.94 })), '- good bad bad');
    });

    it('at its limit violates only where that is included', () => {
      assert.equal(words(ten([0.8, 0.8, 0.8], { limit: 0.8 })), '- good good');
      assert.equal(words(ten([0.8, 0.8, 0.8], { limit: 0.8, including: true })), '- bad bad');
      assert.equal(words(ten([0.8, 0.8, 0.801], { limit: 0.8, including: true, longest: 2 })), '- bad good');
    });

    it('is exact on its limit, however many jobs were added up', () => {
      const many = Array.from({ length: 20_000 }, (_, slot) => 100 * (10_001 + (slot % 7)));
      for (const limit of [0.9, 0.93, 0.95, 0.98]) {
        const given = (more: number) => ({
          success: slots(many.map((jobs) => Math.round(jobs * limit) + more)),
          jobs: slots(many),
          counted: true,
        });
        const own = { ...rule, limit, shortest: 20, longest: 240 };
        assert.ok(successBelow(given(0), own).violates.every((one) => one === KEEPS));
        assert.ok(successBelow(given(0), { ...own, including: true }).violates.every((one) => one === VIOLATES));
        assert.ok(successBelow(given(-1), own).violates.every((one) => one === VIOLATES));
        assert.ok(successBelow(given(1), { ...own, including: true }).violates.every((one) => one === KEEPS));
      }
    });

    it('shows the value over the shortest look-back that holds enough jobs', () => {
      assert.equal(ten([1, 1, 1, 0.8, 0.6]).value, 0.7);
      assert.equal(ten([1, 1, 1, 0.9, 0.6], { minimumJobs: 40 }).value, 0.875);
      assert.equal(ten([0.5]).value, undefined);
    });

    it('takes a slot without a sample for a gap', () => {
      assert.equal(words(ten([0.8, 0.8, NONE, 0.8])), '- bad - bad');
    });

    const count = fc.integer({ min: 0, max: 9 });
    const slot = fc.record({ jobs: count, failed: count, gap: fc.integer({ min: 0, max: 6 }) });
    const given = fc.array(slot, { maxLength: 30 });
    const limit = fc.record({
      limit: fc.constantFrom(0.5, 0.8, 0.9),
      including: fc.boolean(),
      minimumJobs: fc.integer({ min: 1, max: 30 }),
      minimumFailed: fc.integer({ min: 1, max: 5 }),
      shortest: fc.integer({ min: 1, max: 4 }),
      longest: fc.integer({ min: 4, max: 10 }),
    });
    type Given = typeof given extends fc.Arbitrary<infer T> ? T : never;
    const countedIn = (all: Given): Parameters<typeof successBelow>[0] => ({
      success: slots(all.map(({ jobs, failed, gap }) => (gap === 0 ? NONE : jobs - Math.min(jobs, failed)))),
      jobs: slots(all.map(({ jobs }) => jobs)),
      counted: true,
    });

    it('is below its limit where any look-back that is long enough and holds enough says so', () => {
      fc.assert(
        fc.property(given, limit, (all, own) => {
          const naive = all.map(({ gap }, end) => {
            const totals = (span: number) => {
              const those = back(all, end, span).filter((one) => one.gap !== 0);
              return {
                jobs: sum(those.map(({ jobs }) => jobs)),
                failed: sum(those.map(({ jobs, failed }) => Math.min(jobs, failed))),
              };
            };
            if (gap === 0 || totals(own.longest).jobs < own.minimumJobs) return undefined;
            for (let span = own.shortest; span <= own.longest; span++) {
              const { jobs, failed } = totals(span);
              if (jobs < own.minimumJobs || failed < own.minimumFailed) continue;
              const above = 10 * (jobs - failed) - Math.round(own.limit * 10) * jobs;
              if (own.including ? above <= 0 : above < 0) return true;
            }
            return false;
          });
          assert.equal(words(successBelow(countedIn(all), own)), said(naive));
        }),
        RUNS,
      );
    });

    it('never keeps its limit with more failed jobs where it did not with fewer', () => {
      fc.assert(
        fc.property(given, limit, fc.nat(30), fc.integer({ min: 1, max: 9 }), (all, own, which, more) => {
          const worse = all.map((one, index) => (index === which ? { ...one, failed: one.failed + more } : one));
          const [a, b] = [all, worse].map((each) => successBelow(countedIn(each), own).violates);
          a!.forEach((one, index) => {
            assert.ok(b![index]! >= one);
          });
        }),
        RUNS,
      );
    });

    it('is the same from a share as from counters', () => {
      fc.assert(
        fc.property(given, limit, (all, own) => {
          // Every slot has the same weight where shares are averaged: as many jobs in each.
          const even = all.map((one) => ({ ...one, jobs: 10 }));
          const share = slots(even.map(({ failed, gap }) => (gap === 0 ? NONE : (10 - failed) / 10)));
          const jobs = slots(even.map(() => 10));
          const [a, b] = [
            successBelow({ success: share, jobs, counted: false }, own),
            successBelow(countedIn(even), own),
          ];
          assert.equal(words(a), words(b));
          assert.equal(a.value, b.value);
        }),
        RUNS,
      );
    });
  });
});
