import type { KubeApi } from './kubeApi';
import type { KubePod } from './podWatch';

/** What the kubelet writes when the kernel kills a container for its memory and it is started again. */
export function oomKilledStatus(pod: KubePod, now: Date): unknown {
  const container = pod.spec?.containers?.[0]?.name ?? 'worker';
  const status = pod.status?.containerStatuses?.find(({ name }) => name === container);
  // Times of the API have whole seconds.
  const time = `${now.toISOString().slice(0, 19)}Z`;
  return {
    status: {
      containerStatuses: [
        {
          name: container,
          ready: true,
          started: true,
          restartCount: (status?.restartCount ?? 0) + 1,
          state: { running: { startedAt: time } },
          lastState: {
            terminated: {
              exitCode: 137,
              reason: 'OOMKilled',
              startedAt: status?.state?.running?.startedAt ?? time,
              finishedAt: time,
            },
          },
        },
      ],
    },
  };
}

/** Writes that status to one pod. @throws when the API server refuses or is away */
export async function killForMemory(api: KubeApi, namespace: string, pod: KubePod, now: Date): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/pods/${pod.metadata.name}/status`;
  await api.patch(path, 'application/strategic-merge-patch+json', oomKilledStatus(pod, now));
}
