import * as kubernetes from '@pulumi/kubernetes';
import type { ClusterSettings } from '../phases/settings';

/** The one provider of a stack: same kubeconfig and context as kubectl; the pinned UID is the cluster's identity, so that nothing is ever replaced. */
export function clusterProvider(cluster: ClusterSettings): kubernetes.Provider {
  return new kubernetes.Provider('cluster', {
    context: cluster.context,
    namespace: cluster.namespace,
    clusterIdentifier: cluster.clusterUid,
    enableServerSideApply: true,
    suppressDeprecationWarnings: true,
  });
}
