import assert from 'node:assert/strict';
import { seconds, unixSeconds } from '../../phases/units';
import { segmentsOf } from '../../rollout/liveSegments';
import type { Series } from '../../rollout/series';
import { pairs, sampled, type ValueAt } from '../support/series';

const END = 10_000;

/** A pod scraped every 15 s, `offset` seconds after the others. */
const pod = (name: string, value: ValueAt, [from, to]: readonly [number, number] = [0, END], offset = 0): Series =>
  sampled(name, { from: from + offset, to, every: 15 }, value);
const segments = (series: readonly Series[], from = 0, to = END) =>
  segmentsOf(series, { from: unixSeconds(from), to: unixSeconds(to), scrapeInterval: seconds(15) }).map(
    ({ percent, from: start, to: end, began }) => [percent, start, end, began],
  );
/** 0 before the first change. */
const steps =
  (...changes: readonly (readonly [at: number, percent: number])[]): ValueAt =>
  (time) =>
    changes.findLast(([at]) => at <= time)?.[1] ?? 0;

describe('rollout/liveSegments', () => {
  it('begins a segment when all pods report the same new percentage, and ends it when the first one reports another', () => {
    const [a, b] = [pod('a', steps([3000, 10], [6000, 50])), pod('b', steps([3300, 10], [6600, 50]), [0, END], 7)];
    assert.deepEqual(segments([a, b]), [
      [0, 0, 3000, 'earlier'],
      [10, 3307, 6000, 'seen'],
      [50, 6607, END, 'seen'],
    ]);
  });

  it('is split by off, also between two times of the same percentage', () => {
    assert.deepEqual(segments([pod('a', steps([1500, 10], [3000, 0], [4500, 10]))]), [
      [0, 0, 1500, 'earlier'],
      [10, 1500, 3000, 'seen'],
      [0, 3000, 4500, 'seen'],
      [10, 4500, END, 'seen'],
    ]);
  });

  it('goes on over a pod that reported something else for a while, and over a silence of all', () => {
    const odd = pod('b', (time) => (time >= 3000 && time < 3300 ? 25 : 10));
    assert.deepEqual(segments([pod('a', 10), odd]), [[10, 0, END, 'earlier']]);
    const silent = pod('a', (time) => (time >= 3000 && time < 6000 ? Number.NaN : 10));
    assert.deepEqual(segments([silent]), [[10, 0, END, 'earlier']]);
  });

  it('forgets a pod two scrape intervals after its last sample', () => {
    const series = [pod('old', 10, [0, 3000]), pod('new', 50, [2700, END])];
    assert.deepEqual(segments(series), [
      [10, 0, 2700, 'earlier'],
      [50, 3030, END, 'seen'],
    ]);
  });

  it('begins anew with the pods of another ReplicaSet, which is a new image, and not with another pod of the same', () => {
    const before = pod('denis-5d9c7b6f4-aaaaa', 10, [0, 3000]);
    const same = pod('denis-5d9c7b6f4-bbbbb', 10, [2700, END]);
    const other = pod('denis-66b7d9f8c-bbbbb', 10, [2700, END]);
    assert.deepEqual(segments([before, same]), [[10, 0, END, 'earlier']]);
    assert.deepEqual(segments([before, other]), [
      [10, 0, 2700, 'earlier'],
      [10, 3030, END, 'seen'],
    ]);
  });

  it('is not begun by a percentage that does not last a scrape interval', () => {
    const series = [pod('a', 10), pod('b', 10, [0, 3000], 7)];
    const flicker = pairs('c', [
      [9_985, 50],
      [9_990, 50],
    ]);
    assert.deepEqual(segments([...series, flicker]), [[10, 0, END, 'earlier']]);
  });

  it('keeps to the span, and knows what began before it', () => {
    const one = pod('a', steps([3000, 10], [6000, 50]));
    assert.deepEqual(segments([one], 3600, 7200), [
      [10, 3600, 6000, 'earlier'],
      [50, 6000, 7200, 'seen'],
    ]);
    assert.deepEqual(segments([one], 6300, 7200), [[50, 6300, 7200, 'earlier']]);
  });

  it('finds nothing where nothing is reported', () => {
    assert.deepEqual(segments([]), []);
    assert.deepEqual(segments([pod('a', Number.NaN)]), []);
  });
});
