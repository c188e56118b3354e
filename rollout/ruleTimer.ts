import type { Seconds } from '../phases/units';

/** What a rule says of one moment. */
export interface RuleSample {
  /** Unix seconds; later than every sample before it. */
  readonly time: number;
  readonly violates: boolean;
}

/** How long a rule has been violated. Plain data: it can be kept and taken up again. */
export interface TimerState {
  /** Seconds that violating samples covered since the last one that did not violate, the newest one not yet counted. */
  readonly held: number;
  /** The newest sample, if it violates: it covers the time from then on. */
  readonly open?: number;
  /** The first violating sample since the last one that did not. */
  readonly since?: number;
  /** When the rule fired; it stays fired. */
  readonly firedAt?: number;
  /** The newest sample that was taken in. */
  readonly seen?: number;
}

export interface TimerOptions {
  /** How long violating samples must cover. */
  readonly for: Seconds;
  /** The longest time that one sample covers: beyond it begins a gap, which neither counts nor resets. */
  readonly most: Seconds;
}

export const NEVER_VIOLATED: TimerState = { held: 0 };

/**
 * Takes in one sample. A sample covers the time to the next one, two scrape intervals at most. Source: the plan, "Automatic rollback".
 * A stream gives the same result in whatever pieces it comes; a sample that was seen already changes nothing.
 */
export function step(
  state: TimerState,
  sample: RuleSample,
  options: TimerOptions,
): { readonly state: TimerState; readonly fired: boolean } {
  if (state.seen !== undefined && sample.time <= state.seen) return { state, fired: state.firedAt !== undefined };
  const covered = coverUntil(state, sample.time, options);
  const firedAt = covered.firedAt === undefined ? {} : { firedAt: covered.firedAt };
  const next: TimerState = sample.violates
    ? { held: covered.held, open: sample.time, since: state.since ?? sample.time, seen: sample.time, ...firedAt }
    : { held: 0, seen: sample.time, ...firedAt };
  // A rule without a duration fires with its first violation.
  const settled = coverUntil(next, sample.time, options);
  return { state: { ...next, ...settled.fired }, fired: settled.firedAt !== undefined };
}

/** How long the rule has been violated at a moment, and when it fired, if it did by then. */
export function coverUntil(
  { held, open, firedAt }: TimerState,
  now: number,
  { for: needed, most }: TimerOptions,
): { readonly held: number; readonly firedAt: number | undefined; readonly fired: { readonly firedAt?: number } } {
  const covered = open === undefined ? 0 : Math.min(Math.max(now - open, 0), most);
  const at =
    firedAt ?? (open !== undefined && held + covered >= needed ? open + Math.max(0, needed - held) : undefined);
  return { held: held + covered, firedAt: at, fired: at === undefined ? {} : { firedAt: at } };
}
