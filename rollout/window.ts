import type { Phase } from '../phases/phase';
import { COMPLETE_SHARE, type Timing } from '../phases/timing';
import { formatDuration, type Seconds, seconds, type UnixSeconds, unixSeconds } from '../phases/units';
import { countsIn } from './countedHours';
import { firstAtOrAfter, type Period, type Series } from './series';

/** How far the trailing counted time of a phase has come. Plain data. */
export interface WindowProgress {
  readonly needed: Seconds;
  /** How much of it counts already. */
  readonly counted: Seconds;
  readonly complete: boolean;
  /** When it can be complete at the earliest, if every minute from now on counts; absent once complete. */
  readonly completeAt?: UnixSeconds;
  /** Why minutes that have passed do not count, with how many; empty when all do. */
  readonly uncounted: readonly string[];
}

/** The trailing counted time of a phase. */
export interface Window extends WindowProgress, Period {}

export interface WindowInput {
  readonly phase: Phase;
  readonly timing: Timing;
  readonly timezone: string;
  readonly now: UnixSeconds;
  readonly activatedAt: UnixSeconds;
}

/** What the minutes are counted by: the percentage each pod reports, and the samples of every hard check. */
export interface MinuteEvidence {
  readonly percentage: readonly Series[];
  /**
   * Pods that must report their percentage, beside those that ever did: a hard check may also be measured by pods that serve
   * nothing, such as workers. Absent: every pod that is measured.
   */
  readonly pods?: readonly string[];
  readonly hard: readonly {
    readonly title: string;
    readonly series: readonly Series[];
    readonly valid: readonly [number, number];
  }[];
}

/** Most minutes a window looks back over; a canary-1 window of four hours may span a long weekend. */
export const MOST_LOOK_BACK_DAYS = 31;
const MOST_LOOK_AHEAD_DAYS = 15;

/**
 * The minutes that may count, newest last, at most as many as the window needs: after the warm-up, whole, in counted hours.
 * Their first start is how far back samples are needed.
 */
export function eligibleMinutes(input: WindowInput): number[] {
  const { timing, now } = input;
  const may = hoursOf(input);
  const needed = minutesNeeded(input);
  const first = Math.max(
    Math.ceil((input.activatedAt + timing.warmUp) / timing.minute),
    Math.floor((now - MOST_LOOK_BACK_DAYS * 86_400) / timing.minute),
  );
  const found: number[] = [];
  for (let minute = Math.floor(now / timing.minute) - 1; minute >= first && found.length < needed; minute--) {
    if (may(minute * timing.minute)) found.push(minute);
  }
  return found.reverse();
}

/** Counts the window. Pure: the same evidence gives the same window. */
export function windowOf(input: WindowInput, evidence: MinuteEvidence): Window {
  const { timing, now } = input;
  const eligible = eligibleMinutes(input);
  const needed = minutesNeeded(input);
  const first = eligible[0] ?? Math.floor(now / timing.minute);
  const faults = faultsOf(input, evidence, first);
  const good = eligible.map((minute) => faults[minute - first] === undefined);
  const countedMinutes = good.filter(Boolean).length;
  const complete = eligible.length === needed && enough(countedMinutes, needed);
  const counting = new Uint8Array(Math.max(0, Math.floor(now / timing.minute) - first));
  eligible.forEach((minute, index) => {
    if (good[index]) counting[minute - first] = 1;
  });
  const completeAt = complete ? undefined : completionOf(input, good, needed);
  return {
    from: unixSeconds(first * timing.minute),
    to: now,
    counts: (time) => counting[Math.floor(time / timing.minute) - first] === 1,
    needed: seconds(needed * timing.minute),
    counted: seconds(countedMinutes * timing.minute),
    complete,
    ...(completeAt === undefined ? {} : { completeAt }),
    uncounted: summary(
      eligible.map((minute) => faults[minute - first]).filter((fault) => fault !== undefined),
      timing,
    ),
  };
}

/** Minutes of the phase's whole time, oldest first, and which of them count. */
export interface CountedMinutes {
  /** Number of the first minute since 1970. */
  readonly first: number;
  readonly counts: readonly boolean[];
}

/** Which minutes counted since the warm-up ended, beyond the present window too. */
export function minutesSinceActivation(
  input: WindowInput,
  evidence: MinuteEvidence,
  from: UnixSeconds,
): CountedMinutes {
  const { timing, activatedAt } = input;
  const first = Math.ceil(Math.max(activatedAt + timing.warmUp, from) / timing.minute);
  const may = hoursOf(input);
  const counts = faultsOf(input, evidence, first).map(
    (fault, index) => fault === undefined && may((first + index) * timing.minute),
  );
  return { first, counts };
}

