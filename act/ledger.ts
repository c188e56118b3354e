import { complaint, type Kubectl } from '../observe/kubectl';
import { objectsIn } from '../observe/kubeObjects';
import { LEDGER_NAME } from '../phases/names';
import { UserError } from '../phases/userError';
import type { ClusterState } from '../rollout/cluster';
import { LEDGER_KEY, type Ledger, type LedgerReading, ledgerData, readLedger } from '../rollout/ledger';
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

/** The same as it is stored, for a write over one that cannot be read. */
export async function loadStored(kubectl: Kubectl): Promise<ClusterState['ledger']> {
  const result = await kubectl(['get', `configmap/${LEDGER_NAME}`, '--ignore-not-found', '-o', 'json']);
  if (result.code !== 0)
    throw new UserError('ledger', `the ledger (ConfigMap denis-canary) cannot be read: ${complaint(result)}`);
  const [object] = objectsIn(result.stdout);
  if (object === undefined) return undefined;
  return { text: object.data?.[LEDGER_KEY] ?? '', resourceVersion: object.metadata.resourceVersion };
}
