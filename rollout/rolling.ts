import type { Seconds } from '../phases/units';
import { type BucketCount, bucketQuantile } from './quantile';
import { KEEPS, type Says, UNKNOWN, VIOLATES } from './ruleTimer';
import type { Slots } from './slots';

/** What a rule says of each slot. */
export interface Rolling {
  readonly first: number;
  readonly violates: Says;
  /** The newest value that was held against the limit; undefined when there never was one. */
  readonly value: number | undefined;
}

/** Sums are compared with this tolerance: adding up must not lift a value that lies on its limit above or below it. */
const TOLERANCE = 1e-9;

const nothingKnown = (length: number): Says => new Int8Array(length).fill(UNKNOWN);

/**
 * Each slot by itself.
 * @param lapsed 1 where a series is not there for a moment: the others violate by themselves, and do not speak for it
 */
export function eachAbove({ first, values }: Slots, limit: number, lapsed?: Uint8Array): Rolling {
  const violates = nothingKnown(values.length);
  let value: number | undefined;
  for (let slot = 0; slot < values.length; slot++) {
    if (Number.isNaN(values[slot]!)) continue;
    value = values[slot]!;
    violates[slot] = value > limit ? VIOLATES : lapsed?.[slot] === 1 ? UNKNOWN : KEEPS;
  }
  return { first, violates, value };
}

/** Whether any of several violates; that none does is known only where each is. The highest value is shown. */
export function anyOf(each: readonly [Rolling, ...Rolling[]]): Rolling {
  const [{ first, violates: one }] = each;
  const violates = one.map((_, slot) => {
    if (each.some((rolling) => rolling.violates[slot] === VIOLATES)) return VIOLATES;
    return each.every((rolling) => rolling.violates[slot] === KEEPS) ? KEEPS : UNKNOWN;
  });
  const values = each.flatMap(({ value }) => value ?? []);
  return { first, violates, value: values.length === 0 ? undefined : Math.max(...values) };
}

/** The mean over the newest `length` slots; with counters, what `part` grew by of what `whole` did. */
export function meanAbove(part: Slots, whole: Slots | undefined, limit: number, length: number): Rolling {
  const { first, values } = part;
  const violates = nothingKnown(values.length);
  let [sum, weight] = [0, 0];
  let value: number | undefined;
  const weightOf = (slot: number): number => (whole === undefined ? 1 : whole.values[slot]!);
  for (let slot = 0; slot < values.length; slot++) {
    const [added, its] = [values[slot]!, weightOf(slot)];
    const known = !Number.isNaN(added) && !Number.isNaN(its);
    if (known) {
      sum += added;
      weight += its;
    }
    if (slot >= length) {
      const [dropped, weighed] = [values[slot - length]!, weightOf(slot - length)];
      if (!Number.isNaN(dropped) && !Number.isNaN(weighed)) {
        sum -= dropped;
        weight -= weighed;
      }
    }
    if (!known || weight <= 0) continue;
    violates[slot] = sum - limit * weight > TOLERANCE * weight ? VIOLATES : KEEPS;
    value = sum / weight;
  }
  return { first, violates, value };
}

/** The 95th percentile, by the nearest rank, over the newest `length` slots. */
export function p95Above({ first, values }: Slots, limit: number, length: number): Rolling {
  const violates = nothingKnown(values.length);
  let [count, above] = [0, 0];
  for (let slot = 0; slot < values.length; slot++) {
    const added = values[slot]!;
    const dropped = slot < length ? Number.NaN : values[slot - length]!;
    if (!Number.isNaN(dropped)) count--;
    if (dropped > limit) above--;
    if (Number.isNaN(added)) continue;
    count++;
    if (added > limit) above++;
    violates[slot] = above > count - Math.ceil(0.95 * count) ? VIOLATES : KEEPS;
  }
  const newest = values.subarray(Math.max(0, values.length - length)).filter((value) => !Number.isNaN(value));
  return { first, violates, value: newest.sort()[Math.ceil(0.95 * newest.length) - 1] };
}

/** The 99th percentile of what was observed in the newest `length` slots. */
export function bucketsAbove(
  buckets: readonly { readonly le: number; readonly grown: Slots }[],
  limit: number,
  length: number,
): Rolling {
  const infinite = buckets.at(-1)?.grown;
  if (infinite === undefined) return { first: 0, violates: nothingKnown(0), value: undefined };
  const violates = nothingKnown(infinite.values.length);
  const counts: (BucketCount & { count: number })[] = buckets.map(({ le }) => ({ le, count: 0 }));
  let value: number | undefined;
  for (let slot = 0; slot < violates.length; slot++) {
    for (let index = 0; index < buckets.length; index++) {
      const { values } = buckets[index]!.grown;
      counts[index]!.count += (values[slot] || 0) - (slot < length ? 0 : values[slot - length] || 0);
    }
    if (Number.isNaN(infinite.values[slot]!)) continue;
    const found = bucketQuantile(counts, 0.99, limit);
    if (typeof found !== 'number') continue;
    value = found;
    violates[slot] = found > limit ? VIOLATES : KEEPS;
  }
  return { first: infinite.first, violates, value };
}

