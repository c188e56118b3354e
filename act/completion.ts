import type { Kubectl } from '../observe/kubectl';
import { reasonOf, UserError } from '../phases/userError';
import { type Completion, turnEnded, turnOf } from '../rollout/completion';
import { updateLedger } from './ledger';

/** What became of the news that the rollout is complete; each but the first in a sentence. */
export type Told =
  | { readonly kind: 'told' }
  | { readonly kind: 'before' | 'failed' | 'unsure'; readonly sentence: string };

export interface Teller {
  readonly kubectl: Kubectl;
  /** No two that run at a time have the same. */
  readonly by: string;
  /** ms since 1970. */
  readonly clock: () => number;
  /** Within so many ms it has arrived, or never will. */
  readonly withinMs: number;
  /** @returns whether it arrived. Never throws. */
  readonly send: () => Promise<boolean>;
}

/**
 * Tells people that the rollout is complete, unless somebody did or does: the turn is taken in the ledger first. Never throws.
 * It is told twice only where it arrived and that could not be written down, and not at all where whoever took the turn died; the
 * turn is free again after its time.
 */
export async function tellComplete({ kubectl, by, clock, withinMs, send }: Teller): Promise<Told> {
  const now = (): Date => new Date(clock());
  try {
    const until = new Date(clock() + withinMs);
    await changeCompletion(kubectl, (before) => {
      const turn = turnOf(before, { by, now: now(), until });
      if (turn.kind === 'ours') return turn.complete;
      throw new NotOurs(
        turn.kind === 'told'
          ? `it was told at ${turn.at} by ${turn.by}`
          : `${turn.by} is telling it, until ${turn.until} at the latest`,
      );
    });
  } catch (thrown) {
    if (thrown instanceof NotOurs) return { kind: 'before', sentence: thrown.message };
    return { kind: 'failed', sentence: `it was not told: ${reasonOf(thrown)}` };
  }
  const arrived = await send();
  try {
    await changeCompletion(kubectl, (before) => {
      const ended = turnEnded(before, { by, now: now(), arrived });
      if (ended === undefined) throw new NotOurs('');
      return ended;
    });
  } catch (thrown) {
    if (arrived && !(thrown instanceof NotOurs))
      return { kind: 'unsure', sentence: `it was told, but may be told again: ${reasonOf(thrown)}` };
  }
  return arrived ? { kind: 'told' } : { kind: 'failed', sentence: 'it did not arrive; the next validation tells it' };
}

/**
 * Notes the first validation.
 * @returns whether it is the first
 * @throws UserError `ledger` when it cannot be read or written
 */
export async function noteValidated(kubectl: Kubectl, validated: { readonly at: string; readonly by: string }) {
  try {
    await changeCompletion(kubectl, (before) => {
      if (before?.validated !== undefined) throw new NotOurs('');
      return { ...before, validated };
    });
    return true;
  } catch (thrown) {
    if (thrown instanceof NotOurs) return false;
    throw thrown;
  }
}

/** Nothing is to be written. */
class NotOurs extends Error {}

function changeCompletion(kubectl: Kubectl, change: (before: Completion | undefined) => Completion): Promise<void> {
  return updateLedger(kubectl, (before) => {
    if (before.kind === 'broken') throw new UserError('ledger', before.reason);
    if (before.kind === 'missing') throw new UserError('ledger', 'the ledger (ConfigMap denis-canary) is missing');
    return { ...before.ledger, complete: change(before.ledger.complete) };
  });
}
