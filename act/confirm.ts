import { readCluster } from '../observe/cluster';
import type { Kubectl } from '../observe/kubectl';
import type { ClusterSettings } from '../phases/settings';
import { reasonOf, UserError } from '../phases/userError';
import type { DenisState } from '../rollout/cluster';

/** How long a raising move waits until every pod runs it. */
const DEADLINE_MS = 120_000;
const POLL_MS = 500;

/** How many pods run a move, of how many there should be. */
export function progressOf(
  denis: DenisState,
  move: number,
): { readonly running: number; readonly wanted: number; readonly older: number } {
  const ready = denis.pods.filter((pod) => pod.ready);
  const running = ready.filter((pod) => pod.move === move).length;
  return { running, wanted: denis.replicas, older: ready.length - running };
}

/**
 * Waits until every Ready pod of Denis carries the move, and all wanted ones are Ready. A reading that fails is tried again.
 * @throws UserError `unconfirmed` after two minutes, saying how far it came; `overtaken` at once when somebody wrote after it
 */
export async function confirmMove(
  kubectl: Kubectl,
  cluster: ClusterSettings,
  move: number,
  clock: () => number,
): Promise<void> {
  const until = clock() + DEADLINE_MS;
  for (;;) {
    const denis = await readCluster(kubectl, cluster).then(
      ({ state }) => state.denis,
      (thrown: unknown) => reasonOf(thrown),
    );
    const found = typeof denis === 'string' ? denis : standOf(denis, move);
    if (found === 'confirmed') return;
    if (clock() > until) {
      throw new UserError(
        'unconfirmed',
        `move ${move} was written, but after ${DEADLINE_MS / 1000} s ${found}; look at: kubectl -n ${cluster.namespace} rollout status deployment/${cluster.deployment}. Going down is possible at any time`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** @returns `confirmed`, or how far it came */
function standOf(denis: DenisState | undefined, move: number): string {
  if (denis === undefined) return 'the Deployment is gone';
  if (denis.template.move !== String(move)) {
    throw new UserError(
      'overtaken',
      `move ${move} was written, but somebody wrote after it: the Deployment carries move ${denis.template.move ?? 'none'} now; look at what is live`,
    );
  }
  const { running, wanted, older } = progressOf(denis, move);
  if (older === 0 && running >= wanted) return 'confirmed';
  return `${running} of ${wanted} pods run it, ${older} run an older one`;
}
