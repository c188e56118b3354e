import assert from 'node:assert/strict';
import { parseBaseSettings } from '../../phases/settings';
import { Base } from '../../resources/base';
import { KillSwitchToken } from '../../resources/killSwitchToken';
import { Roles, rulesFor } from '../../resources/roles';
import { only, registrationsOf } from './support/registrations';

const CLUSTER = parseBaseSettings({ context: 'prod', clusterUid: 'uid-1', namespace: 'ns' });

/** How the engine's protocol marks a secret value. */
const SIGNATURE = '4dabf18193072939515e22adb298388d';
const SECRET = '1b47061264138c4ac30d75fd1eb44270';

describe('KillSwitchToken', () => {
  it('puts a long random token without special characters into the Secret, in text that is secret in the state too', async () => {
    const registered = await registrationsOf(() => new KillSwitchToken('kill-switch', {}));
    const password = only(registered, 'random:index/randomPassword:RandomPassword');
    assert.equal(password.inputs['length'], 48);
    assert.equal(password.inputs['special'], false);
    assert.equal(password.parent, 'kill-switch');
    const secret = only(registered, 'kubernetes:core/v1:Secret');
    assert.deepEqual(secret.inputs['metadata'], { name: 'denis-kill-switch' });
    assert.equal(secret.inputs['type'], 'Opaque');
    assert.deepEqual(new Set(secret.secretOutputs), new Set(['data', 'stringData']));
    assert.deepEqual(secret.inputs['stringData'], { [SIGNATURE]: SECRET, value: { token: 'made at random' } });
    assert.equal(secret.parent, 'kill-switch');
    assert.equal(secret.retainOnDelete, false, 'it is a whole resource, not a patch');
    assert.equal(registered.length, 3);
  });
});

describe('Roles', () => {
  const rolesOf = async () => registrationsOf(() => new Roles('roles', CLUSTER, {}));

  it('are one for each kind of work, and one ClusterRole that reads which cluster it is', async () => {
    const registered = await rolesOf();
    const roles = registered.filter(({ type }) => type === 'kubernetes:rbac.authorization.k8s.io/v1:Role');
    const names = [
      'denis-canary-up',
      'denis-canary-kill',
      'denis-canary-watcher',
      'denis-canary-resume',
      'denis-canary-preview',
    ];
    assert.deepEqual(roles.map(({ name }) => name).sort(), [...names].sort());
    for (const { name, inputs, parent } of roles) {
      assert.deepEqual(inputs['metadata'], { name });
      assert.equal(parent, 'roles');
      assert.deepEqual(inputs['rules'], rulesFor(CLUSTER)[name]);
    }
    const identity = only(registered, 'kubernetes:rbac.authorization.k8s.io/v1:ClusterRole');
    assert.deepEqual(identity.inputs['rules'], [
      { apiGroups: [''], resources: ['namespaces'], verbs: ['get'], resourceNames: ['kube-system'] },
      {
        apiGroups: ['rbac.authorization.k8s.io'],
        resources: ['clusterroles'],
        verbs: ['get'],
        resourceNames: ['denis-canary-identity'],
      },
      {
        apiGroups: ['admissionregistration.k8s.io'],
        resources: ['validatingadmissionpolicies'],
        verbs: ['get'],
        resourceNames: ['denis-canary-exposure', 'denis-canary-ledger'],
      },
      {
        apiGroups: ['admissionregistration.k8s.io'],
        resources: ['validatingadmissionpolicybindings'],
        verbs: ['get'],
        resourceNames: ['denis-canary-exposure', 'denis-canary-permitted', 'denis-canary-ledger'],
      },
    ]);
    assert.ok(
      registered.every(({ type }) => !/Binding/.test(type)),
      'whom they are given to is not ours',
    );
  });

  it('allow writing to nothing but the two Deployments, the scale of the workers, the autoscalers, ledger, Leases and Events; a resume has its own verb', () => {
    const written = new Map<string, Set<string>>();
    for (const [role, rules] of Object.entries(rulesFor({ deployment: 'api', workers: 'jobs', podAccess: 'direct' }))) {
      const targets = new Set<string>();
      for (const { resources, verbs, resourceNames } of rules as {
        resources: string[];
        verbs: string[];
        resourceNames?: string[];
      }[]) {
        for (const verb of verbs.filter((one) => !['get', 'list', 'watch'].includes(one))) {
          for (const resource of resources) targets.add(`${verb} ${resource} ${resourceNames?.join(',') ?? '*'}`);
        }
      }
      written.set(role, targets);
    }
    const ledger = [
      'create events *',
      'create configmaps *',
      'update configmaps denis-canary',
      'patch configmaps denis-canary',
    ];
    const lease = (name: string) => ['create leases *', `update leases ${name}`, `patch leases ${name}`];
    const deployments = ['patch deployments api,jobs'];
    const keda = ['patch scaledobjects *'];
    const scale = ['update deployments/scale jobs', 'patch deployments/scale jobs'];
    const expected = {
      'denis-canary-up': [...ledger, ...lease('denis-canary-move'), ...deployments, 'patch horizontalpodautoscalers *'],
      'denis-canary-kill': [...ledger, ...deployments, ...scale, ...keda],
      // Whole objects alone, as `kubectl replace` writes them.
      'denis-canary-watcher': [
        ...[...ledger, ...lease('denis-canary-watcher')].filter((one) => !one.startsWith('patch ')),
        ...deployments,
        'patch deployments/scale jobs',
        ...keda,
      ],
      'denis-canary-resume': [
        ...ledger,
        ...lease('denis-canary-move'),
        ...deployments,
        ...keda,
        'resume deployments api',
        'resume configmaps denis-canary',
      ],
      'denis-canary-preview': [],
    };
    for (const [role, targets] of Object.entries(expected)) {
      assert.deepEqual([...(written.get(role) ?? [])].sort(), [...targets].sort(), role);
    }
    assert.equal(written.size, 5);
  });

  it('reach into pods only where they are asked from outside their network, the watcher not where it runs in the cluster', () => {
    const reach = (changes: Readonly<Record<string, unknown>>): string[] => {
      const roles = rulesFor({ ...CLUSTER, ...changes });
      return Object.keys(roles).filter((role) =>
        roles[role]!.some(({ resources }) => (resources as string[]).includes('pods/portforward')),
      );
    };
    const image = { watcherImage: 'registry.example/watcher:1' };
    assert.deepEqual(reach({}), []);
    const all = ['up', 'kill', 'watcher', 'resume', 'preview'].map((role) => `denis-canary-${role}`);
    assert.deepEqual(reach({ podAccess: 'port-forward' }), all);
    assert.deepEqual(
      reach({ podAccess: 'port-forward', ...image }),
      all.filter((role) => role !== 'denis-canary-watcher'),
    );
  });

  it('read no Secret but the one of the kill switch', () => {
    for (const rules of Object.values(rulesFor(CLUSTER))) {
      for (const { resources, verbs, resourceNames } of rules) {
        if (!(resources as string[]).some((resource) => resource === 'secrets' || resource === '*')) continue;
        assert.deepEqual([verbs, resourceNames], [['get'], ['denis-kill-switch']]);
      }
    }
  });
});

