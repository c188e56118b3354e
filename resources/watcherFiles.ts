import { createHmac } from 'node:crypto';
import type { InClusterWatcher } from '../phases/inCluster';

/** Where the pod finds its files. */
export const FILES = '/etc/denis-canary';
export const SETTINGS_FILE = 'settings.yaml';
export const KUBECONFIG_FILE = 'kubeconfig';

const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The two files that the watcher reads, by name: the settings as a stack's file has them, and a kubeconfig in which their context is
 * the cluster around the pod, with the token of its ServiceAccount. Both are JSON, which is YAML too. The first may hold secrets.
 */
export function watcherFiles({ raw, settings }: InClusterWatcher): Readonly<Record<string, string>> {
  const config = Object.fromEntries(Object.entries(raw).map(([key, value]) => [`canary:${key}`, value]));
  const { context, namespace } = settings;
  const user = 'watcher';
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': context,
    clusters: [
      {
        name: context,
        cluster: { server: 'https://kubernetes.default.svc', 'certificate-authority': `${ACCOUNT}/ca.crt` },
      },
    ],
    // A file, not the token itself: the kubelet writes a new one every hour.
    users: [{ name: user, user: { tokenFile: `${ACCOUNT}/token` } }],
    contexts: [{ name: context, context: { cluster: context, user, namespace } }],
  };
  return { [SETTINGS_FILE]: `${JSON.stringify({ config })}\n`, [KUBECONFIG_FILE]: `${JSON.stringify(kubeconfig)}\n` };
}

/** Changes with the files, so that the pods start anew. @param key a secret: without it nobody can try passwords against the result */
export function filesRevision(files: Readonly<Record<string, string>>, key: string): string {
  return createHmac('sha256', key).update(JSON.stringify(files)).digest('hex').slice(0, 32);
}
