/** Kubernetes objects as `kubectl get -o json` prints them, reduced to what matters; each call makes fresh ones. */

export const UID = '3f2b6e0a-0000-4000-8000-000000000001';

export interface DenisOptions {
  readonly pct?: string;
  readonly enabled?: string;
  readonly move?: string;
  readonly latch?: string;
  readonly replicas?: number;
  readonly env?: readonly object[];
  readonly container?: string;
}

const fieldRef = (annotation: string) => ({
  fieldRef: { apiVersion: 'v1', fieldPath: `metadata.annotations['canary.denis.run/${annotation}']` },
});
export const WIRED = [
  { name: 'LOG_LEVEL', value: 'info' },
  { name: 'DENIS_MATERIALIZERS_PCT', valueFrom: fieldRef('pct') },
  { name: 'DENIS_MATERIALIZERS_ENABLED', valueFrom: fieldRef('enabled') },
] as const;

function template({ pct, enabled, move, env = WIRED, container = 'denis' }: DenisOptions) {
  const annotations = Object.fromEntries(
    Object.entries({ pct, enabled, move }).flatMap(([key, value]) =>
      value === undefined ? [] : [[`canary.denis.run/${key}`, value]],
    ),
  );
  return { annotations, spec: { containers: [{ name: container, image: 'denis:2.7.1', env }] } };
}

export const namespaceObject = (uid = UID, labels: Record<string, string> = {}) => ({
  kind: 'Namespace',
  metadata: { name: 'kube-system', uid, resourceVersion: '1', labels },
});

export function denisObject(options: DenisOptions = {}) {
  const { annotations, spec } = template(options);
  return {
    kind: 'Deployment',
    metadata: {
      name: 'denis',
      uid: 'deployment-denis',
      resourceVersion: '2',
      annotations: options.latch === undefined ? {} : { 'canary.denis.run/latch': options.latch },
    },
    spec: { replicas: options.replicas ?? 3, template: { metadata: { annotations }, spec } },
    status: { readyReplicas: 3 },
  };
}

export const workersObject = (replicas = 3) => ({
  kind: 'Deployment',
  metadata: { name: 'denis-workers', uid: 'deployment-workers', resourceVersion: '3' },
  spec: { replicas, template: { spec: { containers: [{ name: 'worker', image: 'denis:2.7.1' }] } } },
  status: { readyReplicas: replicas },
});

export const ledgerObject = (text: string) => ({
  kind: 'ConfigMap',
  metadata: { name: 'denis-canary', uid: 'ledger', resourceVersion: '4' },
  data: { 'ledger.json': text },
});

export const secretObject = (token: string) => ({
  kind: 'Secret',
  metadata: { name: 'denis-kill-switch', uid: 'secret', resourceVersion: '5' },
  data: { token: Buffer.from(token).toString('base64') },
});

export const leaseObject = (renewed: Date | undefined, holder = 'watcher-1', status?: string) => ({
  kind: 'Lease',
  metadata: {
    name: 'denis-canary-watcher',
    uid: 'lease',
    resourceVersion: '6',
    annotations: status === undefined ? {} : { 'canary.denis.run/status': status },
  },
  spec: { holderIdentity: holder, ...(renewed === undefined ? {} : { renewTime: microTime(renewed) }) },
});

const microTime = (time: Date): string => time.toISOString().replace('Z', '000Z');

const ownedBy = (kind: string, uid: string) => [{ kind, uid, controller: true }];

export const replicaSetObject = (uid: string, revision: number, createdAt: Date, owner = 'deployment-denis') => ({
  kind: 'ReplicaSet',
  metadata: {
    name: uid,
    uid,
    resourceVersion: '6',
    creationTimestamp: createdAt.toISOString(),
    annotations: { 'deployment.kubernetes.io/revision': String(revision) },
    ownerReferences: ownedBy('Deployment', owner),
  },
});

export interface PodOptions extends DenisOptions {
  readonly ip?: string;
  readonly ready?: boolean;
  readonly deleted?: boolean;
}

export function podObject(name: string, replicaSet: string, options: PodOptions = {}) {
  const { annotations, spec } = template(options);
  return {
    kind: 'Pod',
    metadata: {
      name,
      uid: name,
      resourceVersion: '7',
      annotations,
      ownerReferences: ownedBy('ReplicaSet', replicaSet),
      ...(options.deleted ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
    },
    spec,
    status: {
      ...(options.ip === undefined ? {} : { podIP: options.ip }),
      conditions: [
        { type: 'PodScheduled', status: 'True' },
        { type: 'Ready', status: options.ready === false ? 'False' : 'True' },
      ],
    },
  };
}

export const autoscalerObject = (target: string, kind = 'Deployment') => ({
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: `of-${kind}-${target}`, uid: `of-${kind}-${target}`, resourceVersion: '8' },
  spec: { scaleTargetRef: { kind, name: target }, minReplicas: 2, maxReplicas: 12 },
});

export const reviewObject = (at: Date, username = 'ana') => ({
  kind: 'SelfSubjectReview',
  metadata: { creationTimestamp: `${at.toISOString().slice(0, 19)}Z` },
  status: { userInfo: { username } },
});

export const listOf = (...items: readonly object[]) => ({ kind: 'List', items });
