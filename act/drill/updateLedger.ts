import type { Kubectl } from '../../observe/kubectl';
import { UserError } from '../../phases/userError';
import type { Ledger } from '../../rollout/ledger';
import { loadLedger, storeLedger } from '../ledger';

const MOST_TRIES = 5;

/**
 * Changes the newest ledger, however often somebody else writes it in between.
 * @throws UserError `ledger` when it cannot be read, or is broken
 */
export async function updateLedger(kubectl: Kubectl, change: (before: Ledger | undefined) => Ledger): Promise<void> {
  for (let tries = 1; ; tries++) {
    const found = await loadLedger(kubectl);
    if (found.kind === 'broken') throw new UserError('ledger', found.reason);
    const [before, version] = found.kind === 'ledger' ? [found.ledger, found.resourceVersion] : [];
    try {
      return await storeLedger(kubectl, change(before), version);
    } catch (thrown) {
      if (!(thrown instanceof UserError && thrown.code === 'ledger-conflict') || tries === MOST_TRIES) throw thrown;
    }
  }
}
