import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { AcrossPods } from '../../phases/metrics';
import { seconds, unixSeconds } from '../../phases/units';
import type { Period, Series } from '../../rollout/series';
import { endOf, foldSlots, increaseSlots, lapses } from '../../rollout/slots';
import { pairs } from '../support/series';

const TEN = seconds(10);
const period = (from: number, to: number): Period => ({ from: unixSeconds(from), to: unixSeconds(to) });
const values = ({ values }: { values: Float64Array }): (number | undefined)[] =>
  Array.from(values, (value) => (Number.isNaN(value) ? undefined : value));

describe('rollout/slots', () => {
  const pods = [
    pairs('a', [
      [100, 1],
      [110, 2],
      [131, 4],
    ]),
    pairs('b', [
      [105, 3],
      [119, 6],
    ]),
  ];
  const folds: readonly [AcrossPods, (number | undefined)[]][] = [
    ['max', [3, 6, undefined, 4]],
    ['newest', [3, 6, undefined, 4]],
    ['sum', [4, 8, undefined, 4]],
    ['avg', [2, 4, undefined, 4]],
  ];
  for (const [how, expected] of folds) {
    it(`folds the samples of all pods in each scrape interval into their ${how}`, () => {
      const slots = foldSlots(pods, period(100, 140), TEN, how);
      assert.deepEqual([slots.first, values(slots)], [10, expected]);
    });
  }

  it('are over when their interval is', () => {
    const slots = foldSlots(pods, period(100, 140), TEN, 'max');
    assert.deepEqual([endOf(slots, 0, TEN), endOf(slots, 3, TEN)], [110, 140]);
  });

  it('take in the period alone, half-open, also where it begins or ends within a slot', () => {
    assert.deepEqual(values(foldSlots(pods, period(104, 119), TEN, 'max')), [3, 2]);
    assert.deepEqual(values(foldSlots(pods, period(105, 120), TEN, 'max')), [3, 6]);
    assert.deepEqual(values(foldSlots(pods, period(120, 120), TEN, 'max')), []);
  });

  it('leave out what does not count or is not valid, as if it had not come', () => {
    const counts = (time: number): boolean => time !== 105;
    assert.deepEqual(values(foldSlots(pods, { ...period(100, 140), counts }, TEN, 'max')), [1, 6, undefined, 4]);
    assert.deepEqual(values(foldSlots(pods, period(100, 140), TEN, 'avg', [2, 5])), [3, 2, undefined, 4]);
  });

  describe('of counters', () => {
    it('hold what each sample adds to its predecessor, the one before the period too', () => {
      const counter = pairs('a', [
        [95, 5],
        [105, 7],
        [112, 7],
        [138, 10],
      ]);
      assert.deepEqual(values(increaseSlots([counter], period(100, 140), TEN)), [2, 0, undefined, 3]);
      assert.deepEqual(values(increaseSlots([counter], period(90, 140), TEN)), [0, 2, 0, undefined, 3]);
    });

    it('take a smaller value for a restart from zero', () => {
      const counter = pairs('a', [
        [100, 50],
        [110, 4],
        [120, 9],
      ]);
      assert.deepEqual(values(increaseSlots([counter], period(100, 130), TEN)), [0, 4, 5]);
    });

    it('add up over pods, however their samples lie', () => {
      const [a, b] = [
        pairs('a', [
          [100, 1],
          [110, 3],
        ]),
        pairs('b', [
          [104, 10],
          [118, 11],
        ]),
      ];
      assert.deepEqual(values(increaseSlots([a!, b!], period(100, 120), TEN)), [0, 3]);
    });

    it('leave out moments that do not count, with what was counted then', () => {
      const counter = pairs('a', [
        [100, 0],
        [110, 5],
        [120, 6],
      ]);
      const counts = (time: number): boolean => time !== 110;
      assert.deepEqual(values(increaseSlots([counter], { ...period(100, 130), counts }, TEN)), [0, undefined, 1]);
    });
  });

  describe('lapses', () => {
    const lapsed = (series: readonly Series[], to = 150): number[] => [
      ...lapses(series, period(100, to), TEN, [0, 1_000]),
    ];

    it('are the slots in which a series that was there just before is not', () => {
      assert.deepEqual(
        lapsed([
          pairs('a', [
            [100, 1],
            [121, 1],
            [130, 1],
            [140, 1],
          ]),
        ]),
        [0, 1, 0, 0, 0],
      );
      assert.deepEqual(
        lapsed([
          pairs('a', [
            [100, 1],
            [110, 1],
          ]),
        ]),
        [0, 0, 1, 0, 0],
        'one that ended',
      );
      assert.deepEqual(lapsed([pairs('a', [[140, 1]])]), [0, 0, 0, 0, 0], 'one that begins');
      assert.deepEqual(lapsed([]), [0, 0, 0, 0, 0]);
    });

    it('are there whatever the other series report', () => {
      const other = pairs('b', [
        [100, 1],
        [110, 1],
        [120, 1],
        [130, 1],
        [140, 1],
      ]);
      assert.deepEqual(
        lapsed([
          other,
          pairs('a', [
            [100, 1],
            [121, 1],
          ]),
        ]),
        [0, 1, 0, 1, 0],
      );
    });

    it('are left by samples that are not valid', () => {
      assert.deepEqual(
        lapsed([
          pairs('a', [
            [100, 1],
            [110, -1],
            [120, 1],
            [130, 1],
            [140, 1],
          ]),
        ]),
        [0, 1, 0, 0, 0],
      );
    });
  });

  it('hold what a walk over every slot finds', () => {
    const series = fc.array(fc.tuple(fc.integer({ min: 0, max: 120 }), fc.integer({ min: 0, max: 9 })), {
      maxLength: 12,
    });
    const how = fc.constantFrom<AcrossPods>('avg', 'max', 'sum', 'newest');
    const span = fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 60, max: 125 }));
    fc.assert(
      fc.property(fc.array(series, { maxLength: 3 }), span, how, (given, [from, to], fold) => {
        const all = given.map((samples, pod) =>
          pairs(
            String(pod),
            [...new Map(samples)].sort(([a], [b]) => a - b),
          ),
        );
        const slots = foldSlots(all, period(from, to), TEN, fold);
        for (let slot = 0; slot < slots.values.length; slot++) {
          const start = (slots.first + slot) * 10;
          const inside = all.flatMap(({ times, values: each }) =>
            each.filter((_, i) => times[i]! >= Math.max(start, from) && times[i]! < Math.min(start + 10, to)),
          );
          const sum = inside.reduce((total, value) => total + value, 0);
          const expected = { avg: sum / inside.length, sum, max: Math.max(...inside), newest: Math.max(...inside) }[
            fold
          ];
          assert.equal(slots.values[slot], inside.length === 0 ? Number.NaN : expected);
        }
        const grown = increaseSlots(all, period(from, to), TEN).values.reduce((sum, one) => sum + (one || 0), 0);
        const rises = all.flatMap(({ times, values: each }) =>
          each.map((value, i) => {
            if (times[i]! < from || times[i]! >= to || i === 0) return 0;
            return value >= each[i - 1]! ? value - each[i - 1]! : value;
          }),
        );
        assert.equal(
          grown,
          rises.reduce((sum, one) => sum + one, 0),
        );
      }),
      { numRuns: 10_000 },
    );
  });
});