describe('Base', () => {
  it('writes through a provider that is pinned to the cluster of the settings', async () => {
    const registered = await registrationsOf(() => new Base('base', CLUSTER), { stack: 'base' });
    assert.deepEqual(only(registered, 'pulumi:providers:kubernetes').inputs, {
      context: 'prod',
      namespace: 'ns',
      kubeconfig: '',
      clusterIdentifier: 'uid-1',
      enableServerSideApply: 'true',
      suppressDeprecationWarnings: 'true',
    });
    const components = registered.filter(({ type }) => type.startsWith('denis:canary:')).map(({ type }) => type);
    assert.deepEqual(components.sort(), ['denis:canary:Base', 'denis:canary:KillSwitchToken', 'denis:canary:Roles']);
  });

  const withOptions = (own: Record<string, string>) =>
    registrationsOf(() => new Base('base', parseBaseSettings({ ...CLUSTER, ...own })), { stack: 'base' });
  const CONFIG_MAP = 'kubernetes:core/v1:ConfigMap';
  const RULE = 'kubernetes:monitoring.coreos.com/v1:PrometheusRule';

  it('declares neither dashboard nor alerts unless it is told to', async () => {
    const registered = await withOptions({ dashboard: 'false', baselineChatP99: '0.3' });
    assert.deepEqual(
      registered.filter(({ type }) => [CONFIG_MAP, RULE].includes(type)),
      [],
    );
  });

  it('declares the dashboard where the sidecar of Grafana looks for it', async () => {
    const registered = await withOptions({ dashboard: 'true' });
    const { inputs, parent } = only(registered, CONFIG_MAP);
    assert.deepEqual(inputs['metadata'], {
      name: 'materializers-canary-dashboard',
      labels: { grafana_dashboard: '1' },
    });
    assert.equal(parent, 'dashboard');
    const [[file, json] = []] = Object.entries(inputs['data'] as Record<string, string>);
    assert.equal(file, 'materializers-canary.json');
    assert.equal(JSON.parse(json!).uid, 'materializers-canary');
    assert.ok(!registered.some(({ type }) => type === RULE));
  });

  it('declares the alert rules as a PrometheusRule', async () => {
    const registered = await withOptions({ alertRules: 'true', baselineChatP99: '0.3' });
    const { inputs, parent } = only(registered, RULE);
    assert.equal(inputs['apiVersion'], 'monitoring.coreos.com/v1');
    assert.equal(inputs['kind'], 'PrometheusRule');
    assert.deepEqual(inputs['metadata'], { name: 'materializers-canary' });
    assert.equal(parent, 'alert-rules');
    const { groups } = inputs['spec'] as { groups: { name: string; rules: object[] }[] };
    assert.deepEqual(
      groups.map(({ name, rules }) => [name, rules.length]),
      [
        ['materializers-canary-1', 2],
        ['materializers-canary-10', 4],
        ['materializers-canary-50', 6],
        ['materializers-canary-100', 7],
      ],
    );
    assert.ok(!registered.some(({ type }) => type === CONFIG_MAP));
  });
});
