import { complaint } from '../../observe/kubectl';
import { MANAGERS, VARIABLES } from '../../phases/names';
import { UserError } from '../../phases/userError';
import { killPatch, ledgerKilled } from '../../rollout/killPatch';
import { type Latch, readLatch } from '../../rollout/latch';
import { updateLedger } from '../ledger';
import { pause } from './pause';
import { RETRY_MS, readingNow, tryAgain, tryWrite, type WayContext, WRITE_MS } from './way';

/**
 * How often a write insists on the very object that was read. The status of a Deployment that rolls out changes all the time:
 * after that an off is worth more than the exact order of two kills.
 */
const GUARDED_TRIES = 4;

/** The latch as it stands on the Deployment now, or why it does not. */
export type Latched =
  | { readonly kind: 'latched'; readonly text: string; readonly wrote: 'latch' | 'nothing' }
  | { readonly kind: 'not'; readonly why: string };

export interface DenisWish {
  /** Declares the feature off too; otherwise the latch alone is written. */
  readonly off: boolean;
  /** What is known by then of the workers is part of it. */
  readonly latch: () => Latch;
  /** Told once the feature is declared off. @param move the new one; undefined when it was off already */
  readonly onOff: (move: number | undefined) => void;
}

/**
 * Writes on the Deployment of Denis until what a kill wants stands there, in one patch. Idempotent.
 * @throws UserError `kill` when the feature could not be declared off
 */
export async function writeOnDenis(context: WayContext, { off, latch, onOff }: DenisWish): Promise<Latched> {
  const { cluster, readings } = context;
  const target = `deployment/${cluster.deployment}`;
  for (let tries = 1, list = readings.first; ; tries++, list = readings.fresh()) {
    const { denis: found } = await readingNow(context, list);
    if (found === undefined) {
      throw new UserError('kill', `namespace ${cluster.namespace} has no Deployment ${cluster.deployment}`);
    }
    const wanted = killPatch(found, { off, latch: latch(), container: cluster.container });
    const standing = { kind: 'latched', text: found.denis.latch ?? '', wrote: 'nothing' } as const;
    if (wanted === undefined) {
      if (off) onOff(undefined);
      return standing;
    }

    const guard = tries > GUARDED_TRIES ? {} : { resourceVersion: found.resourceVersion };
    const metadata = { ...wanted.metadata, ...guard };
    const patch = JSON.stringify({ ...(wanted.spec && { spec: wanted.spec }), metadata });
    const args = ['patch', target, '--type=strategic', `--field-manager=${MANAGERS.kill}`, '--patch', patch];
    const outcome = await tryWrite(context, args);
    if (outcome.kind === 'written') {
      if (wanted.setEnv) await setEnv(context);
      if (off) onOff(wanted.move);
      return wanted.latch === undefined ? standing : { kind: 'latched', text: wanted.latch, wrote: 'latch' };
    }
    if (outcome.kind === 'refused') {
      if (off) await setEnv(context);
      return { kind: 'not', why: outcome.why };
    }
    if (context.elapsed() > WRITE_MS) throw new UserError('kill', outcome.why);
    if (outcome.kind === 'away') await tryAgain(context, outcome.why, tries);
  }
}

/** The plan's own command: it reaches every container, and needs no more than the right to patch. */
async function setEnv({ cluster, kubectl, say }: WayContext): Promise<void> {
  const variable = `${VARIABLES.enabled}=false`;
  const args = ['set', 'env', `deployment/${cluster.deployment}`, variable, `--field-manager=${MANAGERS.kill}`];
  const result = await kubectl(args);
  if (result.code !== 0) throw new UserError('kill', complaint(result));
  say(`kubectl set env ${variable} was used`);
}

/**
 * Copies the latch into the ledger: nothing is permitted any more, and the rollout has ended.
 * @throws UserError `ledger` when it cannot be written; one that cannot be read is left to people
 */
export async function copyLatch(context: WayContext, latch: Latch): Promise<void> {
  for (;;) {
    try {
      return await updateLedger(context.kubectl, (before) => {
        if (before.kind === 'broken') throw new UserError('ledger-broken', before.reason);
        return ledgerKilled(before.kind === 'ledger' ? before.ledger : undefined, latch);
      });
    } catch (thrown) {
      const final =
        !(thrown instanceof UserError) || thrown.code === 'ledger-broken' || /forbidden/i.test(thrown.message);
      if (final || context.elapsed() > WRITE_MS || context.signal.aborted) throw thrown;
      if (thrown.code !== 'ledger-conflict') await pause(RETRY_MS, context.signal);
    }
  }
}

/** A latch that somebody wrote in words of his own is copied as ours: the ledger holds nothing else. */
export const copyOf = (latched: Latched, latch: Latch): Latch =>
  latched.kind === 'latched' ? (readLatch(latched.text) ?? latch) : latch;
