import { ANNOTATIONS, LEDGER_NAME, TOKEN_SECRET, WATCHER_LEASE } from '../phases/names';
import type { ClusterSettings } from '../phases/settings';
import { type UnixSeconds, unixSeconds } from '../phases/units';
import { UserError } from '../phases/userError';
import {
  type ClusterState,
  type DenisState,
  type PodState,
  type Reading,
  read,
  unreadable,
  type WorkersState,
} from '../rollout/cluster';
import type { WatcherLease } from '../rollout/heartbeat';
import type { OomKill } from '../rollout/witness';
import { containerNamed, exposureOf, wiringOf } from './environment';
import { complaint, type Kubectl, type KubectlResult } from './kubectl';
import {
  annotations,
  controllerOf,
  type KubeObject,
  number,
  objectNamed,
  objectsIn,
  type ReplicaSet,
  type Workload,
} from './kubeObjects';
import type { Lease } from './lease';
import { storedLedger } from './storedLedger';
import { oomKillsIn } from './workerOom';

/** The token serves the kill state alone, the watcher's Lease moves up alone: whoever may not read them goes on without. */
const NOT_NEEDED = [TOKEN_SECRET, WATCHER_LEASE];
const plainly = (denied: string): string => denied.replace(/^Error from server \(Forbidden\): /, '');

/** The sandbox's mark, a label of namespace kube-system. */
export const SANDBOX_MARK = 'canary.denis.run/sandbox';

export interface ClusterReading {
  readonly state: ClusterState;
  /** The kill switch's token, a secret: kept out of the state, which is shown and stored. */
  readonly token: string | undefined;
  /** Of the worker pods that could be listed. */
  readonly oomKills: readonly OomKill[];
}

/**
 * Reads the cluster in three commands at once.
 * @throws UserError `cluster` when it cannot be reached or read, `wrong-cluster` when it is another one than the settings name
 */
export async function readCluster(kubectl: Kubectl, cluster: ClusterSettings): Promise<ClusterReading> {
  const named = [
    'namespace/kube-system',
    `deployment/${cluster.deployment}`,
    `deployment/${cluster.workers}`,
    `configmap/${LEDGER_NAME}`,
    `secret/${TOKEN_SECRET}`,
    `lease/${WATCHER_LEASE}`,
  ];
  const [main, lists, whoami] = await Promise.all([
    kubectl(['get', ...named, '--ignore-not-found', '-o', 'json']),
    kubectl(['get', 'replicasets,pods,horizontalpodautoscalers', '-o', 'json']),
    kubectl(['auth', 'whoami', '-o', 'json']),
  ]);
  const objects = objectsIn(main.stdout);
  const found = (kind: string, name: string) => objectNamed(objects, kind, name);

  const system = found('Namespace', 'kube-system');
  checkIdentity(system, main, cluster);
  const denied = main.code === 0 ? [] : main.stderr.split('\n').filter((line) => /forbidden/i.test(line));
  const needed = denied.filter((line) => !NOT_NEEDED.some((name) => line.includes(`"${name}"`)));
  if (needed.length > 0) {
    throw new UserError(
      'cluster',
      `${whoIs(whoami)} may not read what every move needs: ${plainly(needed[0]!)}; bind the Role denis-canary-up (docs/settings.md)`,
    );
  }
  const listed = objectsIn(lists.stdout);
  const unread =
    lists.code === 0 ? [] : [`the pods of namespace ${cluster.namespace} cannot be read: ${complaint(lists)}`];
  const deployment = found('Deployment', cluster.deployment) as Workload | undefined;
  const workers = found('Deployment', cluster.workers) as Workload | undefined;
  const watcher = watcherIn(found('Lease', WATCHER_LEASE) as Lease | undefined, denied);
  return {
    state: {
      uid: system!.metadata.uid,
      context: cluster.context,
      serverTime: serverTimeOf(whoami),
      sandbox: system!.metadata.labels?.[SANDBOX_MARK] === 'true',
      denis: deployment === undefined ? undefined : denisState(deployment, listed, cluster),
      workers: workers === undefined ? undefined : workersState(workers, listed),
      ledger: storedLedger(found('ConfigMap', LEDGER_NAME)),
      ...(watcher === undefined ? {} : { watcher }),
      unread,
    },
    token: tokenIn(found('Secret', TOKEN_SECRET)),
    oomKills: oomKillsIn(listed, workers),
  };
}

/**
 * The pods of Denis, of the cluster that the settings name.
 * @throws UserError as {@link readCluster}, and `cluster` when there is no Deployment or its pods cannot be listed
 */
export async function readPods(kubectl: Kubectl, cluster: ClusterSettings): Promise<readonly PodState[]> {
  const { denis, unread } = (await readCluster(kubectl, cluster)).state;
  if (unread.length > 0) throw new UserError('cluster', unread.join('; '));
  if (denis !== undefined) return denis.pods;
  throw new UserError(
    'cluster',
    `namespace ${cluster.namespace} has no Deployment ${cluster.deployment}; check canary:namespace and canary:deployment`,
  );
}

/** @param denied what kubectl was forbidden to read */
function watcherIn(lease: Lease | undefined, denied: readonly string[]): Reading<WatcherLease> | undefined {
  if (lease === undefined) {
    const line = denied.find((one) => one.includes(`"${WATCHER_LEASE}"`));
    return line === undefined ? undefined : unreadable(plainly(line));
  }
  const { holderIdentity, renewTime } = lease.spec ?? {};
  const renewed = Date.parse(renewTime ?? '') / 1000;
  const held = holderIdentity !== undefined && holderIdentity !== '' && !Number.isNaN(renewed);
  return read({
    heartbeat: held ? { holder: holderIdentity, renewedAt: unixSeconds(renewed) } : undefined,
    status: annotations(lease)[ANNOTATIONS.status],
  });
}