/** What a success rule looks at, slot by slot. */
export interface Successes {
  /** Share of the slot that succeeded, or what the counter of successes grew by where `jobs` are its whole. */
  readonly success: Slots;
  /** Jobs in the slot. */
  readonly jobs: Slots;
  /** Whether `success` counts jobs instead of being a share. */
  readonly counted: boolean;
}

export interface SuccessLimit {
  readonly limit: number;
  /** Whether a value on the limit violates it too. */
  readonly including: boolean;
  readonly minimumJobs: number;
  readonly minimumFailed: number;
  /** Slots of the shortest and of the longest look-back. */
  readonly shortest: number;
  readonly longest: number;
}

/**
 * Whether success is below a limit over a look-back that holds enough jobs and enough failed ones: any look-back from
 * the shortest to the longest, so that a worse value can only be found sooner. Source: the plan, "Rate and latency rules".
 */
export function successBelow({ success, jobs, counted }: Successes, rule: SuccessLimit): Rolling {
  const { first, values } = success;
  const length = values.length;
  const violates = nothingKnown(length);
  // Totals of all slots before an index: jobs, failed ones, weight, and how far the sum lies above the limit.
  const total = () => new Float64Array(length + 1);
  const [allJobs, allFailed, allWeight, above] = [total(), total(), total(), total()];
  for (let slot = 0; slot < length; slot++) {
    const [share, count] = [values[slot]!, jobs.values[slot] || 0];
    const known = !Number.isNaN(share);
    const weight = counted ? count : 1;
    allJobs[slot + 1] = allJobs[slot]! + (known ? count : 0);
    allFailed[slot + 1] = allFailed[slot]! + (known ? Math.max(0, counted ? count - share : count * (1 - share)) : 0);
    allWeight[slot + 1] = allWeight[slot]! + (known ? weight : 0);
    above[slot + 1] = above[slot]! + (known ? share - rule.limit * weight : 0);
  }
  let newest: { readonly start: number; readonly end: number } | undefined;
  // Starts of look-backs that hold enough, in a queue of falling `above`: after its first one success is worst.
  const queue: number[] = [];
  let head = 0;
  let next = 0;
  for (let slot = 0; slot < length; slot++) {
    const end = slot + 1;
    const latest = Math.max(0, end - rule.shortest);
    while (
      next <= latest &&
      allJobs[end]! - allJobs[next]! >= rule.minimumJobs - TOLERANCE &&
      allFailed[end]! - allFailed[next]! >= rule.minimumFailed - TOLERANCE
    ) {
      while (queue.length > head && above[queue.at(-1)!]! <= above[next]!) queue.pop();
      queue.push(next++);
    }
    const earliest = Math.max(0, end - rule.longest);
    while (queue.length > head && queue[head]! < earliest) head++;
    if (Number.isNaN(values[slot]!) || allJobs[end]! - allJobs[earliest]! < rule.minimumJobs - TOLERANCE) continue;
    newest = { end, start: shortestStart(allJobs, end, latest, earliest, rule.minimumJobs) };
    violates[slot] = KEEPS;
    if (queue.length === head) continue;
    const start = queue[head]!;
    const worst = above[end]! - above[start]!;
    const tolerance = TOLERANCE * (allWeight[end]! - allWeight[start]!);
    if (rule.including ? worst <= tolerance : worst < -tolerance) violates[slot] = VIOLATES;
  }
  if (newest === undefined) return { first, violates, value: undefined };
  const weight = allWeight[newest.end]! - allWeight[newest.start]!;
  const lies = (above[newest.end]! - above[newest.start]!) / weight;
  return { first, violates, value: weight > 0 ? Number((rule.limit + lies).toPrecision(12)) : undefined };
}

/** Where the shortest look-back begins that holds enough jobs: what people see as the present value. */
function shortestStart(jobs: Float64Array, end: number, latest: number, earliest: number, minimum: number): number {
  let start = latest;
  while (start > earliest && jobs[end]! - jobs[start]! < minimum) start--;
  return start;
}

/** @returns how many whole slots a length of time is; at least one */
export const slotsIn = (length: Seconds, interval: Seconds): number => Math.max(1, Math.round(length / interval));
