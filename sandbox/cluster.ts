import { sandboxFile } from './checkout';
import type { CommandResult } from './command';
import type { KubeClient } from './kubeClient';
import { SandboxError } from './sandboxError';
import { waitFor } from './waitFor';

export type Kubectl = (args: readonly string[]) => Promise<CommandResult>;

interface Pod {
  metadata: { name: string; deletionTimestamp?: string };
  status: { podIP?: string; conditions?: { type: string; status: string }[] };
}

const SANDBOX_LABEL = 'canary.denis.run/sandbox';
const PODS = 5;

/** Marks the cluster as a sandbox. @returns the UID of namespace `kube-system`, by which settings pin a cluster. */
export async function markCluster(client: KubeClient, signal: AbortSignal): Promise<string> {
  const path = '/api/v1/namespaces/kube-system';
  const probe = async (): Promise<string> => (await client.get<{ metadata: { uid: string } }>(path)).metadata.uid;
  const uid = await waitFor(probe, { what: 'namespace kube-system', deadlineMs: 10_000, intervalMs: 50, signal });
  await client.mergePatch(path, { metadata: { labels: { [SANDBOX_LABEL]: 'true' } } });
  return uid;
}

/** Client-side apply, as the service's team would do it. */
export async function applyManifests(kubectl: Kubectl, names: readonly string[]): Promise<void> {
  const files = names.flatMap((name) => ['-f', sandboxFile('manifests', `${name}.yaml`)]);
  const result = await kubectl(['apply', '--validate=false', ...files]);
  if (result.code === 0) return;
  throw new SandboxError(
    'SANDBOX_COMMAND_FAILED',
    `\`kubectl apply ${files.join(' ')}\` ended with exit code ${result.code}: ${result.stderr.trim()}`,
  );
}

/** Returns when every pod of both Deployments is Ready. */
export async function podsReady(client: KubeClient, logs: string, signal: AbortSignal): Promise<void> {
  const probe = async (): Promise<true | undefined> => {
    const { items } = await client.get<{ items: Pod[] }>('/api/v1/namespaces/denis/pods');
    const ready = items.filter(isReady).length;
    if (ready < PODS) throw new Error(`${ready} of ${PODS} are Ready`);
    return true;
  };
  const what = `the pods in namespace denis to be Ready (logs of kube-controller-manager, kube-scheduler and kwok in ${logs})`;
  await waitFor(probe, { what, deadlineMs: 25_000, signal });
}

function isReady({ status }: Pod): boolean {
  return status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false;
}
