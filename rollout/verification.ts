import { phaseNamed } from '../phases/ladder';
import type { Judgement } from './assessment';
import type { Exposure, PodState } from './cluster';
import type { Verdict } from './decide';
import type { Standing } from './move';

/** What a script reads of a verification. 20 and 21 beat 3, 3 beats 10. Usage is 2. */
export const EXIT_CODES = { good: 0, unreachable: 3, wait: 10, ROLLBACK: 20, EMERGENCY: 21 } as const;

/** One Ready pod against the phase. */
export interface PodExposure {
  readonly pod: string;
  /** Percent it serves by its environment; undefined where that cannot be read. */
  readonly percent: number | undefined;
  readonly move: number | undefined;
  readonly ok: boolean;
}

/** The plan's verification of one phase. */
export interface Verification {
  readonly stack: string;
  readonly percent: number;
  readonly pods: readonly PodExposure[];
  /** Why the exposure is not that of the phase, a sentence each; empty when every Ready pod serves it. */
  readonly problems: readonly string[];
  readonly verdict: Verdict | undefined;
  readonly exitCode: number;
}

/** Compares the exposure of every pod with the phase, and takes the decision's word for the rest. Pure. */
export function verificationOf(judgement: Judgement): Verification {
  const { standing, decision, beside } = judgement;
  const { stack } = standing.target;
  const percent = phaseNamed(stack)!.exposure;
  const ready = standing.cluster.denis?.pods.filter((pod) => pod.ready) ?? [];
  const pods = ready.map((pod) => exposureOf(pod, percent));
  const problems = [...standing.kills];
  if (ready.length === 0) problems.push('no pod of Denis is Ready');
  for (const { pod, percent: served, ok } of pods) {
    if (!ok)
      problems.push(
        `pod ${pod} serves ${served === undefined ? 'an unknown percentage' : `${served} %`}, ${stack} is ${percent} %`,
      );
  }
  const { live } = standing;
  if (live.kind === 'unknown')
    problems.push(...live.reasons.map((reason) => `the live exposure is unknown: ${reason}`));
  else if (live.percent !== percent && problems.length === 0) {
    problems.push(`${live.percent} % is live, ${stack} is ${percent} %`);
  } else if (live.percent > 0 && decision === undefined) problems.push(...beside.preflight);
  return { stack, percent, pods, problems, verdict: decision?.verdict, exitCode: exitCodeOf(judgement, problems) };
}

function exposureOf({ name, serves, move }: PodState, percent: number): PodExposure {
  const served = servedBy(serves);
  return { pod: name, percent: served, move, ok: served === percent };
}

function servedBy({ pct, enabled }: Exposure): number | undefined {
  if (enabled === false) return 0;
  return enabled === undefined ? undefined : pct;
}

function exitCodeOf({ decision, beside, standing }: Judgement, problems: readonly string[]): number {
  if (decision?.verdict === 'EMERGENCY' || decision?.verdict === 'ROLLBACK') return EXIT_CODES[decision.verdict];
  const { facts } = decision ?? {};
  const measured =
    facts === undefined ? [] : [facts.jobs, facts.percentage, ...facts.rules.flatMap(({ why }) => why ?? [])];
  const windows = facts?.checks.flatMap((check) => ('off' in check ? [] : [check.window])) ?? [];
  if ([...measured, ...windows].some(({ kind }) => kind === 'unreachable')) return EXIT_CODES.unreachable;
  if (isUnread(standing)) return EXIT_CODES.unreachable;
  if (problems.length > 0 || beside.settings.kind === 'unreadable') return EXIT_CODES.wait;
  return decision?.verdict === 'PROMOTE' || decision?.verdict === 'COMPLETE' ? EXIT_CODES.good : EXIT_CODES.wait;
}

/** Whether the exposure is unknown because something did not answer: the cluster, a pod, or Redis. */
function isUnread({ live, cluster, switches }: Standing): boolean {
  if (live.kind === 'known') return false;
  return cluster.unread.length > 0 || [switches.flag, ...switches.killed.values()].some(isUnreadable);
}

const isUnreadable = ({ kind }: { readonly kind: string }): boolean => kind === 'unreadable';

/** The exposure in lines, for people. */
export function exposureLines({ stack, percent, pods, problems }: Verification): string[] {
  if (problems.length === 0) return [`exposure: ${percent} % on each of ${pods.length} Ready pods, as ${stack} is`];
  return problems.map((problem) => `exposure: ${problem}`);
}
