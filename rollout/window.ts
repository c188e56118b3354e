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
  /** Absent: no minute is asked which percentage was served. */
  readonly percentage?: readonly Series[];
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
  const { codes, reasons } = faultsOf(input, evidence, first);
  const good = Uint8Array.from(eligible, (minute) => (codes[minute - first] === FINE ? 1 : 0));
  const countedMinutes = good.reduce((sum, one) => sum + one, 0);
  const complete = eligible.length === needed && enough(countedMinutes, needed);
  const counting = new Uint8Array(codes.length);
  const lost = new Uint32Array(reasons.length);
  eligible.forEach((minute, index) => {
    counting[minute - first] = good[index]!;
    lost[codes[minute - first]!]!++;
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
    uncounted: summary(reasons, lost, timing),
  };
}

/** Minutes of the phase's whole time, oldest first, and which of them count. */
export interface CountedMinutes {
  /** Number of the first minute since 1970. */
  readonly first: number;
  readonly counts: Uint8Array;
}

/** Which minutes counted since the warm-up ended, beyond the present window too. */
export function minutesSinceActivation(input: WindowInput, evidence: MinuteEvidence): CountedMinutes {
  const { timing, activatedAt } = input;
  const first = Math.ceil((activatedAt + timing.warmUp) / timing.minute);
  const may = hoursOf(input);
  const { codes } = faultsOf(input, evidence, first);
  const counts = codes.map((code, index) => (code === FINE && may((first + index) * timing.minute) ? 1 : 0));
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

/** Of each minute the index of the reason why it does not count; {@link FINE} where it does. */
interface Faults {
  readonly codes: Uint8Array;
  readonly reasons: readonly string[];
}

const FINE = 0;

/** Looks at each minute from `first` on. */
function faultsOf({ phase, timing, now }: WindowInput, evidence: MinuteEvidence, first: number): Faults {
  const { minute } = timing;
  const codes = new Uint8Array(Math.max(0, Math.floor(now / minute) - first));
  const reasons = ['it counts'];
  const blame = (reason: string, when: (index: number) => boolean): void => {
    const code = reasons.push(reason) - 1;
    for (let index = 0; index < codes.length; index++) if (codes[index] === FINE && when(index)) codes[index] = code;
  };

  const reporting = new Uint8Array(codes.length);
  const otherPercentage = new Uint8Array(codes.length);
  const reportingPods = new Map<string, Uint8Array>();
  for (const { pod, times, values } of evidence.percentage ?? []) {
    const own = reportingPods.get(pod) ?? new Uint8Array(codes.length);
    reportingPods.set(pod, own);
    for (let i = firstAtOrAfter(times, first * minute); i < times.length; i++) {
      const index = Math.floor(times[i]! / minute) - first;
      if (index >= codes.length) break;
      own[index] = reporting[index] = 1;
      if (values[i] !== phase.exposure) otherPercentage[index] = 1;
    }
  }
  const silentPod = new Uint8Array(codes.length);
  const serving = evidence.pods && new Set([...evidence.pods, ...reportingPods.keys()]);
  const silent = new Uint8Array(codes.length);
  for (const { title, series, valid } of evidence.hard) {
    const present = new Uint8Array(codes.length);
    for (const { pod, times, values } of series) {
      // An expression of the settings may leave no pod label: it then speaks of no pod.
      const mayBeSilent = pod !== '' && serving?.has(pod) !== false;
      const own = reportingPods.get(pod) ?? silent;
      for (let i = firstAtOrAfter(times, first * minute); i < times.length; i++) {
        const index = Math.floor(times[i]! / minute) - first;
        if (index >= codes.length) break;
        const value = values[i]!;
        if (value >= valid[0] && value <= valid[1]) present[index] = 1;
        if (mayBeSilent && own[index] === 0) silentPod[index] = 1;
      }
    }
    blame(`no valid sample of ${title}`, (index) => present[index] === 0);
  }
  if (evidence.percentage === undefined) return { codes, reasons };
  blame(`a pod reports another percentage than ${phase.exposure}`, (index) => otherPercentage[index] === 1);
  blame('no pod reports its percentage', (index) => reporting[index] === 0);
  blame('a pod does not report its percentage', (index) => silentPod[index] === 1);
  return { codes, reasons };
}

/** When the window is complete if every minute from now on counts. */
function completionOf(input: WindowInput, good: Uint8Array, needed: number): UnixSeconds | undefined {
  const { timing, now } = input;
  let more = needed - good.length;
  let counted = good.reduce((sum, one) => sum + one, more);
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

/** What was lost, the most frequent reason first. */
function summary(reasons: readonly string[], lost: Uint32Array, timing: Timing): string[] {
  return reasons
    .map((reason, code) => ({ reason, count: code === FINE ? 0 : lost[code]! }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count)
    .map(({ reason, count }) => `${formatDuration(seconds(count * timing.minute))}: ${reason}`);
}
