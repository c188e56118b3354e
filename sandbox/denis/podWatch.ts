import type { EnvVar, PodSource } from './environment';
import type { KubeApi } from './kubeApi';
import { ListWatch } from './listWatch';
import type { Log } from './logFile';

export const API_APP = 'denis';
export const WORKERS_APP = 'denis-workers';
export const TOKEN_SECRET = 'denis-kill-switch';

/** A pod as the API server writes it, as far as Denis looks at it. */
export interface KubePod extends PodSource {
  metadata: PodSource['metadata'] & { resourceVersion?: string; deletionTimestamp?: string };
  spec?: PodSource['spec'] & { containers?: { name: string; env?: EnvVar[] }[] };
  status?: PodSource['status'] & {
    phase?: string;
    conditions?: { type: string; status: string }[];
    containerStatuses?: { name: string; restartCount?: number; state?: { running?: { startedAt?: string } } }[];
  };
}

interface KubeSecret {
  metadata: { name: string; resourceVersion?: string };
  data?: Record<string, string>;
}

/** It has an address, its containers run, and nobody has asked for its end. */
export function isRunning({ metadata, status }: KubePod): boolean {
  return status?.phase === 'Running' && Boolean(status.podIP) && metadata.deletionTimestamp === undefined;
}

export function isReady(pod: KubePod): boolean {
  const ready = pod.status?.conditions?.find(({ type }) => type === 'Ready');
  return isRunning(pod) && ready?.status === 'True';
}

/** Those of the container named like the app, else of the first. */
export function environmentVariables(pod: KubePod): EnvVar[] {
  const containers = pod.spec?.containers ?? [];
  return (containers.find(({ name }) => name === API_APP) ?? containers[0])?.env ?? [];
}

export function watchPods(
  api: KubeApi,
  namespace: string,
  onChange: (pods: readonly KubePod[]) => void,
  log: Log,
): ListWatch<KubePod> {
  const selector = { labelSelector: `app in (${API_APP},${WORKERS_APP})` };
  const path = `/api/v1/namespaces/${namespace}/pods`;
  return new ListWatch<KubePod>(api, path, selector, (pods) => onChange([...pods.values()]), log);
}

/** Calls back with the kill switch's token, undefined while there is no Secret. */
export function watchToken(
  api: KubeApi,
  namespace: string,
  onChange: (token: string | undefined) => void,
  log: Log,
): ListWatch<KubeSecret> {
  const selector = { fieldSelector: `metadata.name=${TOKEN_SECRET}` };
  const tokenIn = (secrets: ReadonlyMap<string, KubeSecret>): string | undefined => {
    const encoded = secrets.get(TOKEN_SECRET)?.data?.['token'];
    return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString('utf8');
  };
  const path = `/api/v1/namespaces/${namespace}/secrets`;
  return new ListWatch<KubeSecret>(api, path, selector, (secrets) => onChange(tokenIn(secrets)), log);
}
