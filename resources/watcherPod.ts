import type * as kubernetes from '@pulumi/kubernetes';
import type * as pulumi from '@pulumi/pulumi';
import type { InClusterWatcher } from '../phases/inCluster';
import { WATCHER_LEASE } from '../phases/names';
import { FILES, KUBECONFIG_FILE, SETTINGS_FILE } from './watcherFiles';

type DeploymentSpec = kubernetes.types.input.apps.v1.DeploymentSpec;
type Container = kubernetes.types.input.core.v1.Container;

/** Of all its objects, and of the Lease that it holds. */
export const WATCHER = WATCHER_LEASE;
export const LABELS = { app: WATCHER } as const;
/** Where page, metrics and health are served. */
export const PAGE_PORT = 9184;

/** Of no account of the image or of a node. */
const USER = 10_001;
const STATE = '/var/lib/denis-canary';
const TEMPORARY = '/tmp';

/** Two: one leads, the other takes over within 40 s; a node that dies takes minutes to be noticed. */
export function deploymentSpec(
  { image, volume }: Pick<InClusterWatcher, 'image' | 'volume'>,
  revision: pulumi.Input<string>,
): DeploymentSpec {
  return {
    replicas: 2,
    revisionHistoryLimit: 5,
    progressDeadlineSeconds: 240,
    selector: { matchLabels: LABELS },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    template: {
      metadata: { labels: LABELS, annotations: { 'canary.denis.run/files': revision } },
      spec: {
        serviceAccountName: WATCHER,
        automountServiceAccountToken: true,
        enableServiceLinks: false,
        // The last tick, a kill that is not over (30 s), what is still to be told (5 s).
        terminationGracePeriodSeconds: 60,
        securityContext: {
          runAsNonRoot: true,
          runAsUser: USER,
          runAsGroup: USER,
          fsGroup: USER,
          fsGroupChangePolicy: 'OnRootMismatch',
          seccompProfile: { type: 'RuntimeDefault' },
        },
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: 'kubernetes.io/hostname',
            whenUnsatisfiable: 'ScheduleAnyway',
            labelSelector: { matchLabels: LABELS },
          },
        ],
        containers: [container(image)],
        volumes: [
          { name: 'files', secret: { secretName: WATCHER, defaultMode: 0o440 } },
          { name: 'temporary', emptyDir: { sizeLimit: '64Mi' } },
          volume === undefined
            ? { name: 'journal', emptyDir: { sizeLimit: '1Gi' } }
            : { name: 'journal', persistentVolumeClaim: { claimName: volume } },
        ],
      },
    },
  };
}

function container(image: string): Container {
  const health = { httpGet: { path: '/healthz', port: 'http' }, timeoutSeconds: 2 };
  return {
    name: 'watcher',
    image,
    // On every address of the pod: `kubectl port-forward` comes by the loopback one, Prometheus and kubelet by the other.
    args: ['--host', '0.0.0.0', '--port', String(PAGE_PORT)],
    env: [
      { name: 'KUBECONFIG', value: `${FILES}/${KUBECONFIG_FILE}` },
      { name: 'PULUMI_OPTION_CONFIG_FILE', value: `${FILES}/${SETTINGS_FILE}` },
      { name: 'XDG_STATE_HOME', value: STATE },
      { name: 'HOME', value: TEMPORARY },
      { name: 'TMPDIR', value: TEMPORARY },
      // What kubectl knows of the API; without it each command would ask for all of it.
      { name: 'KUBECACHEDIR', value: `${TEMPORARY}/kube-cache` },
    ],
    ports: [{ name: 'http', containerPort: PAGE_PORT, protocol: 'TCP' }],
    // /healthz is 503 until the first tick is over, and from 60 s after the last one.
    startupProbe: { ...health, periodSeconds: 5, failureThreshold: 24 },
    readinessProbe: { ...health, periodSeconds: 10, failureThreshold: 1 },
    livenessProbe: { ...health, periodSeconds: 15, failureThreshold: 3 },
    // The process stays below 120 MB; the commands of kubectl beside it, up to five at once, need 50 MB each.
    resources: { requests: { cpu: '200m', memory: '256Mi' }, limits: { cpu: '1', memory: '512Mi' } },
    securityContext: {
      privileged: false,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [
      { name: 'files', mountPath: FILES, readOnly: true },
      { name: 'temporary', mountPath: TEMPORARY },
      { name: 'journal', mountPath: STATE },
    ],
  };
}
