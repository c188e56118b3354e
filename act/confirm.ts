import { readCluster } from '../observe/cluster';
import type { Kubectl } from '../observe/kubectl';
import type { ClusterSettings } from '../phases/settings';
import { UserError } from '../phases/userError';
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
 * Waits until every Ready pod of Denis carries the move, and all wanted ones are Ready.
 * @throws UserError `unconfirmed` after two minutes, saying how far it came
 */
export async function confirmMove(
  kubectl: Kubectl,
  cluster: ClusterSettings,
  move: number,
  clock: () => number,
): Promise<void> {
  const until = clock() + DEADLINE_MS;
  for (;;) {
    const { state } = await readCluster(kubectl, cluster);
    const progress = state.denis === undefined ? undefined : progressOf(state.denis, move);
    if (progress !== undefined && progress.older === 0 && progress.running >= progress.wanted) return;
    if (clock() > until) {
      const found =
        progress === undefined
          ? 'the Deployment is gone'
          : `${progress.running} of ${progress.wanted} pods run it, ${progress.older} run an older one`;
      throw new UserError(
        'unconfirmed',
        `move ${move} was written, but after ${DEADLINE_MS / 1000} s ${found}; look at: kubectl -n ${cluster.namespace} rollout status deployment/${cluster.deployment}. Going down is possible at any time`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
