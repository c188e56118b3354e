import fc from 'fast-check';
import { at, type Course, WELL } from './fastWorld';
import { NOON } from './healthyPhase';
import type { ValueAt } from './series';

/** Values on, beside and far from every limit of the plan, the best one first. */
const LEVELS: { readonly [K in keyof Course]: readonly number[] } = {
  success: [1, 0.998, 0.99, 0.981, 0.98, 0.97, 0.95, 0.94, 0.93, 0.9, 0.89, 0.5, 0],
  error: [0, 0.0002, 0.001, 0.005, 0.01, 0.02, 0.03, 0.031, 0.05, 0.051, 0.3, 1],
  latency: [0, 1.2, 3, 4, 5, 8, 10, 30],
  chat: [0, 0.4, 0.42, 0.44, 0.52, 0.53, 5, 30],
  queue: [0, 12, 100, 200, 300, 500, 501, 9_000],
  seen: [0, 5, 119, 120, 900],
  graph: [0, 0.2, 1, 3, 30],
  api: [0, 0.5, 0.8, 0.9, 0.91, 2],
  workers: [0, 0.5, 0.7, 0.9, 0.91, 2],
};
export const COURSE_KEYS = Object.keys(LEVELS) as (keyof Course)[];
export const courseKey = fc.constantFrom(...COURSE_KEYS);

/** Seconds before now: a single sample, a few of them, or all. */
export interface Stretch {
  readonly from: number;
  readonly length: number;
}
export const stretch: fc.Arbitrary<Stretch> = fc.record({
  from: fc.nat(60),
  length: fc.oneof(fc.constant(1), fc.nat(12), fc.constant(1_000)),
});

/** As bad as `level` or worse during a stretch, else what it was. */
export function worsened(key: keyof Course, value: ValueAt, { from, length }: Stretch, level: number): ValueAt {
  const worse = key === 'success' ? Math.min : Math.max;
  return (time) => {
    const ago = NOON - time;
    const inside = length >= 1_000 || (ago <= from && ago > from - length);
    return inside ? worse(at(value, time), level) : at(value, time);
  };
}

export const levelOf = (key: keyof Course): fc.Arbitrary<number> => fc.constantFrom(...LEVELS[key]);

/** One metric of a world: mostly well, else at one level throughout or worse for a while. */
function one(key: keyof Course): fc.Arbitrary<ValueAt> {
  const level = levelOf(key);
  const worse = fc.tuple(level, stretch, level).map(([base, span, bad]) => worsened(key, base, span, bad));
  return fc.oneof(
    { weight: 4, arbitrary: fc.constant(WELL[key]) },
    { weight: 1, arbitrary: level },
    { weight: 1, arbitrary: worse },
  );
}

export const course: fc.Arbitrary<Course> = fc.record(
  Object.fromEntries(COURSE_KEYS.map((key) => [key, one(key)])) as { [K in keyof Course]: fc.Arbitrary<ValueAt> },
);

/** Windows since the warm-up: from none to long enough for canary-10's hold. */
export const age = fc.oneof(
  fc.constant(1.1),
  fc.integer({ min: 0, max: 26 }).map((tenths) => tenths / 10),
);
