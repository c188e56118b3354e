import { unixSeconds } from '../phases/units';
import type { OomKill } from '../rollout/witness';
import { controllerOf, type KubeObject, type Workload } from './kubeObjects';

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

/** The containers of worker pods that were OOM-killed, as their pods still say it. @param listed ReplicaSets and pods of the namespace */
export function oomKillsIn(listed: readonly KubeObject[], workers: Workload | undefined): readonly OomKill[] {
  if (workers === undefined) return [];
  const sets = new Set(
    listed
      .filter((object) => object.kind === 'ReplicaSet' && controllerOf(object) === workers.metadata.uid)
      .map(({ metadata }) => metadata.uid),
  );
  const pods = listed.filter((pod): pod is Pod => pod.kind === 'Pod' && sets.has(controllerOf(pod) ?? ''));
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
