import type { AcrossPods } from '../phases/metrics';
import type { Seconds } from '../phases/units';
import { firstAtOrAfter, type Period, type Series } from './series';

/** One number per scrape interval, of all pods together. Slot i covers `[(first + i) · interval, (first + i + 1) · interval)`. */
export interface Slots {
  readonly first: number;
  /** NaN where no pod had a sample. */
  readonly values: Float64Array;
}

/** The moment at which a slot is over: everything that belongs to it has been measured. Unix seconds. */
export const endOf = ({ first }: Slots, index: number, interval: Seconds): number => (first + index + 1) * interval;

/**
 * Folds the samples of all pods into one per scrape interval.
 * @param valid samples outside of it are left out, as if they had not come
 */
export function foldSlots(
  series: readonly Series[],
  period: Period,
  interval: Seconds,
  how: AcrossPods,
  valid?: readonly [min: number, max: number],
): Slots {
  const { first, length } = extent(period, interval);
  const values = new Float64Array(length).fill(Number.NaN);
  const counts = how === 'avg' ? new Uint16Array(length) : undefined;
  const adds = how === 'avg' || how === 'sum';
  for (const one of series) {
    for (let i = firstAtOrAfter(one.times, period.from); i < one.times.length; i++) {
      const time = one.times[i]!;
      if (time >= period.to) break;
      if (period.counts !== undefined && !period.counts(time)) continue;
      const value = one.values[i]!;
      if (valid !== undefined && (value < valid[0] || value > valid[1])) continue;
      const slot = Math.floor(time / interval) - first;
      const before = values[slot]!;
      values[slot] = Number.isNaN(before) ? value : adds ? before + value : Math.max(before, value);
      if (counts !== undefined) counts[slot]!++;
    }
  }
  counts?.forEach((count, slot) => {
    if (count > 1) values[slot]! /= count;
  });
  return { first, values };
}

/**
 * Slots in which a series that had a sample just before has none: what the others report says nothing of it. One slot later it
 * is taken for gone.
 * @returns 1 where a series lapsed, slot by slot as {@link foldSlots} has them
 */
export function lapses(
  series: readonly Series[],
  period: Period,
  interval: Seconds,
  valid: readonly [min: number, max: number],
): Uint8Array {
  const { first, length } = extent(period, interval);
  const lapsed = new Uint8Array(length);
  for (const { times, values } of series) {
    let newest = Number.NaN;
    for (let i = firstAtOrAfter(times, period.from); i < times.length && times[i]! < period.to; i++) {
      if (values[i]! < valid[0] || values[i]! > valid[1]) continue;
      const slot = Math.floor(times[i]! / interval) - first;
      if (slot > newest + 1) lapsed[newest + 1] = 1;
      newest = slot;
    }
    if (newest + 1 < length) lapsed[newest + 1] = 1;
  }
  return lapsed;
}

/** What counters grew by in each slot: what each sample adds to its predecessor; a smaller value is a restart from zero. */
export function increaseSlots(series: readonly Series[], period: Period, interval: Seconds): Slots {
  const { first, length } = extent(period, interval);
  const values = new Float64Array(length).fill(Number.NaN);
  for (const { times, values: counted } of series) {
    for (let i = firstAtOrAfter(times, period.from); i < times.length; i++) {
      const time = times[i]!;
      if (time >= period.to) break;
      if (period.counts !== undefined && !period.counts(time)) continue;
      const slot = Math.floor(time / interval) - first;
      const grown = i === 0 ? 0 : counted[i]! - counted[i - 1]!;
      const before = values[slot]!;
      values[slot] = (Number.isNaN(before) ? 0 : before) + (grown >= 0 ? grown : counted[i]!);
    }
  }
  return { first, values };
}

function extent({ from, to }: Period, interval: Seconds): { first: number; length: number } {
  const first = Math.floor(from / interval);
  return { first, length: Math.max(0, Math.ceil(to / interval) - first) };
}
