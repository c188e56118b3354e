import type { UnixSeconds } from '../phases/units';
import type { Judgement } from './assessment';
import type { ClusterState, Reading } from './cluster';
import { conclude, type Decision } from './decide';
import type { PhaseFacts } from './facts';
import type { Watching } from './heartbeat';
import { readLedger } from './ledger';
import { judgeMove, type Permit, standingOf, type Target } from './move';

/** The code that judged. */
export interface Revision {
  /** Of git; `unknown` outside of a checkout. */
  readonly commit: string;
  /** Whether files differed from that commit; undefined where it is unknown. */
  readonly changed?: boolean;
}

/** Who asked, and what for. */
export interface Occasion {
  readonly by: 'program' | 'policy' | 'verify' | 'validate' | 'watcher';
  readonly mode: 'preview' | 'update' | 'report';
  readonly revision: Revision;
  /** SHA-256 over the stack's settings, URLs without user and password. */
  readonly settingsHash: string;
}

/** What was concluded: what a replay must find again. */
export interface Outcome {
  readonly verdict?: Decision['verdict'];
  readonly rule?: string;
  readonly sentence?: string;
  readonly findings?: Decision['findings'];
  readonly checks?: readonly {
    readonly id: string;
    readonly status: string;
    readonly limit?: number;
    readonly sentence: string;
  }[];
  readonly warnings?: readonly string[];
  readonly permit?: Permit;
}

/** One permit, refusal or decision with everything that it was made of. Plain data without secrets. */
export interface EvidenceRecord extends Occasion {
  readonly version: 1;
  /** ISO time. */
  readonly at: string;
  readonly kind: 'permit' | 'refusal' | 'decision';
  readonly stack: string;
  /** Name of the move for people: `1 % → canary-10`. */
  readonly move: string;
  /** Number of the live move, as the Deployment carries it. */
  readonly liveMove?: string;
  readonly image?: string;
  /** What the permit was judged by. */
  readonly target: Target;
  readonly cluster: ClusterState;
  readonly switches: {
    readonly flag: Reading<boolean>;
    readonly killed: readonly (readonly [string, Reading<boolean>])[];
  };
  readonly beside: {
    readonly preflight: readonly string[];
    readonly settings: Reading<true>;
    readonly clocks: readonly (readonly [string, number])[];
    readonly inHours: boolean;
    readonly watching: Watching;
  };
  /** What the decision was made of; absent where no phase was judged. */
  readonly facts?: PhaseFacts;
  /** All that was warned of, beside the decision too; a replay does not judge it. */
  readonly warnings?: readonly string[];
  readonly outcome: Outcome;
}

/** Puts one judgement into a record. Pure. */
export function evidenceOf(judgement: Judgement, occasion: Occasion, move: string): EvidenceRecord {
  const { standing, decision, permit, beside, at, warnings } = judgement;
  const { target, cluster, switches } = standing;
  const liveMove = cluster.denis?.template.move;
  return plain({
    version: 1,
    ...occasion,
    at: isoOf(at),
    kind: kindOf(occasion.mode, permit),
    stack: target.stack,
    move,
    ...(liveMove === undefined ? {} : { liveMove }),
    ...(cluster.denis === undefined ? {} : { image: cluster.denis.image }),
    target,
    cluster,
    switches: { flag: switches.flag, killed: [...switches.killed] },
    beside: { ...beside, clocks: [...beside.clocks] },
    ...(decision === undefined ? {} : { facts: decision.facts }),
    warnings,
    outcome: outcomeOf(decision, permit),
  });
}

/** Judges a record again from what it was made of. @returns what differs, a line each; empty when all is as it was */
export function replay(record: EvidenceRecord): string[] {
  const { target, cluster, switches, beside, facts } = record;
  const decision = facts === undefined ? undefined : conclude(facts);
  const standing = standingOf(
    target,
    cluster,
    { flag: switches.flag, killed: new Map(switches.killed) },
    readLedger(cluster.ledger),
  );
  const permit = judgeMove(standing, { ...beside, clocks: new Map(beside.clocks), decision });
  const outcome: Said = { kind: record.kind, stack: record.stack, ...record.outcome };
  const now: Said = plain({ kind: kindOf(record.mode, permit), stack: target.stack, ...outcomeOf(decision, permit) });
  const keys = [...new Set([...Object.keys(outcome), ...Object.keys(now)])] as (keyof Said)[];
  return keys.flatMap((key) => {
    const [before, after] = [JSON.stringify(outcome[key]), JSON.stringify(now[key])];
    return before === after ? [] : [`${key}: recorded ${before ?? 'nothing'}, now ${after ?? 'nothing'}`];
  });
}

/** What a replay compares. */
type Said = Outcome & Pick<EvidenceRecord, 'kind' | 'stack'>;

function kindOf(mode: Occasion['mode'], permit: Permit): EvidenceRecord['kind'] {
  if (mode === 'report') return 'decision';
  return permit.allowed ? 'permit' : 'refusal';
}

function outcomeOf(decision: Decision | undefined, permit: Permit): Outcome {
  if (decision === undefined) return { permit };
  const { verdict, rule, sentence, findings, warnings, checks } = decision;
  return {
    verdict,
    rule,
    sentence,
    findings,
    checks: checks.map(({ spec, status, limit, sentence: said }) => ({
      id: spec.id,
      status,
      ...(limit === undefined ? {} : { limit }),
      sentence: said,
    })),
    warnings,
    permit,
  };
}

/** As it will be read back: what JSON leaves out is left out. */
const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

const isoOf = (at: UnixSeconds): string => new Date(at * 1000).toISOString();

/** The record in one line of at most a kilobyte, for an Event. */
export function summaryOf({ kind, stack, move, outcome }: EvidenceRecord): string {
  const { verdict, sentence, permit, warnings = [] } = outcome;
  const words = [
    kind,
    stack,
    move,
    ...(verdict === undefined ? [] : [`${verdict}: ${sentence}`]),
    ...warnings.filter((one) => one.startsWith('override of ')),
    ...(kind === 'refusal' ? [permit?.reasons.join('; ')] : []),
  ];
  return oneLine(words);
}

/** The API server takes 1024 bytes; a character may take three. */
const MOST_CHARACTERS = 340;

/** Parts of a summary as the message of an Event. */
export function oneLine(parts: readonly (string | undefined)[]): string {
  const text = parts.join(' · ');
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS - 1)}…`;
}
