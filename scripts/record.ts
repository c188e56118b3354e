import path from 'node:path';
import { recordAction } from '../act/actionEvidence';
import { journalFolder } from '../observe/journalFolder';
import type { Kubectl } from '../observe/kubectl';
import type { ClusterSettings } from '../phases/settings';
import type { Action } from '../rollout/action';

/** Folder of the checkout, from the compiled script. */
export const CHECKOUT = path.resolve(__dirname, '..', '..');

/** Writes down what a command did; what could not be written is said and changes nothing. */
export async function record(
  action: Action,
  { kubectl, cluster }: { readonly kubectl: Kubectl; readonly cluster: ClusterSettings },
): Promise<void> {
  const places = { kubectl, cluster, checkout: CHECKOUT, journal: journalFolder(cluster, process.env) };
  for (const failed of await recordAction(action, places, process.env)) console.error(failed);
}
