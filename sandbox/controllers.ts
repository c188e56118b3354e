import type { ProcessSpec } from './process';
import type { StateFolder } from './stateFolder';

/** What a rollout needs, and no more. node-lifecycle removes the not-ready taint; endpointslice would refuse the pods'
 * loopback addresses; the service account controllers have nothing to do without tokens. */
const CONTROLLERS = [
  'deployment-controller',
  'replicaset-controller',
  'namespace-controller',
  'garbage-collector-controller',
  'node-lifecycle-controller',
  // Says whether the types in the expressions of an admission policy are right.
  'validatingadmissionpolicy-status-controller',
];

/** Neither opens a port; whether they work shows in the pods. */
export function controllerManager(folder: StateFolder): ProcessSpec {
  return {
    name: 'kube-controller-manager',
    command: 'kube-controller-manager',
    args: [
      `--kubeconfig=${folder.kubeconfig('sandbox-controllers')}`,
      `--controllers=${CONTROLLERS.join(',')}`,
      '--leader-elect=false',
      '--secure-port=0',
      '--kube-api-qps=200',
      '--kube-api-burst=400',
      '--profiling=false',
    ],
    ready: async () => {},
    stopSignal: 'SIGKILL',
  };
}

export function scheduler(folder: StateFolder): ProcessSpec {
  return {
    name: 'kube-scheduler',
    command: 'kube-scheduler',
    args: [
      `--kubeconfig=${folder.kubeconfig('sandbox-scheduler')}`,
      '--leader-elect=false',
      '--secure-port=0',
      '--profiling=false',
    ],
    ready: async () => {},
    stopSignal: 'SIGKILL',
  };
}
