import { ANNOTATIONS, LEDGER_NAME } from '../phases/names';
import type { ClusterSettings } from '../phases/settings';
import { UserError } from '../phases/userError';
import { latchSentence, latchTextSentence } from '../rollout/latch';
import { readLedger } from '../rollout/ledger';
import { complaint, type Kubectl } from './kubectl';
import { annotations, objectsIn } from './kubeObjects';
import { storedLedger } from './storedLedger';

/**
 * The latch as it stands at this moment, on the Deployment or in the ledger; either one latches, and so does a ledger that cannot be read.
 * @returns it as a sentence, or undefined
 * @throws UserError `latch` when the API server does not say
 */
export async function latchNow(kubectl: Kubectl, { deployment }: ClusterSettings): Promise<string | undefined> {
  const named = [`deployment/${deployment}`, `configmap/${LEDGER_NAME}`];
  const result = await kubectl(['get', ...named, '--ignore-not-found', '-o', 'json']);
  if (result.code !== 0) throw new UserError('latch', `whether a latch is set cannot be read: ${complaint(result)}`);
  const objects = objectsIn(result.stdout);
  const of = (kind: string) => objects.find((object) => object.kind === kind);
  const text = annotations(of('Deployment') ?? {})[ANNOTATIONS.latch];
  if (text !== undefined) return latchTextSentence(text);
  const ledger = readLedger(storedLedger(of('ConfigMap')));
  if (ledger.kind === 'broken') return `the ledger (ConfigMap ${LEDGER_NAME}) cannot be read: ${ledger.reason}`;
  return ledger.kind === 'ledger' && ledger.ledger.latch !== undefined ? latchSentence(ledger.ledger.latch) : undefined;
}
