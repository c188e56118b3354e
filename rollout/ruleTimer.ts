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
  { time, violates }: RuleSample,
  options: TimerOptions,
): { readonly state: TimerState; readonly fired: boolean } {
  const running = runningFrom(state);
  advance(running, time, violates, options);
  const after = plain(running);
  return { state: after, fired: after.firedAt !== undefined };
}

/** Samples at a steady interval: what a rule says at the end of each slot. */
export interface SteadySamples {
  /** Slot `i` ends at `(first + i + 1) · interval`. */
  readonly first: number;
  readonly violates: Says;
  readonly interval: Seconds;
  /** Unix seconds: slots that end later are not over. */
  readonly until: number;
}

/** Takes in every slot that is over: the same as one {@link step} for each slot of which something is known. */
export function run(
  state: TimerState,
  { first, violates, interval, until }: SteadySamples,
  options: TimerOptions,
): TimerState {
  const running = runningFrom(state);
  for (let slot = 0; slot < violates.length; slot++) {
    const time = (first + slot + 1) * interval;
    if (time > until) break;
    if (violates[slot] !== UNKNOWN) advance(running, time, violates[slot] === VIOLATES, options);
  }
  return plain(running);
}

/** What a rule says of each slot: one of {@link VIOLATES}, {@link KEEPS} and {@link UNKNOWN}. */
export type Says = Int8Array;
export const VIOLATES = 1;
export const KEEPS = 0;
/** Nothing was measured, or too little to judge: a gap. */
export const UNKNOWN = -1;

/** A {@link TimerState} while many samples are taken in; NaN where nothing is. */
interface Running {
  held: number;
  open: number;
  since: number;
  firedAt: number;
  seen: number;
}

const runningFrom = ({ held, open, since, firedAt, seen }: TimerState): Running => ({
  held,
  open: open ?? Number.NaN,
  since: since ?? Number.NaN,
  firedAt: firedAt ?? Number.NaN,
  seen: seen ?? Number.NaN,
});

function plain({ held, open, since, firedAt, seen }: Running): TimerState {
  return {
    held,
    ...(Number.isNaN(open) ? {} : { open }),
    ...(Number.isNaN(since) ? {} : { since }),
    ...(Number.isNaN(firedAt) ? {} : { firedAt }),
    ...(Number.isNaN(seen) ? {} : { seen }),
  };
}

function advance(timer: Running, time: number, violates: boolean, { for: needed, most }: TimerOptions): void {
  if (time <= timer.seen) return;
  timer.seen = time;
  if (!Number.isNaN(timer.open)) {
    const covered = Math.min(time - timer.open, most);
    if (Number.isNaN(timer.firedAt) && timer.held + covered >= needed) timer.firedAt = timer.open + needed - timer.held;
    timer.held += covered;
  }
  if (violates) {
    timer.open = time;
    if (Number.isNaN(timer.since)) timer.since = time;
    // A rule without a duration fires with its first violation.
    if (Number.isNaN(timer.firedAt) && timer.held >= needed) timer.firedAt = time;
  } else {
    timer.held = 0;
    timer.open = Number.NaN;
    timer.since = Number.NaN;
  }
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
