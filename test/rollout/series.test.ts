import assert from 'node:assert/strict';
import fc from 'fast-check';
import { firstAtOrAfter } from '../../rollout/series';

describe('rollout/series', () => {
  it('finds the first moment that is not before another', () => {
    const times = [10, 20, 20, 30];
    const rows = [
      [9, 0],
      [10, 0],
      [10.5, 1],
      [20, 1],
      [21, 3],
      [30, 3],
      [31, 4],
    ] as const;
    for (const [moment, index] of rows) assert.equal(firstAtOrAfter(times, moment), index, String(moment));
    assert.equal(firstAtOrAfter([], 1), 0);
  });

  it('finds what a walk from the front finds', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.integer(), (any, moment) => {
        const times = any.sort((a, b) => a - b);
        const walked = times.findIndex((time) => time >= moment);
        assert.equal(firstAtOrAfter(times, moment), walked < 0 ? times.length : walked);
      }),
      { numRuns: 2_000 },
    );
  });
});