/** The kill switch's token, of its Secret. */
export function tokenIn(secret: KubeObject | undefined): string | undefined {
  const token = secret?.data?.['token'];
  return token === undefined ? undefined : Buffer.from(token, 'base64').toString('utf8');
}

function checkIdentity(system: KubeObject | undefined, main: KubectlResult, cluster: ClusterSettings): void {
  if (system === undefined) throw unreachable(main, cluster);
  if (system.metadata.uid !== cluster.clusterUid) throw wrongCluster(system.metadata.uid, cluster);
}

export function wrongCluster(uid: string, cluster: ClusterSettings): UserError {
  return new UserError(
    'wrong-cluster',
    `context ${cluster.context} is another cluster than the settings name: namespace kube-system has UID ${uid}, canary:clusterUid is ${cluster.clusterUid}; choose the right kubeconfig (KUBECONFIG), or set canary:clusterUid if the cluster is the intended one`,
  );
}

export function unreachable(main: KubectlResult, { context }: ClusterSettings): UserError {
  const said = complaint(main);
  if (/context .* does not exist/.test(main.stderr)) {
    return new UserError(
      'cluster',
      `the kubeconfig has no context ${context}; set KUBECONFIG to the file that has it, or correct canary:context (kubectl config get-contexts)`,
    );
  }
  const hidden = main.stderr.split('\n').find((line) => /namespaces "kube-system" is forbidden/.test(line));
  if (hidden !== undefined) {
    return new UserError(
      'cluster',
      `reading namespace kube-system is forbidden, which is how the cluster is recognised: ${complaint({ ...main, stderr: hidden })}; bind the ClusterRole denis-canary-identity`,
    );
  }
  return new UserError(
    'cluster',
    `the cluster of context ${context} cannot be read: ${said}; check KUBECONFIG, the network and the API server`,
  );
}

/** The API server stamps its own time on the review of who asks. */
function serverTimeOf(whoami: KubectlResult): UnixSeconds | undefined {
  const [review] = objectsIn(whoami.stdout);
  const time = Date.parse(review?.metadata?.creationTimestamp ?? '');
  return Number.isNaN(time) ? undefined : unixSeconds(time / 1000);
}

function whoIs(whoami: KubectlResult): string {
  const [review] = objectsIn(whoami.stdout) as (KubeObject & { status?: { userInfo?: { username?: string } } })[];
  return review?.status?.userInfo?.username ?? 'this user';
}

/** @param listed ReplicaSets and pods of the namespace */
export function denisState(deployment: Workload, listed: readonly KubeObject[], cluster: ClusterSettings): DenisState {
  const template = deployment.spec.template;
  const owned = (listed as ReplicaSet[]).filter(
    (object) => object.kind === 'ReplicaSet' && controllerOf(object) === deployment.metadata.uid,
  );
  const newest = owned.reduce<ReplicaSet | undefined>(
    (best, one) => (best === undefined || revision(one) > revision(best) ? one : best),
    undefined,
  );
  const names = new Map(owned.map(({ metadata }) => [metadata.uid, metadata.name]));
  const container = containerNamed(template.spec, cluster.container);
  const notes = annotations(template);
  return {
    uid: deployment.metadata.uid,
    image: container?.image ?? '',
    replicas: deployment.spec.replicas ?? 1,
    template: { pct: notes[ANNOTATIONS.pct], enabled: notes[ANNOTATIONS.enabled], move: notes[ANNOTATIONS.move] },
    wiring: wiringOf(container),
    effective: exposureOf(container, notes),
    latch: annotations(deployment)[ANNOTATIONS.latch],
    newestReplicaSet:
      newest === undefined
        ? undefined
        : {
            uid: newest.metadata.uid,
            createdAt: unixSeconds(Date.parse(newest.metadata.creationTimestamp ?? '') / 1000),
          },
    pods: listed
      .filter((object): object is PodObject => object.kind === 'Pod' && names.has(controllerOf(object) ?? ''))
      .map((pod) => podState(pod, cluster)),
  };
}

const revision = ({ metadata }: ReplicaSet): number =>
  Number(metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0);

type PodObject = KubeObject & {
  readonly spec: Workload['spec']['template']['spec'];
  readonly status?: {
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
};

function podState(pod: PodObject, cluster: ClusterSettings): PodState {
  const notes = annotations(pod);
  const ready = pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
  return {
    name: pod.metadata.name,
    ip: pod.status?.podIP,
    ready: ready && pod.metadata.deletionTimestamp === undefined,
    replicaSet: controllerOf(pod),
    move: number(notes[ANNOTATIONS.move]),
    serves: exposureOf(containerNamed(pod.spec, cluster.container), notes),
  };
}

type Autoscaler = KubeObject & {
  readonly spec: {
    readonly scaleTargetRef: { readonly kind: string; readonly name: string };
    readonly minReplicas?: number;
    readonly maxReplicas: number;
  };
};

/** @param listed autoscalers of the namespace */
export function workersState(deployment: Workload, listed: readonly KubeObject[]): WorkersState {
  const scaler = listed.find((object): object is Autoscaler => {
    if (object.kind !== 'HorizontalPodAutoscaler') return false;
    const { kind, name } = (object as Autoscaler).spec.scaleTargetRef;
    return kind === 'Deployment' && name === deployment.metadata.name;
  });
  return {
    replicas: deployment.spec.replicas ?? 1,
    readyPods: deployment.status?.readyReplicas ?? 0,
    autoscaler:
      scaler === undefined
        ? undefined
        : {
            kind: scaler.kind,
            name: scaler.metadata.name,
            min: scaler.spec.minReplicas ?? 1,
            max: scaler.spec.maxReplicas,
          },
  };
}
