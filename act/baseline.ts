import type { Kubectl } from '../observe/kubectl';
import { UserError } from '../phases/userError';
import { type Baseline, baselineStanding } from '../rollout/baseline';
import { updateLedger } from './ledger';

/**
 * Pins a baseline for the rollout that has lost it.
 * @param rollout id of the rollout that it was meant for
 * @throws UserError `baseline` when it has one by now, or has ended; `ledger` when the ledger cannot be written
 */
export function pinBaseline(kubectl: Kubectl, rollout: string, baseline: Baseline): Promise<void> {
  return updateLedger(kubectl, (before) => {
    const standing = baselineStanding(before);
    if (standing.kind === 'lost' && standing.rollout.id === rollout) return { ...standing.ledger, baseline };
    throw new UserError('baseline', `nothing was written: ${standing.sentence}`);
  });
}
