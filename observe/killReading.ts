import { MOVE_LEASE, TOKEN_SECRET } from '../phases/names';
import type { ClusterSettings } from '../phases/settings';
import type { Killable } from '../rollout/killPatch';
import { denisState, tokenIn, unreachable, workersState, wrongCluster } from './cluster';
import { complaint, type Kubectl } from './kubectl';
import { type KubeObject, objectNamed, objectsIn, type Workload } from './kubeObjects';
import { holderOf, type Lease } from './lease';

/** What a kill reads of the cluster: little, and nothing that it could not do without stops it. */
export interface KillReading {
  /** Of namespace kube-system; undefined where it may not be read. */
  readonly uid: string | undefined;
  /** Undefined when there is no such Deployment. */
  readonly denis: (Killable & { readonly resourceVersion: string }) | undefined;
  readonly workers:
    | { readonly replicas: number /** Ready pods that nobody ended yet. */; readonly running: number }
    | undefined;
  /** The kill switch's token, a secret. */
  readonly token: string | undefined;
  /** Why the pods could not be listed: then nothing is known of them. */
  readonly unlisted: string | undefined;
}

/**
 * Reads the cluster in two commands at once. A UID that the settings do not pin (an empty one) is not compared, and one that
 * may not be read stops nothing: a kill fails to the side of off.
 * @throws UserError `cluster` when it cannot be reached, `wrong-cluster` when it is another one than the settings name
 */
export async function readForKill(kubectl: Kubectl, cluster: ClusterSettings): Promise<KillReading> {
  const named = [
    'namespace/kube-system',
    `deployment/${cluster.deployment}`,
    `deployment/${cluster.workers}`,
    `lease/${MOVE_LEASE}`,
    `secret/${TOKEN_SECRET}`,
  ];
  const [main, lists] = await Promise.all([
    kubectl(['get', ...named, '--ignore-not-found', '-o', 'json']),
    kubectl(['get', 'replicasets,pods', '-o', 'json']),
  ]);
  const objects = objectsIn(main.stdout);
  const found = (kind: string, name: string) => objectNamed(objects, kind, name);
  const uid = found('Namespace', 'kube-system')?.metadata.uid;
  if (uid === undefined && objects.length === 0 && main.code !== 0) throw unreachable(main, cluster);
  if (uid !== undefined && cluster.clusterUid !== '' && uid !== cluster.clusterUid) throw wrongCluster(uid, cluster);

  const listed = objectsIn(lists.stdout);
  const denis = found('Deployment', cluster.deployment) as PausableWorkload | undefined;
  const workers = found('Deployment', cluster.workers) as Workload | undefined;
  return {
    uid,
    denis: denis && {
      denis: denisState(denis, listed, cluster),
      paused: denis.spec.paused === true,
      moveUnderWay: isHeld(found('Lease', MOVE_LEASE) as Lease | undefined),
      resourceVersion: denis.metadata.resourceVersion,
    },
    workers: workers && {
      replicas: workersState(workers, []).replicas,
      running: runningPods(workers, listed, cluster),
    },
    token: tokenIn(found('Secret', TOKEN_SECRET)),
    unlisted: lists.code === 0 ? undefined : `the pods cannot be listed: ${complaint(lists)}`,
  };
}

type PausableWorkload = Workload & { readonly spec: { readonly paused?: boolean } };

function isHeld(lease: Lease | undefined): boolean {
  const { holder, until } = holderOf(lease);
  return holder !== '' && until > Date.now();
}

/** The pods of the workers are found as those of Denis are: through the ReplicaSets of their Deployment. */
function runningPods(workers: Workload, listed: readonly KubeObject[], cluster: ClusterSettings): number {
  return denisState(workers, listed, cluster).pods.filter(({ ready }) => ready).length;
}
