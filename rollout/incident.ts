import { LADDER, phaseWatching } from '../phases/ladder';
import type { Timing } from '../phases/timing';
import { minutes, type Seconds, seconds, type UnixSeconds } from '../phases/units';
import type { Judgement } from './assessment';
import type { Verdict } from './decide';
import { confirmedAfter, DEFAULT_WAYS, type KillOutcome, WAYS, type Way } from './kill';
import type { Standing } from './move';
import { permittedNow } from './permitted';
import { notBack } from './recovery';
import { eventOf, type WatchEvent } from './watchEvent';
import { type Incident, isoOf, since } from './watcherStatus';
import type { Observation } from './watchStep';

/** How long Denis may take to be well again once the feature is off. */
const RECOVERY = minutes(10);
/** Probes and look-backs take their time, however fast the rest runs. */
const RECOVERY_LEAST = seconds(60);

export interface IncidentTick {
  readonly incident: Incident | undefined;
  readonly events: readonly WatchEvent[];
}

export const waysOf = ({ verdict }: Pick<Incident, 'verdict'>): readonly Way[] =>
  verdict === 'EMERGENCY' ? WAYS : DEFAULT_WAYS;

/** Opens an incident, makes it worse, confirms it, sees it recover. One for each live move, whoever asks and however often. */
export function incidentTick(before: Incident | undefined, seen: Observation, timing: Timing): IncidentTick {
  const events: WatchEvent[] = [];
  const say = (kind: WatchEvent['kind'], { id, phase }: Incident, sentence: string): void => {
    events.push(eventOf({ kind, at: seen.at, stack: phase, sentence, key: `${kind}:${id}` }));
  };
  let incident = before;
  const judgement = seen.judgement.kind === 'read' ? seen.judgement.value : undefined;

  if (incident !== undefined && incident.killedAt === undefined && isOff(seen.killed, incident)) {
    incident = { ...incident, killedAt: isoOf(seen.at) };
    say('off-confirmed', incident, offSentence(incident, seen.killed));
  }
  if (judgement !== undefined && incident !== undefined && isOver(incident, judgement)) incident = undefined;

  const cause = judgement === undefined ? undefined : causeOf(judgement);
  if (cause !== undefined) {
    const next = withCause(incident, cause, seen.at);
    if (next !== incident)
      say(next.verdict === 'EMERGENCY' ? 'emergency' : 'rollback', next, `${next.verdict}: ${next.sentence}`);
    incident = next;
  }
  if (incident !== undefined && judgement !== undefined) {
    const problems = notRecovered(incident, judgement, seen);
    const waited = since(incident.killedAt ?? '', seen.at);
    if (problems?.length === 0) {
      incident = { ...incident, recoveredAt: isoOf(seen.at) };
      say('recovered', incident, 'the feature is off and Denis is well');
    } else if (problems !== undefined && incident.escalatedAt === undefined && waited >= patience(timing)) {
      incident = { ...incident, escalatedAt: isoOf(seen.at) };
      say('not-recovered', incident, `the feature is off, and Denis is not well again: ${problems.join('; ')}`);
    }
  }
  return { incident, events };
}

/** Confirmed at every Ready pod, latched, and after an EMERGENCY without workers. */
export function isOff(outcome: KillOutcome | undefined, { verdict }: Pick<Incident, 'verdict'>): boolean {
  if (outcome === undefined || outcome.latched !== true || confirmedAfter(outcome) === undefined) return false;
  return verdict !== 'EMERGENCY' || outcome.ways.some(({ way, state }) => way === 'workers' && state === 'confirmed');
}

