import { type UnixSeconds, unixSeconds } from '../../phases/units';
import { formatTime } from '../format';
import type { Tone } from '../page/tone';
import { type CheckCourse, checkCourses, type Visit, visitsIn } from './checkCourses';
import type { Entry, FiredRule, Overridden } from './entry';
import { type ExposureStep, exposureCourse } from './exposureCourse';
import type { Rollout } from './rollouts';
import { confirmedText, type TimelineRow, timelineOf } from './timeline';

/** Where the records came from. */
export interface Source {
  /** Name of the file, for people. */
  readonly file: string;
  /** Records that no earlier file had. */
  readonly records: number;
  readonly duplicates: number;
  /** Lines that are no records, in words: `3: is no JSON …`; the first ones. */
  readonly broken: readonly string[];
  readonly brokenLines: number;
}

/** All that a report tells of one rollout, or of everything. */
export interface Report {
  readonly title: string;
  readonly status: { readonly word: string; readonly tone: Tone; readonly sentence: string };
  readonly from: UnixSeconds;
  readonly to: UnixSeconds;
  readonly exposure: readonly ExposureStep[];
  readonly visits: readonly Visit[];
  readonly timeline: readonly TimelineRow[];
  readonly checks: readonly CheckCourse[];
  readonly fired: readonly FiredRule[];
  readonly overrides: readonly OverrideUse[];
  /** Kills and rollbacks. */
  readonly kills: readonly Entry[];
  readonly resumes: readonly Entry[];
  readonly drills: readonly Entry[];
  readonly revisions: readonly string[];
  readonly images: readonly string[];
  readonly sources: readonly Source[];
  /** Rollouts of which the journals tell beside this one, for people. */
  readonly others: readonly string[];
}

/** An override, and when it was first and last seen in a record. */
export interface OverrideUse extends Overridden {
  readonly from: number;
  readonly until: number;
  readonly records: number;
  /** What was said of it at last: whether it was accepted, or has ended. */
  readonly said: readonly string[];
}

/**
 * Tells of one rollout. Pure.
 * @param rollout has at least one record
 */
export function reportOf(
  rollout: Rollout,
  { sources, others }: { readonly sources: readonly Source[]; readonly others: readonly Rollout[] },
): Report {
  const { entries } = rollout;
  const exposure = exposureCourse(entries);
  const newest = Math.max(entries.at(-1)!.at, exposure.at(-1)?.at ?? 0);
  const visits = visitsIn(entries);
  return {
    title: nameOf(rollout),
    status: statusOf(entries, exposure),
    from: unixSeconds(rollout.startedAt),
    to: unixSeconds(newest),
    exposure,
    visits,
    timeline: timelineOf(entries),
    checks: checkCourses(visits),
    fired: firedIn(entries),
    overrides: overridesIn(entries),
    kills: entries.filter(({ killed }) => killed !== undefined),
    resumes: entries.filter(({ resumed }) => resumed !== undefined),
    drills: entries.filter(({ drilled }) => drilled !== undefined),
    revisions: distinct(entries.flatMap(({ commit }) => commit ?? [])),
    images: distinct(entries.flatMap(({ image }) => image ?? [])),
    sources,
    others: others.filter((one) => one !== rollout).map(nameOf),
  };
}

const distinct = (values: readonly string[]): readonly string[] => [...new Set(values)];

/** `rollout of 2026-11-20 06:10 UTC (id)` */
export const nameOf = ({ id, startedAt }: Rollout): string =>
  `rollout of ${formatTime(unixSeconds(startedAt))}${id === undefined ? '' : ` (${id})`}`;

const timeText = (time: number): string => formatTime(unixSeconds(time), 'seconds');

/** How it stands by the newest of what was done or decided. */
function statusOf(entries: readonly Entry[], exposure: readonly ExposureStep[]): Report['status'] {
  const end = endOf(entries, exposure);
  if (end !== undefined) return endStatus(end);
  const percent = exposure.at(-1)?.percent;
  if (percent === undefined) return { word: 'UNKNOWN', tone: 'wait', sentence: 'no record tells what is live' };
  const complete = entries.findLast(isComplete);
  if (percent === 0) {
    const before = complete === undefined ? '' : `, after it was complete ${timeText(complete.at)}`;
    return { word: 'OFF', tone: 'off', sentence: `nothing is live, as the newest record tells${before}` };
  }
  const newest = entries.findLast(({ judged }) => judged !== undefined);
  const failed = entries.findLast(({ killed }) => killed !== undefined);
  const said = [
    `live as of ${timeText(entries.at(-1)!.at)}`,
    ...(newest === undefined ? [] : [`at last ${newest.verdict}: ${newest.sentence}`]),
    ...(failed === undefined
      ? []
      : [`the ${failed.kind} of ${timeText(failed.at)} did not turn it off, or not for long`]),
  ];
  return { word: `${percent} %`, tone: failed === undefined ? 'info' : 'bad', sentence: said.join('; ') };
}

function endStatus({ at, by, kind, verdict, reason, sentence, killed }: Entry): Report['status'] {
  if (killed === undefined) return { word: 'COMPLETE', tone: 'good', sentence: `${sentence ?? ''}, ${timeText(at)}` };
  const word = kind === 'rollback' ? (verdict === 'EMERGENCY' ? 'EMERGENCY' : 'ROLLED BACK') : 'KILLED';
  return {
    word,
    tone: 'bad',
    sentence: `${timeText(at)}, ${confirmedText(killed.confirmedAfterMs)}, by ${by}: ${reason}`,
  };
}

/** What ended it: the kill that took the exposure to 0, not one after it, or the decision that it is complete, if it stayed. */
function endOf(entries: readonly Entry[], exposure: readonly ExposureStep[]): Entry | undefined {
  const last = exposure.at(-1);
  if (last === undefined || last.percent > 0) {
    return entries.findLast((entry) => isComplete(entry) || (last === undefined && entry.killed !== undefined));
  }
  const before = exposure.findLast(({ percent }) => percent > 0)?.at ?? Number.NEGATIVE_INFINITY;
  const kills = entries.filter(({ killed, at }) => killed !== undefined && at >= before);
  return kills.findLast(({ at }) => at <= last.at) ?? kills[0];
}

const isComplete = ({ verdict, permit, mode }: Entry): boolean =>
  verdict === 'COMPLETE' && (permit === undefined || mode === 'report');

function firedIn(entries: readonly Entry[]): readonly FiredRule[] {
  const fired = entries.flatMap(({ judged }) => judged?.fired ?? []);
  return [...new Map(fired.map((rule) => [`${rule.id}@${rule.firedAt}`, rule])).values()];
}

function overridesIn(entries: readonly Entry[]): readonly OverrideUse[] {
  const uses = new Map<string, OverrideUse>();
  for (const { at, judged } of entries) {
    if (judged?.override === undefined) continue;
    const { author, reason, expires, checks } = judged.override;
    const key = JSON.stringify([author, reason, expires, checks]);
    const { from, records } = uses.get(key) ?? { from: at, records: 0 };
    const said = judged.warnings.filter((warning) => /overrid/.test(warning));
    uses.set(key, { author, reason, expires, checks, from, until: at, records: records + 1, said });
  }
  return [...uses.values()];
}
