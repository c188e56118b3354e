import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { missingNeeds } from '../../../act/permissions';
import type { AuditEntry, CommandResult, Sandbox } from '../../../sandbox/index';
import { waitFor } from '../../../sandbox/waitFor';
import { jsonOf } from '../../sandbox/support/world';
import { mark } from '../support/audit';
import { kubectl, makeLive, scraped, workers } from '../support/cluster';
import { startWatcherContainer, type WatcherContainer } from '../support/inCluster';
import { latchOf } from '../support/kill';
import { pulumi, up } from '../support/pulumi';
import { type Account, AccountClient, type Asked, accountOf, type Rule } from '../support/serviceAccount';
import { sharedSandbox } from '../support/sharedSandbox';
import { settingsWith } from '../support/world';

const WATCHER = 'denis-canary-watcher';

/** As much of KEDA as a kill writes to. */
const KEDA = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: scaledobjects.keda.sh }
spec:
  group: keda.sh
  scope: Namespaced
  names: { kind: ScaledObject, listKind: ScaledObjectList, plural: scaledobjects, singular: scaledobject }
  versions:
    - name: v1alpha1
      served: true
      storage: true
      schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } }
`;
const SCALED = `
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: { name: workers, namespace: denis }
spec: { scaleTargetRef: { name: denis-workers } }
`;

/** Everything that the account may do, written down once more: verb, resource, and the names where only these. */
const MAY: readonly (readonly [verb: string, resource: string, ...names: string[]])[] = [
  ['get', 'deployments.apps', 'denis', 'denis-workers'],
  ['patch', 'deployments.apps', 'denis', 'denis-workers'],
  ['patch', 'deployments.apps/scale', 'denis-workers'],
  ['list', 'replicasets.apps'],
  ['list', 'pods'],
  ['list', 'horizontalpodautoscalers.autoscaling'],
  ['get', 'scaledobjects.keda.sh'],
  ['list', 'scaledobjects.keda.sh'],
  ['patch', 'scaledobjects.keda.sh'],
  ['create', 'configmaps'],
  ['get', 'configmaps', 'denis-canary'],
  ['update', 'configmaps', 'denis-canary'],
  ['create', 'leases.coordination.k8s.io'],
  ['get', 'leases.coordination.k8s.io', WATCHER],
  ['update', 'leases.coordination.k8s.io', WATCHER],
  ['get', 'leases.coordination.k8s.io', 'denis-canary-move'],
  ['get', 'secrets', 'denis-kill-switch'],
  ['create', 'events'],
  ['get', 'namespaces', 'kube-system', 'denis'],
];

const VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'];
const MORE_VERBS = ['impersonate', 'bind', 'escalate', 'approve', 'resume', 'use', '*'];

/** What is asked for, each with every verb: by these names, and without one. */
const RESOURCES: readonly (readonly [resource: string, ...names: string[]])[] = [
  ['pods', 'denis-1'],
  ...['exec', 'attach', 'portforward', 'proxy', 'log', 'eviction', 'ephemeralcontainers', 'status', 'binding'].map(
    (sub): [string, string] => [`pods/${sub}`, 'denis-1'],
  ),
  ['secrets', 'denis-kill-switch', WATCHER, 'another'],
  ['configmaps', 'denis-canary', 'kube-root-ca.crt', 'another'],
  ['deployments.apps', 'denis', 'denis-workers', WATCHER, 'another'],
  ['deployments.apps/scale', 'denis', 'denis-workers', WATCHER, 'another'],
  ['deployments.apps/status', 'denis'],
  ['replicasets.apps', 'denis-1'],
  ['statefulsets.apps', 'another'],
  ['daemonsets.apps', 'another'],
  ['jobs.batch', 'another'],
  ['cronjobs.batch', 'another'],
  ['horizontalpodautoscalers.autoscaling', 'denis-workers'],
  ['scaledobjects.keda.sh', 'workers'],
  ['leases.coordination.k8s.io', WATCHER, 'denis-canary-move', 'another'],
  ['events', 'another'],
  ['services', 'denis'],
  ['endpoints', 'denis'],
  ['serviceaccounts', WATCHER, 'default'],
  ['serviceaccounts/token', WATCHER, 'default'],
  ['persistentvolumeclaims', 'another'],
  ['roles.rbac.authorization.k8s.io', WATCHER, 'denis-canary-resume'],
  ['rolebindings.rbac.authorization.k8s.io', WATCHER],
  ['clusterroles.rbac.authorization.k8s.io', WATCHER, 'cluster-admin'],
  ['clusterrolebindings.rbac.authorization.k8s.io', WATCHER],
  ['networkpolicies.networking.k8s.io', WATCHER],
  ['poddisruptionbudgets.policy', WATCHER],
  ['validatingadmissionpolicies.admissionregistration.k8s.io', 'denis-canary-exposure'],
  ['validatingadmissionpolicybindings.admissionregistration.k8s.io', 'denis-canary-exposure'],
  ['namespaces', 'kube-system', 'denis'],
  ['nodes', 'node-1'],
  ['nodes/proxy', 'node-1'],
  ['persistentvolumes', 'another'],
  ['customresourcedefinitions.apiextensions.k8s.io', 'scaledobjects.keda.sh'],
  ['certificatesigningrequests.certificates.k8s.io', 'another'],
  ['users', 'admin'],
  ['groups', 'system:masters'],
  ['*'],
];

/** `deployments.apps/scale` in the parts that a review has. */
function asked(verb: string, resource: string, name: string | undefined, namespace: string): Asked {
  const [kind = '', subresource] = resource.split('/');
  const [plural = '', ...group] = kind.split('.');
  return {
    ...{ verb, resource: plural, group: resource === '*' ? '*' : group.join('.'), namespace },
    ...(subresource === undefined ? {} : { subresource }),
    ...(name === undefined ? {} : { name }),
  };
}

/** A rule in single rights, as they stand in MAY. */
const rightsIn = (rules: readonly Rule[]): string[] =>
  rules.flatMap(({ verbs, apiGroups = [], resources = [], resourceNames = [] }) =>
    verbs.flatMap((verb) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => {
          const [kind, subresource] = resource.split('/');
          const full = `${kind}${group === '' ? '' : `.${group}`}${subresource === undefined ? '' : `/${subresource}`}`;
          return [[verb, full, ...resourceNames].join(' ')];
        }),
      ),
    ),
  );

describe('the watcher in the cluster', function () {
  this.timeout(180_000);
  let sandbox: Sandbox;
  let settings: string;
  let account: Account;
  let client: AccountClient;
  let container: WatcherContainer | undefined;

  before(async () => {
    sandbox = await sharedSandbox();
    settings = settingsWith(sandbox, 'in-cluster', {
      watcher: 'own',
      watcherImage: 'registry.example/denis-canary-watcher:0.1.0',
    });
    await makeLive(sandbox, 0, { enabled: false });
  });
  after(async () => {
    if (sandbox === undefined) return;
    await container?.remove();
    await sandbox.scenario('healthy');
    await kubectl(sandbox, ['delete', 'crd/scaledobjects.keda.sh', '--ignore-not-found']);
    await kubectl(sandbox, ['delete', `lease/${WATCHER}`, '--ignore-not-found']);
    await makeLive(sandbox, 0, { enabled: false });
  });

  const ours = async (): Promise<string[]> => {
    const kinds = [
      ...['deployment', 'serviceaccount', 'secret', 'networkpolicy', 'poddisruptionbudget', 'rolebinding'],
      ...['clusterrole', 'clusterrolebinding'],
    ];
    const { stdout } = await kubectl(sandbox, ['get', kinds.join(), '-o', 'name', '--ignore-not-found']);
    return stdout.split('\n').filter((name) => name.endsWith(`/${WATCHER}`));
  };

  it('is not declared by default', async () => {
    await up(sandbox, 'base');
    assert.deepEqual(await ours(), []);
  });

  it('is declared by the option, whole and ready', async () => {
    const { output } = await up(sandbox, 'base', { settings });
    assert.match(output, /canary:redis is an address of this machine; in a pod/);
    assert.equal((await ours()).length, 8);
    const deployment = await jsonOf<{ status: { readyReplicas: number }; spec: { template: object } }>(sandbox, [
      ...['-n', 'denis', 'get', 'deployment', WATCHER],
    ]);
    assert.equal(deployment.status.readyReplicas, 2);
    account = await accountOf(sandbox, WATCHER);
    client = new AccountClient(sandbox, account);
  });

  it('is a pod that a namespace of the restricted kind lets in', async () => {
    const { spec } = await jsonOf<{ spec: { template: { metadata: object; spec: { securityContext: object } } } }>(
      sandbox,
      [...['-n', 'denis', 'get', 'deployment', WATCHER]],
    );
    const namespace = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'restricted', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    };
    await kubectl(sandbox, ['create', '-f', '-'], JSON.stringify(namespace));
    const created = (podSpec: object): Promise<CommandResult> => {
      const pod = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'watcher', namespace: 'restricted' },
        spec: podSpec,
      };
      return sandbox.kubectl(['create', '--dry-run=server', '-f', '-'], { input: JSON.stringify(pod) });
    };
    const [whole, without] = [
      await created(spec.template.spec),
      await created({ ...spec.template.spec, securityContext: {} }),
    ];
    await kubectl(sandbox, ['delete', 'namespace/restricted', '--wait=false']);
    assert.equal(whole.code, 0, whole.stderr);
    assert.match(without.stderr, /violates PodSecurity "restricted/);
  });

  it('stays as it is when nothing has changed, and may be previewed by who may only read', async () => {
    await up(sandbox, 'base', { settings }, '--expect-no-changes');
    await kubectl(sandbox, ['create', 'rolebinding', 'reader', '--role=denis-canary-preview', '--user=nobody']);
    const identity = ['create', 'clusterrolebinding', 'reader', '--clusterrole=denis-canary-identity', '--user=nobody'];
    await kubectl(sandbox, identity);
    const kubeconfig = sandbox.kubeconfig('nobody');
    const { code, output } = await pulumi(sandbox, ['preview', '--stack', 'base', '--expect-no-changes'], {
      settings,
      kubeconfig,
    });
    await kubectl(sandbox, ['delete', 'rolebinding/reader', 'clusterrolebinding/reader']);
    assert.equal(code, 0, output);
  });

  describe('with its own token and the files of its image alone', () => {
    let since: number;
    let requests: readonly AuditEntry[];

    before(async () => {
      await kubectl(sandbox, ['apply', '-f', '-'], KEDA);
      await kubectl(sandbox, ['wait', '--for=condition=Established', '--timeout=20s', 'crd/scaledobjects.keda.sh']);
      await kubectl(sandbox, ['apply', '-f', '-'], SCALED);
      await makeLive(sandbox, 100, { workers: 10 });
      await scraped(sandbox);
      await kubectl(sandbox, ['delete', `lease/${WATCHER}`, '--ignore-not-found']);
      since = await mark(sandbox);
    });

    it('leads, and kills in an emergency, workers too', async () => {
      container = await startWatcherContainer(sandbox, account);
      await container.says(/ leads$/m, 30_000);
      await sandbox.scenario('global-errors', { rate: 0.2 });
      await container.says(/killing .*workers/, 60_000);
      await container.says(/^\S+ workers: .*ScaledObject workers is paused/m, 60_000);
      const latch = await latchOf(sandbox);
      assert.match(latch?.by ?? '', /^watcher /);
      assert.match(latch?.reason ?? '', /^EMERGENCY/);
      assert.equal(await workers(sandbox), 0);
    });

    it('writes down what it did, and stops when it is told to', async () => {
      const asks = async (): Promise<AuditEntry[]> =>
        (await sandbox.auditLog()).slice(since).filter(({ user }) => user.username === account.user);
      const told = async (): Promise<true | undefined> =>
        (await asks()).some(
          ({ verb, objectRef, requestObject }) =>
            verb === 'create' && objectRef?.resource === 'events' && /EMERGENCY/.test(JSON.stringify(requestObject)),
        ) || undefined;
      await waitFor(told, { what: 'an Event of the emergency', deadlineMs: 60_000 });
      assert.equal(await container!.stop(), 0, container!.output());
      requests = await asks();
      const records = await readFile(path.join(container!.journal, 'evidence.jsonl'), 'utf8');
      assert.match(records, /"verdict":"EMERGENCY"/);
    });

    it('was refused nothing, and asked for nothing beyond its rights', async () => {
      const refused = requests.filter(({ responseStatus }) => [401, 403].includes(responseStatus?.code ?? 0));
      assert.deepEqual(
        refused.map(({ verb, requestURI }) => `${verb} ${requestURI}`),
        [],
      );
      const rules = [...(await client.rules('denis'))];
      const needs = requests.flatMap(({ verb, objectRef }) => {
        const { resource, subresource, apiGroup: group = '', name } = objectRef ?? {};
        if (resource === undefined) return [];
        const full = subresource === undefined ? resource : `${resource}/${subresource}`;
        return [{ verb, group, resource: full, ...(name === undefined ? {} : { name }) }];
      });
      assert.ok(needs.length > 50);
      assert.deepEqual(missingNeeds(needs, rules), []);
    });

    it('used every right that it has, but for those of rarer cases', async () => {
      const used = new Set(
        requests.map(({ verb, objectRef }) => {
          const { resource, subresource, apiGroup } = objectRef ?? {};
          const group = apiGroup === undefined || apiGroup === '' ? '' : `.${apiGroup}`;
          return `${verb} ${resource}${group}${subresource === undefined ? '' : `/${subresource}`}`;
        }),
      );
      const unused = MAY.map(([verb, resource]) => `${verb} ${resource}`).filter((right) => !used.has(right));
      assert.deepEqual(unused, [
        // Where the API server refuses the patch of the workers.
        'patch deployments.apps/scale',
        // Where a kill finds no ledger.
        'create configmaps',
      ]);
    });

    it('has both of those', async () => {
      const scale = '/apis/apps/v1/namespaces/denis/deployments/denis-workers/scale?dryRun=All';
      assert.equal((await client.send('PATCH', scale, { spec: { replicas: 0 } })).status, 200);
      const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'denis-canary' } };
      const made = await client.send('POST', '/api/v1/namespaces/denis/configmaps?dryRun=All', map);
      assert.equal(made.status, 409, made.content);
    });
  });

  it('may do what is written down, and the API server knows of nothing more', async () => {
    const everybody = new Set(rightsIn(await new AccountClient(sandbox, await plain()).rules('denis')));
    const rights = rightsIn(await client.rules('denis')).filter((right) => !everybody.has(right));
    assert.deepEqual(rights.sort(), MAY.map((right) => right.join(' ')).sort());
    const elsewhere = rightsIn(await client.rules('default')).filter((right) => !everybody.has(right));
    assert.deepEqual(elsewhere, ['get namespaces kube-system denis']);
  });

  /** An account that nobody gave anything. */
  async function plain(): Promise<Account> {
    await kubectl(sandbox, ['create', 'serviceaccount', 'plain']);
    return accountOf(sandbox, 'plain');
  }

  it('is refused everything else, verb by verb', async () => {
    let questions = 0;
    const granted: string[] = [];
    const expected: string[] = [];
    for (const [resource, ...names] of RESOURCES) {
      for (const verb of [...VERBS, ...MORE_VERBS]) {
        for (const name of [undefined, ...names]) {
          const right = [verb, resource, name ?? '-'].join(' ');
          const may = MAY.some(
            ([itsVerb, its, ...only]) =>
              itsVerb === verb &&
              its === resource &&
              (only.length === 0 || (name !== undefined && only.includes(name))),
          );
          if (may) expected.push(right);
          questions += 1;
          if (await client.allowed(asked(verb, resource, name, 'denis'))) granted.push(right);
        }
      }
    }
    assert.ok(questions > 1000);
    assert.deepEqual(granted, expected);
  });

  it('has none of its rights in another namespace, and none in all of them', async () => {
    const granted: string[] = [];
    for (const [verb, resource, name] of MAY) {
      if (resource === 'namespaces') continue;
      for (const namespace of ['default', 'kube-system', '']) {
        if (await client.allowed(asked(verb, resource, name, namespace)))
          granted.push(`${verb} ${resource} ${namespace}`);
      }
    }
    assert.deepEqual(granted, []);
  });

  const real: readonly [method: string, path: string, body?: object][] = [
    ['GET', '/api/v1/namespaces/denis/secrets'],
    ['GET', `/api/v1/namespaces/denis/secrets/${WATCHER}`],
    ['GET', '/api/v1/pods'],
    ['GET', '/api/v1/namespaces/denis/pods?watch=true'],
    ['GET', '/api/v1/nodes'],
    ['DELETE', '/apis/apps/v1/namespaces/denis/deployments/denis'],
    ['PATCH', `/apis/apps/v1/namespaces/denis/deployments/${WATCHER}`, { spec: { replicas: 0 } }],
    ['DELETE', '/api/v1/namespaces/denis/configmaps/denis-canary'],
    ['PATCH', '/api/v1/namespaces/denis/configmaps/denis-canary', { data: {} }],
    ['DELETE', `/apis/coordination.k8s.io/v1/namespaces/denis/leases/${WATCHER}`],
    ['PUT', '/apis/coordination.k8s.io/v1/namespaces/denis/leases/denis-canary-move', { spec: {} }],
    ['POST', `/api/v1/namespaces/denis/serviceaccounts/${WATCHER}/token`, { spec: {} }],
    ['POST', '/api/v1/namespaces/denis/pods/denis-1/exec?command=id'],
    ['POST', '/api/v1/namespaces/denis/pods', { metadata: { name: 'x' }, spec: { containers: [] } }],
  ];
  for (const [method, path, body] of real) {
    it(`gets 403 for ${method} ${path}`, async () => {
      const { status, content } = await client.send(method, path, body);
      assert.equal(status, 403, content);
    });
  }

  // In a group of its own: those run after the tests above.
  describe('afterwards', () => {
    it('is gone without the option', async () => {
      await up(sandbox, 'base');
      assert.deepEqual(await ours(), []);
      await kubectl(sandbox, ['delete', 'serviceaccount/plain', '--ignore-not-found']);
      // The API server remembers a good token for some seconds.
      const refused = async (): Promise<true | undefined> =>
        (await client.send('GET', '/api/v1/namespaces/denis/pods')).status === 401 || undefined;
      await waitFor(refused, { what: 'the token to go with the account', deadlineMs: 45_000 });
    });
  });
});