/** The recent slice: wall-clock time up to now, also outside counted hours, never before activation and warm-up. */
export function recentSliceOf(input: WindowInput): Period {
  const { phase, timing, now, activatedAt } = input;
  return { from: unixSeconds(Math.max(now - timing.recentSlice(phase), activatedAt + timing.warmUp)), to: now };
}

export const minutesNeeded = ({ phase, timing }: WindowInput): number =>
  Math.ceil(timing.window(phase) / timing.minute);
export const enough = (counted: number, needed: number): boolean => counted >= needed * COMPLETE_SHARE;

function hoursOf({ phase, timing, timezone }: WindowInput): (time: number) => boolean {
  return phase.hours === undefined || !timing.hoursCount ? () => true : countsIn(phase.hours, timezone);
}

/** For each minute from `first` on, why it does not count; undefined where it does. */
function faultsOf(
  { phase, timing, now }: WindowInput,
  evidence: MinuteEvidence,
  first: number,
): (string | undefined)[] {
  const length = Math.max(0, Math.floor(now / timing.minute) - first);
  const faults: (string | undefined)[] = new Array(length).fill(undefined);
  const each = (series: Series, visit: (index: number, value: number) => void): void => {
    for (let i = firstAtOrAfter(series.times, first * timing.minute); i < series.times.length; i++) {
      const index = Math.floor(series.times[i]! / timing.minute) - first;
      if (index >= length) break;
      visit(index, series.values[i]!);
    }
  };

  const reporting: Set<string>[] = Array.from({ length }, () => new Set());
  const otherPercentage = new Uint8Array(length);
  for (const one of evidence.percentage) {
    each(one, (index, value) => {
      reporting[index]!.add(one.pod);
      if (value !== phase.exposure) otherPercentage[index] = 1;
    });
  }
  const silentPod = new Uint8Array(length);
  const serving = evidence.pods && new Set([...evidence.pods, ...evidence.percentage.map(({ pod }) => pod)]);
  for (const { title, series, valid } of evidence.hard) {
    const present = new Uint8Array(length);
    for (const one of series) {
      each(one, (index, value) => {
        if (value >= valid[0] && value <= valid[1]) present[index] = 1;
        // An expression of the settings may leave no pod label: it then speaks of no pod.
        if (one.pod === '' || serving?.has(one.pod) === false) return;
        if (!reporting[index]!.has(one.pod)) silentPod[index] = 1;
      });
    }
    present.forEach((there, index) => {
      if (there === 0) faults[index] ??= `no valid sample of ${title}`;
    });
  }
  for (let index = 0; index < length; index++) {
    if (otherPercentage[index] === 1) faults[index] ??= `a pod reports another percentage than ${phase.exposure}`;
    else if (reporting[index]!.size === 0) faults[index] ??= 'no pod reports its percentage';
    else if (silentPod[index] === 1) faults[index] ??= 'a pod does not report its percentage';
  }
  return faults;
}

/** When the window is complete if every minute from now on counts. */
function completionOf(input: WindowInput, good: readonly boolean[], needed: number): UnixSeconds | undefined {
  const { timing, now } = input;
  let more = needed - good.length;
  let counted = good.filter(Boolean).length + more;
  let dropped = 0;
  while (!enough(counted, needed) && dropped < good.length) {
    if (!good[dropped]) counted++;
    dropped++;
    more++;
  }
  const may = hoursOf(input);
  const last = Math.floor((now + MOST_LOOK_AHEAD_DAYS * 86_400) / timing.minute);
  const start = Math.max(
    Math.floor(now / timing.minute),
    Math.ceil((input.activatedAt + timing.warmUp) / timing.minute),
  );
  for (let minute = start; minute <= last; minute++) {
    if (may(minute * timing.minute) && --more <= 0) return unixSeconds((minute + 1) * timing.minute);
  }
  return undefined;
}

function summary(faults: readonly string[], timing: Timing): string[] {
  const counts = new Map<string, number>();
  for (const fault of faults) counts.set(fault, (counts.get(fault) ?? 0) + 1);
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([fault, count]) => `${formatDuration(seconds(count * timing.minute))}: ${fault}`);
}