function offSentence(
  { since: opened, killedAt, verdict, sentence: cause }: Incident,
  outcome: KillOutcome | undefined,
): string {
  const ways = outcome?.ways.filter(({ state }) => state === 'confirmed').map(({ way }) => way) ?? [];
  const failed = outcome?.ways.filter(({ state }) => state === 'failed').map(({ sentence }) => sentence) ?? [];
  const took = Math.round((Date.parse(killedAt!) - Date.parse(opened)) / 1000);
  const off = `off and latched ${took} s after it began, confirmed by ${ways.join(', ')}`;
  return [off, ...failed, `it was ${verdict}: ${cause}`].join('; ');
}

/** Somebody resumed and a rollout is live again: what comes now is another incident. A judgement from before the kill says nothing. */
function isOver({ killedAt }: Incident, { at, standing: { live, kills } }: Judgement): boolean {
  if (killedAt === undefined || at <= Date.parse(killedAt) / 1000) return false;
  return kills.length === 0 && live.kind === 'known' && live.percent > 0;
}

type Cause = Pick<Incident, 'id' | 'verdict' | 'phase' | 'rule' | 'sentence' | 'baseline'>;

/** The worst that speaks for taking it back. What a kill left to be permitted says nothing while it is being killed. */
function causeOf({ standing, decision, baseline, at }: Judgement): Cause | undefined {
  const latched = standing.kills.length > 0;
  const found = decision?.findings.find(
    ({ verdict, rule }) => takesBack(verdict) && !(latched && rule === 'permitted-exposure'),
  );
  const shared = { id: idOf(standing), ...(baseline === undefined ? {} : { baseline: baseline.chatP99 }) };
  if (found !== undefined && decision !== undefined) {
    const { verdict, rule, sentence } = found;
    return { ...shared, verdict: verdict as Incident['verdict'], phase: decision.phase, rule, sentence };
  }
  const { live } = standing;
  const permitted = permittedNow(standing, at);
  if (latched || live.kind === 'unknown' || permitted === undefined || live.percent <= permitted) return undefined;
  // Without metrics, or while it rolls out, nothing is decided; this needs neither.
  const { name } = phaseWatching(live.percent) ?? LADDER.at(-1)!;
  const sentence = `${live.percent} % is live, but only ${permitted} % was ever permitted`;
  return { ...shared, verdict: 'ROLLBACK', phase: name, rule: 'permitted-exposure', sentence };
}

const takesBack = (verdict: Verdict): boolean => verdict === 'ROLLBACK' || verdict === 'EMERGENCY';

/** Of the live move as the cluster shows it. */
function idOf({ cluster: { denis } }: Standing): string {
  return `${denis?.template.move ?? 'none'}@${denis?.newestReplicaSet?.createdAt ?? 0}`;
}

/** The incident with one more cause: a new one, a worse one, or the same. */
function withCause(incident: Incident | undefined, cause: Cause, at: UnixSeconds): Incident {
  if (incident === undefined || (incident.killedAt !== undefined && incident.id !== cause.id)) {
    return { ...cause, since: isoOf(at) };
  }
  if (incident.verdict === 'EMERGENCY' || cause.verdict === 'ROLLBACK') return incident;
  const { killedAt: _, recoveredAt: __, ...open } = incident;
  const { verdict, rule, sentence } = cause;
  return { ...open, verdict, rule, sentence };
}

/** @returns undefined where there is nothing to ask, or nobody can know: it is not off yet, it recovered, or this was judged before */
function notRecovered(incident: Incident, judgement: Judgement, { witness }: Observation): string[] | undefined {
  const { killedAt, recoveredAt } = incident;
  if (killedAt === undefined || recoveredAt !== undefined || judgement.at <= Date.parse(killedAt) / 1000)
    return undefined;
  const { live } = judgement.standing;
  if (live.kind === 'unknown') return live.reasons.map((reason) => `the live exposure is unknown: ${reason}`);
  if (live.percent > 0) return [`${live.percent} % is live`];
  return notBack(incident, judgement.globals, witness);
}

const patience = (timing: Timing): Seconds => seconds(Math.max(timing.scaled(RECOVERY), RECOVERY_LEAST));
