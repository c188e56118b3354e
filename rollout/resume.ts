import type { ClusterState } from './cluster';
import { killsOf, type Switches, switchesOff } from './exposure';
import { type Latch, latchSentence, latchText, readLatch } from './latch';
import { EMPTY_LEDGER, type Ledger, type LedgerReading } from './ledger';
import type { Author } from './plan';

/** What a resume found, and what it gives back. */
export interface Resumption {
  /** What is off, a sentence each. */
  readonly off: readonly string[];
  /** The Deployment's latch as text, as it was seen; any other one is a new kill. */
  readonly seen: string | undefined;
  /** The ledger's latch as it was seen. */
  readonly copy: Latch | undefined;
  /** What the ledger holds until the very end, so that a resume that fails half-way leaves the feature latched. */
  readonly latch: Latch;
  /** Replicas of the workers to give back; undefined leaves what is. */
  readonly workers: number | undefined;
}

export type ResumeVerdict =
  | { readonly kind: 'refused'; readonly reason: string }
  | ({ readonly kind: 'resume' } & Resumption);

/** Plans a resume: it needs something that is off, and leaves the feature off. Pure. */
export function resumeOf(
  cluster: ClusterState,
  switches: Switches,
  ledger: LedgerReading,
  { by, at }: Pick<Author, 'by' | 'at'>,
): ResumeVerdict {
  const { denis } = cluster;
  if (denis === undefined) return { kind: 'refused', reason: 'the Deployment of Denis does not exist' };
  const before = ledger.kind === 'ledger' ? ledger.ledger : EMPTY_LEDGER;
  const byHand = denis.template.move !== undefined && denis.wiring.enabled.kind === 'explicit';
  const off = new Set([
    ...killsOf(cluster, switches, before.lastMove?.enabled === false),
    ...(before.latch === undefined ? [] : [latchSentence(before.latch)]),
    ...(byHand && denis.effective.enabled === false ? ['ENABLED was set to false by hand'] : []),
    ...switchesOff(cluster, switches),
  ]);
  if (off.size === 0) {
    const unread = [switches.flag, ...switches.killed.values()].flatMap((one) =>
      one.kind === 'unreadable' ? [one.reason] : [],
    );
    const reason = 'nothing is off: no latch, no variable set by hand, no switch';
    return { kind: 'refused', reason: [reason, ...new Set(unread)].join('; not read: ') };
  }
  const latch = readLatch(denis.latch ?? '') ?? before.latch ?? { by, at, reason: [...off].join('; ') };
  const workers = latch.workers ?? before.latch?.workers;
  return {
    kind: 'resume',
    off: [...off],
    seen: denis.latch,
    copy: before.latch,
    latch: workers === undefined ? latch : { ...latch, workers },
    workers: cluster.workers?.replicas === 0 ? workers : undefined,
  };
}

/** Whether a latch of the ledger is one that the resume clears: seen at the start, a late copy of it, or its own. Any other is a new kill. */
export function isSeen({ seen, copy, latch }: Resumption, found: Latch): boolean {
  const known = [latch, copy, readLatch(seen ?? '')].flatMap((one) => (one === undefined ? [] : [latchText(one)]));
  return known.includes(latchText(found));
}

/** The ledger while a resume is under way: latched, nothing permitted, no rollout and nothing that one pinned. */
export function ledgerResuming(ledger: LedgerReading, latch: Latch): Ledger {
  const { version, lastMove, drill } = ledger.kind === 'ledger' ? ledger.ledger : EMPTY_LEDGER;
  return { version, permitted: 0, latch, ...(lastMove && { lastMove }), ...(drill && { drill }) };
}

/** The ledger after it: the same without the latch, from where only canary-1 leads on. */
export function ledgerResumed(ledger: LedgerReading, move: number, { by, at }: Pick<Author, 'by' | 'at'>): Ledger {
  const { version, lastMove, drill } = ledger.kind === 'ledger' ? ledger.ledger : EMPTY_LEDGER;
  const stack = lastMove?.stack ?? 'canary-1';
  return {
    version,
    permitted: 0,
    lastMove: { number: move, stack, percent: 0, enabled: false, direction: 'down', at, by },
    ...(drill && { drill }),
  };
}
