import assert from 'node:assert/strict';
import fc from 'fast-check';
import { sparkline } from '../../rollout/sparkline';

const { NaN: none, POSITIVE_INFINITY: infinite } = Number;

describe('rollout/sparkline', () => {
  const rows: readonly [what: string, values: number[], width: number, line: string][] = [
    ['nothing without samples', [], 8, ''],
    ['one bar for one value', [5], 8, '▁'],
    ['a short series bar by bar, never stretched', [0, 1, 2], 8, '▁▅█'],
    ['a rise from the least bar to the highest', [0, 1, 2, 3, 4, 5, 6, 7], 8, '▁▂▃▄▅▆▇█'],
    ['the mean of each part of a long series', [0, 2, 10, 12, 20, 22], 3, '▁▅█'],
    ['a flat line of what does not move', [3, 3, 3, 3], 4, '▁▁▁▁'],
    ['a flat line of what hardly moves', [100, 101, 100, 101], 4, '▁▁▁▁'],
    ['a flat line of zeros', [0, 0], 2, '▁▁'],
    ['a dot where there was no sample', [0, none, 7], 3, '▁·█'],
    ['dots alone where nothing is known', [none, none], 2, '··'],
    ['a part of which some samples are known by those', [none, 0, 7, none], 2, '▁█'],
    ['an infinite value as none', [0, infinite, 7], 3, '▁·█'],
    ['values below zero', [-8, -1], 2, '▁█'],
  ];
  for (const [what, values, width, line] of rows)
    it(`draws ${what}`, () => assert.equal(sparkline(values, width), line));

  it('is never wider than asked, and made of bars and dots alone', () => {
    const values = fc.array(fc.oneof(fc.double({ min: -1e9, max: 1e9 }), fc.constantFrom(none, infinite)));
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 40 }), (series, width) => {
        const line = sparkline(series, width);
        assert.equal(line.length, Math.min(width, series.length));
        assert.match(line, /^[▁▂▃▄▅▆▇█·]*$/);
      }),
    );
  });
});
