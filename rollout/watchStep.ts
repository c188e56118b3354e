import { LADDER, phaseWatching } from '../phases/ladder';
import type { Timing } from '../phases/timing';
import { minutes, type Seconds, seconds, type UnixSeconds } from '../phases/units';
import { activatedAt, type Judgement } from './assessment';
import { BLIND, blindCalm, blindLasting, blindnessOf, PAGE_BLIND } from './blindness';
import type { Reading } from './cluster';
import { digestTick } from './digestSchedule';
import { incidentTick, waysOf } from './incident';
import type { KillOutcome, Way } from './kill';
import { eventOf, turns, type WatchEvent } from './watchEvent';
import { type Incident, isoOf, type WatcherStatus } from './watcherStatus';
import { invariantTick } from './watchInvariants';
import { isOfDecision, progressOf, titleOf, WARNING } from './watchProgress';
import { NOTHING_SEEN, type Witness, witnessed } from './witness';

/** All that one tick found. */
export interface Observation {
  readonly at: UnixSeconds;
  readonly judgement: Reading<Judgement>;
  /** Probes and kills of earlier ticks, and what is new. */
  readonly witness: Witness;
  /** How the kill of the open incident ended, when it did since the last tick. */
  readonly killed?: KillOutcome;
}

/** What a tick is to do. A kill is to be made whole, not made anew: to order it again while it runs changes nothing. */
export type Deed =
  | {
      readonly kind: 'kill';
      /** Absent where somebody else's kill or a latch is made whole. */
      readonly incident?: Incident;
      readonly ways: readonly Way[];
      readonly reason: string;
    }
  | { readonly kind: 'notify'; readonly event: WatchEvent };

/** What ended must have been away for so long until it is said: it may come and go. */
const CALM = minutes(5);
/** Three ticks, which are not scaled. */
const CALM_LEAST = seconds(30);

/**
 * One tick of the watcher. Pure: what it knows and what it found give what it knows next and what it does. Ticks may come twice,
 * late, or after a restart: durations are those of moments, never numbers of ticks.
 */
export function step(
  before: WatcherStatus,
  seen: Observation,
  timing: Timing,
): { readonly status: WatcherStatus; readonly deeds: readonly Deed[] } {
  const judgement = seen.judgement.kind === 'read' ? seen.judgement.value : undefined;
  const { incident, events } = incidentTick(before.incident, seen, timing);
  const open = incident?.killedAt === undefined ? incident : undefined;
  const invariants = judgement === undefined ? undefined : invariantTick(judgement.standing, incident);
  const blind = blindnessOf(seen.judgement);
  const present = [
    ...blindLasting(blind, before.told, seen.at, timing),
    // The kill of an open incident makes everything whole.
    ...(open === undefined ? (invariants?.lasting ?? []) : []),
    ...(judgement?.decision === undefined ? [] : progressOf(judgement.decision, timing)),
  ];
  const calm = calmOf(judgement, blind !== undefined, timing);
  const { told, starts, ends } = turns(before.told, present, seen.at, calm);
  const began = judgement === undefined ? undefined : activatedAt(judgement.standing.cluster);
  const digest = digestTick(before.digest, judgement?.decision, began, timing);
  const stack = stackOf(before, judgement);
  const say = (kind: WatchEvent['kind'], sentence: string, key: string): WatchEvent =>
    eventOf({ kind, at: seen.at, stack, sentence, key });
  const said = [
    ...events,
    ...promotion(before, judgement).map((sentence) => say('promoted', sentence, `promoted:${stack}@${isoOf(seen.at)}`)),
    ...starts.map(({ kind, sentence, key, since }) => say(kind, sentence, `${key}@${since}`)),
    ...ends.flatMap(({ key, since }) => {
      if (key === BLIND) return [say('sees-again', 'everything can be judged again', `sees-again@${since}`)];
      if (!key.startsWith(WARNING) || judgement?.decision === undefined) return [];
      return [
        say('warning-ended', `${titleOf(key, judgement.decision)}: no warning any more`, `${key}@${since}, over`),
      ];
    }),
    ...(digest.due === undefined ? [] : [say('digest', digest.due.sentence, digest.due.key)]),
  ];
  const kill =
    open === undefined
      ? invariants?.kill
      : { incident: open, ways: waysOf(open), reason: `${open.verdict}: ${open.sentence}` };
  return {
    status: {
      version: 1,
      at: isoOf(seen.at),
      ...knownOf(before, judgement),
      witness: witnessed(NOTHING_SEEN, seen.witness),
      ...(incident === undefined ? {} : { incident }),
      ...(blind === undefined ? {} : { blindSince: told[BLIND]!.since }),
      ...(digest.told === undefined ? {} : { digest: digest.told }),
      told,
    },
    deeds: [
      ...(kill === undefined ? [] : [{ kind: 'kill', ...kill } as const]),
      ...said.map((event) => ({ kind: 'notify', event }) as const),
    ],
  };
}

/** How long each thing must be away until it is over. What a decision says stays as it is while nothing is decided. */
function calmOf(judgement: Judgement | undefined, blind: boolean, timing: Timing): (key: string) => Seconds {
  const calm = seconds(Math.max(timing.scaled(CALM), CALM_LEAST));
  const undecided = seconds(blind ? Number.POSITIVE_INFINITY : 0);
  return (key) => {
    if (key === BLIND || key === PAGE_BLIND) return blindCalm(timing);
    return isOfDecision(key) && (blind || judgement?.decision === undefined) ? undecided : calm;
  };
}

/** Timers and percentage as of the newest judgement that could tell. */
function knownOf(
  before: WatcherStatus,
  judgement: Judgement | undefined,
): Pick<WatcherStatus, 'activatedAt' | 'timers' | 'live'> {
  const { activatedAt: since, timers, live } = before;
  const earlier = {
    ...(since === undefined ? {} : { activatedAt: since }),
    timers,
    ...(live === undefined ? {} : { live }),
  };
  if (judgement === undefined) return earlier;
  const { standing, decision } = judgement;
  if (standing.live.kind === 'known' && standing.live.percent === 0) return { timers: {}, live: 0 };
  const began = activatedAt(standing.cluster);
  if (decision === undefined || began === undefined) return earlier;
  return {
    activatedAt: began,
    timers: Object.fromEntries(decision.facts.rules.map(({ id, timer }) => [id, timer])),
    live: decision.facts.livePercent,
  };
}

/** A higher percentage is live on every pod than at the last tick that could tell. */
function promotion({ live }: WatcherStatus, judgement: Judgement | undefined): string[] {
  const now = judgement?.decision?.facts.livePercent;
  return live === undefined || now === undefined || now <= live ? [] : [`${now} % is live, after ${live} %`];
}

function stackOf({ live = 0 }: WatcherStatus, judgement: Judgement | undefined): string {
  const percent = judgement?.standing.live.kind === 'known' ? judgement.standing.live.percent : live;
  const phase = percent > 0 ? phaseWatching(percent) : undefined;
  return phase?.name ?? judgement?.standing.target.stack ?? LADDER[0]!.name;
}
