import type { ClusterSettings } from '../phases/settings';
import { unixSeconds } from '../phases/units';
import { reasonOf } from '../phases/userError';
import { type Reading, read, unreadable } from '../rollout/cluster';
import type { OomKill } from '../rollout/witness';
import { complaint, type Kubectl } from './kubectl';
import { controllerOf, type KubeObject, objectsIn } from './kubeObjects';

interface Terminated {
  readonly terminated?: { readonly reason?: string; readonly finishedAt?: string };
}

type Pod = KubeObject & {
  readonly status?: {
    readonly containerStatuses?: readonly {
      readonly name: string;
      readonly state?: Terminated;
      readonly lastState?: Terminated;
    }[];
  };
};

/** The containers of worker pods that were OOM-killed, as their pods still say it. Never throws. */
export async function readOomKills(kubectl: Kubectl, cluster: ClusterSettings): Promise<Reading<readonly OomKill[]>> {
  try {
    const result = await kubectl(['get', 'deployments,replicasets,pods', '-o', 'json']);
    if (result.code !== 0) return unreadable(`the pods of the workers cannot be read: ${complaint(result)}`);
    return read(oomKillsIn(objectsIn(result.stdout), cluster.workers));
  } catch (thrown) {
    return unreadable(`the pods of the workers cannot be read: ${reasonOf(thrown)}`);
  }
}

function oomKillsIn(objects: readonly KubeObject[], workers: string): OomKill[] {
  const uidOf = (kind: string, is: (object: KubeObject) => boolean): Set<string | undefined> =>
    new Set(objects.filter((object) => object.kind === kind && is(object)).map(({ metadata }) => metadata.uid));
  const deployments = uidOf('Deployment', ({ metadata }) => metadata.name === workers);
  const sets = uidOf('ReplicaSet', (set) => deployments.has(controllerOf(set)));
  const pods = objects.filter((pod): pod is Pod => pod.kind === 'Pod' && sets.has(controllerOf(pod)));
  return pods.flatMap(({ metadata, status }) =>
    (status?.containerStatuses ?? []).flatMap(({ name, state, lastState }) =>
      [lastState, state].flatMap((one) => {
        const { reason, finishedAt = '' } = one?.terminated ?? {};
        const at = Date.parse(finishedAt) / 1000;
        if (reason !== 'OOMKilled' || Number.isNaN(at)) return [];
        return [{ pod: metadata.name, container: name, at: unixSeconds(at) }];
      }),
    ),
  );
}
