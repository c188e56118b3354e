import assert from 'node:assert/strict';
import fc from 'fast-check';
import { quantile } from '../../rollout/quantile';

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
});
