import { complaint, type Kubectl } from '../observe/kubectl';
import { objectsIn } from '../observe/kubeObjects';
import { storedLedger } from '../observe/storedLedger';
import { LEDGER_NAME } from '../phases/names';
import { UserError } from '../phases/userError';
import type { ClusterState } from '../rollout/cluster';
import { type Ledger, type LedgerReading, ledgerData, readLedger } from '../rollout/ledger';
import { isConflict } from './conflict';

/**
 * Writes the ledger if it is still the one that was read.
 * @param resourceVersion of what was read; undefined when there was none
 * @param manager field manager, where it matters to an admission policy. @default kubectl's own
 * @throws UserError `ledger` when somebody else wrote it meanwhile, or the API server refuses
 */
export async function storeLedger(
  kubectl: Kubectl,
  ledger: Ledger,
  resourceVersion: string | undefined,
  manager?: string,
): Promise<void> {
  const object = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: LEDGER_NAME, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
    data: ledgerData(ledger),
  };
  const verb = resourceVersion === undefined ? 'create' : 'replace';
  const as = manager === undefined ? [] : [`--field-manager=${manager}`];
  const result = await kubectl([verb, ...as, '-f', '-'], { input: JSON.stringify(object) });
  if (result.code === 0) return;
  if (isConflict(result)) {
    throw new UserError(
      'ledger-conflict',
      'somebody else wrote the ledger (ConfigMap denis-canary) at the same moment; look at what is live and try again',
    );
  }
  throw new UserError('ledger', `the ledger (ConfigMap denis-canary) cannot be written: ${complaint(result)}`);
}

/** Reads the ledger alone, for a write that must be made on the newest one. */
export const loadLedger = async (kubectl: Kubectl): Promise<LedgerReading> => readLedger(await loadStored(kubectl));

async function loadStored(kubectl: Kubectl): Promise<ClusterState['ledger']> {
  const result = await kubectl(['get', `configmap/${LEDGER_NAME}`, '--ignore-not-found', '-o', 'json']);
  if (result.code !== 0)
    throw new UserError('ledger', `the ledger (ConfigMap denis-canary) cannot be read: ${complaint(result)}`);
  return storedLedger(objectsIn(result.stdout)[0]);
}

const MOST_TRIES = 5;

/**
 * Changes the newest ledger, however often somebody else writes it in between.
 * @param change gets one that is missing or broken too, and throws where it must not be written over
 * @param manager as of {@link storeLedger}
 * @throws UserError `ledger` when it cannot be read or written
 */
export async function updateLedger(
  kubectl: Kubectl,
  change: (before: LedgerReading) => Ledger,
  manager?: string,
): Promise<void> {
  for (let tries = 1; ; tries++) {
    const stored = await loadStored(kubectl);
    try {
      return await storeLedger(kubectl, change(readLedger(stored)), stored?.resourceVersion, manager);
    } catch (thrown) {
      if (!(thrown instanceof UserError && thrown.code === 'ledger-conflict') || tries === MOST_TRIES) throw thrown;
    }
  }
}

/** The ledger that stands; undefined without one. @throws UserError `ledger` where it is broken */
export function knownLedger(reading: LedgerReading): Ledger | undefined {
  if (reading.kind === 'broken') throw new UserError('ledger', reading.reason);
  return reading.kind === 'ledger' ? reading.ledger : undefined;
}
