import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type BucketCount, bucketQuantile, quantile } from '../../rollout/quantile';

describe('rollout/quantile', () => {
  const oneTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);
  const rows: readonly [values: number[], q: number, expected: number][] = [
    [[7], 0.95, 7],
    [[2, 1], 0.5, 1],
    [[2, 1], 0.51, 2],
    [oneTo(19), 0.95, 19],
    [oneTo(20), 0.95, 19],
    [oneTo(21), 0.95, 20],
    [oneTo(100), 0.95, 95],
    [oneTo(100), 0, 1],
    [oneTo(100), 1, 100],
    [[10, 9, 2, 1], 0.75, 9],
    [[-1, -10, 3], 0, -10],
  ];
  for (const [values, q, expected] of rows) {
    it(`takes ${expected} of ${values.length} values at ${q}`, () => assert.equal(quantile(values, q), expected));
  }

  it('does not change what it was given', () => {
    const values = [3, 1, 2];
    quantile(values, 0.95);
    assert.deepEqual(values, [3, 1, 2]);
  });

  const values = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 200 });
  const share = fc.double({ min: 0, max: 1, noNaN: true });

  it('is a member of its input that at least the share q does not exceed', () => {
    fc.assert(
      fc.property(values, share, (any, q) => {
        const result = quantile(any, q);
        assert.ok(any.includes(result));
        assert.ok(any.filter((value) => value <= result).length >= q * any.length - 1e-9);
        assert.ok(any.filter((value) => value < result).length < Math.max(1, q * any.length + 1e-9));
      }),
      { numRuns: 2_000 },
    );
  });

  it('never falls when a value or the share grows', () => {
    fc.assert(
      fc.property(values, share, share, fc.nat(), (any, p, q, index) => {
        const [low, high] = [Math.min(p, q), Math.max(p, q)];
        assert.ok(quantile(any, low) <= quantile(any, high));
        const worse = any.map((value, at) => (at === index % any.length ? value + Math.abs(value) + 1 : value));
        assert.ok(quantile(worse, q) >= quantile(any, q));
      }),
      { numRuns: 2_000 },
    );
  });

  describe('from buckets', () => {
    const INFINITE = Number.POSITIVE_INFINITY;
    const buckets = (...counts: readonly (readonly [le: number, count: number])[]): BucketCount[] =>
      counts.map(([le, count]) => ({ le, count }));
    /** A hundred observations: 50 up to 1, 40 more up to 2, 9 more up to 4, one beyond. */
    const HUNDRED = buckets([1, 50], [2, 90], [4, 99], [INFINITE, 100]);
    const rows: readonly [string, number, number | undefined, number][] = [
      ['the edge itself where the rank is that of an edge', 0.99, undefined, 4],
      ['and of a lower edge', 0.9, undefined, 2],
      ['interpolated within a bucket', 0.7, undefined, 1.5],
      ['interpolated from zero in the first bucket', 0.25, undefined, 0.5],
      ['interpolated where the limit is an edge', 0.7, 2, 1.5],
      ['interpolated where the limit lies in another bucket', 0.7, 3, 1.5],
      ['the upper edge where the limit lies within its bucket', 0.7, 1.9, 2],
      ['the upper edge also where the limit lies below what it would be', 0.7, 1.1, 2],
      ['a little more than the last edge beyond it', 0.995, undefined, 4 * (1 + Number.EPSILON)],
      ['and above a limit on the last edge', 0.995, 4, 4 * (1 + Number.EPSILON)],
    ];
    for (const [title, q, limit, expected] of rows) {
      it(`is ${title}`, () => assert.equal(bucketQuantile(HUNDRED, q, limit), expected));
    }

    it('is not known where both it and the limit lie beyond the last edge', () => {
      assert.deepEqual(bucketQuantile(HUNDRED, 0.995, 5), {
        reason: 'it lies above the last bucket edge 4, and so does the limit 5',
      });
    });

    it('is not known without observations, or without the infinite bucket', () => {
      assert.deepEqual(bucketQuantile(buckets([1, 0], [INFINITE, 0]), 0.99), { reason: 'nothing was observed' });
      const reason = 'there is no bucket le="+Inf"';
      assert.deepEqual(bucketQuantile(buckets([1, 5]), 0.99), { reason });
      assert.deepEqual(bucketQuantile([], 0.99), { reason });
    });

    it('takes a bucket that was scraped late for as full as the one below it', () => {
      assert.equal(bucketQuantile(buckets([1, 90], [2, 80], [4, 100], [INFINITE, 100]), 0.95), 3);
    });

    const EDGES = [0.5, 1, 2, 4, INFINITE];
    const observed = fc.array(fc.constantFrom(0.1, 0.5, 0.7, 1, 1.5, 2, 3, 4, 9), { minLength: 1, maxLength: 300 });
    const counted = (all: readonly number[]): BucketCount[] =>
      EDGES.map((le) => ({ le, count: all.filter((one) => one <= le).length }));
    const limits = fc.constantFrom(0.3, 0.5, 0.8, 1, 1.5, 2, 3, 4);

    it('never lies on the milder side of the limit than the observations do', () => {
      fc.assert(
        fc.property(observed, limits, (all, limit) => {
          const found = bucketQuantile(counted(all), 0.99, limit);
          assert.ok(typeof found === 'number');
          if (quantile(all, 0.99) > limit) assert.ok(found > limit, `${found} of a real ${quantile(all, 0.99)}`);
          // And on the same side where the limit is an edge.
          if (EDGES.includes(limit)) assert.equal(found > limit, quantile(all, 0.99) > limit);
        }),
        { numRuns: 10_000 },
      );
    });

    it('never falls when an observation grows', () => {
      fc.assert(
        fc.property(observed, limits, fc.nat(), fc.constantFrom(0.5, 1, 3, 10), (all, limit, which, more) => {
          const worse = all.map((one, index) => (index === which % all.length ? one + more : one));
          const [a, b] = [all, worse].map((each) => bucketQuantile(counted(each), 0.99, limit));
          assert.ok(typeof a === 'number' && typeof b === 'number' && b >= a);
        }),
        { numRuns: 10_000 },
      );
    });
  });
});
