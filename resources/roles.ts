import * as kubernetes from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { LEDGER_NAME, MOVE_LEASE, TOKEN_SECRET, WATCHER_LEASE } from '../phases/names';
import type { BaseSettings } from '../phases/settings';
import { BINDINGS, POLICIES } from './admissionPolicy';
import { WATCHER } from './watcherPod';

type Rule = kubernetes.types.input.rbac.v1.PolicyRule;

/** One rule a line: verbs on resources of a group, of these names alone where names are given. */
const rule = (apiGroup: string, resources: string[], verbs: string[], resourceNames?: string[]): Rule => ({
  apiGroups: [apiGroup],
  resources,
  verbs,
  ...(resourceNames === undefined ? {} : { resourceNames }),
});

const READ = ['get', 'list', 'watch'];

/** To ask the pods, and tell them, from outside their network. `create` is enough for every `kubectl`: one that begins with `get` falls back to it. */
const FORWARD = rule('', ['pods/portforward'], ['create']);

/** Who may do what, as Roles without bindings: whom they are given to is the cluster's business. */
export class Roles extends pulumi.ComponentResource {
  constructor(name: string, settings: BaseSettings, options: pulumi.ComponentResourceOptions) {
    super('denis:canary:Roles', name, {}, options);
    const parent = { parent: this };
    for (const [role, rules] of Object.entries(rulesFor(settings))) {
      new kubernetes.rbac.v1.Role(role, { metadata: { name: role }, rules }, parent);
    }
    new kubernetes.rbac.v1.ClusterRole(
      'denis-canary-identity',
      {
        metadata: { name: 'denis-canary-identity' },
        rules: [
          rule('', ['namespaces'], ['get'], ['kube-system']),
          // So that a preview of the stack that made them can compare.
          rule('rbac.authorization.k8s.io', ['clusterroles'], ['get'], ['denis-canary-identity']),
          rule('admissionregistration.k8s.io', ['validatingadmissionpolicies'], ['get'], POLICIES),
          rule('admissionregistration.k8s.io', ['validatingadmissionpolicybindings'], ['get'], BINDINGS),
          ...(settings.watcherImage === undefined
            ? []
            : [rule('rbac.authorization.k8s.io', ['clusterroles', 'clusterrolebindings'], ['get'], [WATCHER])]),
        ],
      },
      parent,
    );
    this.registerOutputs({});
  }
}

type RoleSettings = Pick<BaseSettings, 'deployment' | 'workers' | 'podAccess' | 'watcherImage'>;

/** Create cannot be limited to names; everything else is. Pure, so that the permissions can be read and tested. */
export function rulesFor(settings: RoleSettings): Record<string, Rule[]> {
  const { deployment, workers, podAccess, watcherImage } = settings;
  // The provider's wait reads more than the move itself: without these it looks like a hang.
  const observe = [
    rule('apps', ['deployments', 'replicasets'], READ),
    rule('', ['pods', 'persistentvolumeclaims', 'events'], READ),
    rule('autoscaling', ['horizontalpodautoscalers'], READ),
    rule('', ['configmaps'], ['get'], [LEDGER_NAME]),
    rule('', ['secrets'], ['get'], [TOKEN_SECRET]),
    rule('coordination.k8s.io', ['leases'], ['get'], [MOVE_LEASE, WATCHER_LEASE]),
    ...(podAccess === 'port-forward' ? [FORWARD] : []),
  ];
  const ledger = [rule('', ['configmaps'], ['create']), rule('', ['configmaps'], ['update', 'patch'], [LEDGER_NAME])];
  const lease = (name: string) => [
    rule('coordination.k8s.io', ['leases'], ['create']),
    rule('coordination.k8s.io', ['leases'], ['update', 'patch'], [name]),
  ];
  // Evidence: the summary of each permit, refusal and decision on the Deployment.
  const evidence = [rule('', ['events'], ['create'])];
  const turnOff = [rule('apps', ['deployments'], ['patch'], [deployment, workers])];
  // What would start the workers again, and the plan's own command where a patch does not do.
  const keda = rule('keda.sh', ['scaledobjects'], ['get', 'list', 'patch']);
  const workersOff = [keda, rule('apps', ['deployments/scale'], ['update', 'patch'], [workers])];
  const moving = {
    'denis-canary-up': [
      ...observe,
      ...evidence,
      ...ledger,
      ...lease(MOVE_LEASE),
      ...turnOff,
      rule('autoscaling', ['horizontalpodautoscalers'], ['patch']),
    ],
    'denis-canary-kill': [...observe, ...evidence, ...ledger, ...turnOff, ...workersOff],
    'denis-canary-watcher': watcherRules(settings),
    'denis-canary-resume': [
      ...observe,
      ...evidence,
      ...ledger,
      ...lease(MOVE_LEASE),
      ...turnOff,
      keda,
      // No verb of Kubernetes: the admission policy lets a latch be taken away by whoever has it.
      rule('apps', ['deployments'], ['resume'], [deployment]),
      rule('', ['configmaps'], ['resume'], [LEDGER_NAME]),
    ],
  };
  // Reads what the others read, and these Roles themselves: a preview of every stack, and no write.
  const names = [...Object.keys(moving), 'denis-canary-preview'];
  return {
    ...moving,
    'denis-canary-preview': [
      ...observe,
      rule('rbac.authorization.k8s.io', ['roles'], ['get'], names),
      ...(watcherImage === undefined ? [] : watcherPreview),
    ],
  };
}

/** To compare what `base` declares of the watcher in the cluster. */
const watcherPreview = [
  rule('', ['serviceaccounts', 'secrets'], ['get'], [WATCHER]),
  rule('rbac.authorization.k8s.io', ['rolebindings'], ['get'], [WATCHER]),
  rule('networking.k8s.io', ['networkpolicies'], ['get'], [WATCHER]),
  rule('policy', ['poddisruptionbudgets'], ['get'], [WATCHER]),
];

/** Exactly the requests of `npm run watch`: it goes through no provider, so it watches nothing and reads no more than it judges by. */
function watcherRules({ deployment, workers, podAccess, watcherImage }: RoleSettings): Rule[] {
  // In the cluster it is inside the network of the pods.
  const forwards = podAccess === 'port-forward' && watcherImage === undefined;
  return [
    rule('apps', ['replicasets'], ['list']),
    rule('', ['pods'], ['list']),
    rule('autoscaling', ['horizontalpodautoscalers'], ['list']),
    // Each patch of kubectl reads its object first.
    rule('apps', ['deployments'], ['get', 'patch'], [deployment, workers]),
    // Where a patch of the workers is refused: the plan's own command.
    rule('apps', ['deployments/scale'], ['patch'], [workers]),
    // What would start the workers again.
    rule('keda.sh', ['scaledobjects'], ['get', 'list', 'patch']),
    rule('', ['configmaps'], ['create']),
    rule('', ['configmaps'], ['get', 'update'], [LEDGER_NAME]),
    rule('coordination.k8s.io', ['leases'], ['create']),
    rule('coordination.k8s.io', ['leases'], ['get', 'update'], [WATCHER_LEASE]),
    // Whether a kill meets a move that is under way.
    rule('coordination.k8s.io', ['leases'], ['get'], [MOVE_LEASE]),
    rule('', ['secrets'], ['get'], [TOKEN_SECRET]),
    rule('', ['events'], ['create']),
    // A forward looks at its pod first.
    ...(forwards ? [FORWARD, rule('', ['pods'], ['get'])] : []),
  ];
}
