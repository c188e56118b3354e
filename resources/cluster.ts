import * as kubernetes from '@pulumi/kubernetes';
import type { ClusterSettings } from '../phases/settings';

/** The one provider of a stack: same kubeconfig and context as kubectl; the pinned UID is the cluster's identity, so that nothing is ever replaced. */
export function clusterProvider(cluster: ClusterSettings): kubernetes.Provider {
  return new kubernetes.Provider('cluster', {
    // Empty is the kubeconfig of each run's environment. Left out, the path of one machine would go into the state, and every other machine's refresh would fail on it.
    kubeconfig: '',
    context: cluster.context,
    namespace: cluster.namespace,
    clusterIdentifier: cluster.clusterUid,
    enableServerSideApply: true,
    suppressDeprecationWarnings: true,
  });
}
