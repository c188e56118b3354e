import * as kubernetes from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { type InClusterWatcher, loopbackKeys } from '../phases/inCluster';
import { filesRevision, watcherFiles } from './watcherFiles';
import { networkPolicySpec } from './watcherNetwork';
import { deploymentSpec, LABELS, WATCHER } from './watcherPod';

const RBAC = 'rbac.authorization.k8s.io';

export interface WatcherOptions extends pulumi.ComponentResourceOptions {
  /** What declares Role `denis-canary-watcher`. */
  readonly roles: pulumi.Resource;
  /** A secret that marks changes of the files without giving away what they hold. */
  readonly key: pulumi.Input<string>;
}

/** The watcher in the cluster: two pods, what they read, what they may do, whom they may reach. */
export class WatcherDeployment extends pulumi.ComponentResource {
  constructor(name: string, watcher: InClusterWatcher, { roles, key, ...options }: WatcherOptions) {
    super('denis:canary:WatcherDeployment', name, {}, options);
    const parent = { parent: this };
    const metadata = { name: WATCHER, labels: LABELS };
    const files = watcherFiles(watcher);
    for (const key of loopbackKeys(watcher.settings)) {
      void pulumi.log.warn(`${key} is an address of this machine; in a pod the same one is the pod itself`, this);
    }

    // The pods alone get its token.
    const account = new kubernetes.core.v1.ServiceAccount(
      WATCHER,
      { metadata, automountServiceAccountToken: false },
      parent,
    );
    const given = this.permissions(watcher.settings.namespace, roles, account);
    const secret = new kubernetes.core.v1.Secret(
      WATCHER,
      { metadata, type: 'Opaque', stringData: pulumi.secret(files) },
      { ...parent, additionalSecretOutputs: ['data', 'stringData'] },
    );
    const network = new kubernetes.networking.v1.NetworkPolicy(
      WATCHER,
      { metadata, spec: networkPolicySpec(watcher) },
      parent,
    );
    new kubernetes.policy.v1.PodDisruptionBudget(
      WATCHER,
      { metadata, spec: { minAvailable: 1, selector: { matchLabels: LABELS } } },
      parent,
    );
    const revision = pulumi.unsecret(pulumi.output(key).apply((value) => filesRevision(files, value)));
    new kubernetes.apps.v1.Deployment(
      WATCHER,
      {
        // A watcher that does not become ready must not hold the stack locked for the engine's ten minutes.
        metadata: { ...metadata, annotations: { 'pulumi.com/timeoutSeconds': '300' } },
        spec: deploymentSpec(watcher, revision),
      },
      { ...parent, dependsOn: [...given, secret, network] },
    );
    this.registerOutputs({});
  }

  private permissions(namespace: string, roles: pulumi.Resource, account: pulumi.Resource): pulumi.Resource[] {
    const parent = { parent: this };
    const metadata = { name: WATCHER, labels: LABELS };
    const subjects = [{ kind: 'ServiceAccount', name: WATCHER, namespace }];
    const role = (kind: string) => ({ apiGroup: RBAC, kind, name: WATCHER });
    // Less than `denis-canary-identity`: it makes no previews. Where an object is not there, kubectl looks whether its namespace is.
    const namespaces = ['kube-system', namespace];
    const identity = new kubernetes.rbac.v1.ClusterRole(
      WATCHER,
      {
        metadata,
        rules: [{ apiGroups: [''], resources: ['namespaces'], verbs: ['get'], resourceNames: namespaces }],
      },
      parent,
    );
    return [
      new kubernetes.rbac.v1.ClusterRoleBinding(
        WATCHER,
        { metadata, roleRef: role('ClusterRole'), subjects },
        { ...parent, dependsOn: [account, identity] },
      ),
      new kubernetes.rbac.v1.RoleBinding(
        WATCHER,
        { metadata, roleRef: role('Role'), subjects },
        { ...parent, dependsOn: [account, roles] },
      ),
    ];
  }
}
