import assert from 'node:assert/strict';
import { parseBaseSettings, parseSettings, rawSettings } from '../../phases/settings';
import { declareBase } from '../../resources/base';
import { rulesFor } from '../../resources/roles';
import { filesRevision, watcherFiles } from '../../resources/watcherFiles';
import { deploymentSpec } from '../../resources/watcherPod';
import { only, type Registration, registrationsOf } from './support/registrations';
import { IN_CLUSTER, watcherWith } from './support/watcherSettings';

const WATCHER = 'denis-canary-watcher';
const SECRET = '1b47061264138c4ac30d75fd1eb44270';

interface Pod {
  readonly spec: Record<string, unknown> & {
    readonly containers: readonly (Record<string, unknown> & {
      readonly env: readonly { readonly name: string; readonly value: string }[];
      readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: true }[];
    })[];
    readonly volumes: readonly Record<string, unknown>[];
  };
}
const podOf = (own = {}): Pod => deploymentSpec(watcherWith(own), 'r').template as unknown as Pod;

describe('the pod of the watcher', () => {
  it('is nobody, may become nobody else, and writes to no file system but its own folders', () => {
    const { spec } = podOf();
    assert.deepEqual(spec['securityContext'], {
      runAsNonRoot: true,
      runAsUser: 10001,
      runAsGroup: 10001,
      fsGroup: 10001,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    });
    assert.equal(spec.containers.length, 1);
    assert.deepEqual(spec.containers[0]!['securityContext'], {
      privileged: false,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    for (const shared of ['hostNetwork', 'hostPID', 'hostIPC', 'shareProcessNamespace'])
      assert.equal(spec[shared], undefined);
    assert.ok(!JSON.stringify(spec).includes('hostPath'));
  });

  it('has a folder for everything that its environment names, the settings read-only', () => {
    const [container] = podOf().spec.containers;
    const mounts = container!.volumeMounts;
    const writable = mounts.filter(({ readOnly }) => readOnly !== true).map(({ mountPath }) => mountPath);
    assert.deepEqual(writable, ['/tmp', '/var/lib/denis-canary']);
    for (const { name, value } of container!.env) {
      const mount = mounts.find(({ mountPath }) => value === mountPath || value.startsWith(`${mountPath}/`));
      assert.ok(mount !== undefined, name);
      const read = ['KUBECONFIG', 'PULUMI_OPTION_CONFIG_FILE'].includes(name);
      assert.equal(mount.readOnly === true, read, name);
    }
  });

  it('keeps the journal with the pod, or in the claim that a setting names', () => {
    const journal = (own = {}) => podOf(own).spec.volumes.find(({ name }) => name === 'journal');
    assert.deepEqual(journal(), { name: 'journal', emptyDir: { sizeLimit: '1Gi' } });
    assert.deepEqual(journal({ watcherVolume: 'watcher-journal' }), {
      name: 'journal',
      persistentVolumeClaim: { claimName: 'watcher-journal' },
    });
  });

  it('is given up after 60 s without a tick and not before, and a stop waits for a kill', () => {
    const { spec } = podOf();
    const [container] = spec.containers as unknown as Record<string, Record<string, unknown>>[];
    const http = { path: '/healthz', port: 'http' };
    for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
      assert.deepEqual(container![probe]!['httpGet'], http);
    }
    const patience = ({ periodSeconds, failureThreshold }: Record<string, unknown>) =>
      Number(periodSeconds) * Number(failureThreshold);
    assert.ok(patience(container!['startupProbe']!) >= 60);
    assert.ok(patience(container!['livenessProbe']!) >= 30);
    assert.ok(Number(spec['terminationGracePeriodSeconds']) >= 30 + 5 + 10);
    const { requests, limits } = container!['resources'] as unknown as Record<string, Record<string, string>>;
    assert.deepEqual(
      [requests, limits],
      [
        { cpu: '200m', memory: '256Mi' },
        { cpu: '1', memory: '512Mi' },
      ],
    );
  });

  it('holds no secret', () => {
    const text = JSON.stringify(deploymentSpec(watcherWith(), 'r'));
    assert.ok(!/redis-password|slack-secret/.test(text));
  });
});

describe('the files of the watcher', () => {
  const files = watcherFiles(watcherWith());

  it('hold the settings as the stack has them', () => {
    const { config } = JSON.parse(files['settings.yaml']!) as { config: Record<string, unknown> };
    const { watcherImage: _, ...own } = IN_CLUSTER;
    assert.deepEqual(rawSettings(config), { ...own, podAccess: 'direct' });
    assert.deepEqual(
      JSON.stringify(parseSettings(rawSettings(config))),
      JSON.stringify(parseSettings({ ...IN_CLUSTER, podAccess: 'direct' })),
    );
  });

  it("name the cluster around the pod by the settings' own context, and no token but the pod's", () => {
    const config = JSON.parse(files['kubeconfig']!) as Record<string, unknown>;
    assert.equal(config['current-context'], 'production');
    assert.deepEqual(config['contexts'], [
      { name: 'production', context: { cluster: 'production', user: 'watcher', namespace: 'ns' } },
    ]);
    const folder = '/var/run/secrets/kubernetes.io/serviceaccount';
    assert.deepEqual(config['users'], [{ name: 'watcher', user: { tokenFile: `${folder}/token` } }]);
    assert.deepEqual(config['clusters'], [
      {
        name: 'production',
        cluster: { server: 'https://kubernetes.default.svc', 'certificate-authority': `${folder}/ca.crt` },
      },
    ]);
  });

  it('make another revision when anything in them changes, and no password can be tried against it without the key', () => {
    const other = watcherFiles(watcherWith({ redis: 'redis://:another@redis.data.svc:6379/0' }));
    assert.equal(filesRevision(files, 'key'), filesRevision(files, 'key'));
    assert.notEqual(filesRevision(files, 'key'), filesRevision(other, 'key'));
    assert.notEqual(filesRevision(files, 'key'), filesRevision(files, 'another key'));
  });
});

describe('stack base with the watcher', () => {
  const declared = (own = {}): Promise<Registration[]> =>
    registrationsOf(() => declareBase({ ...IN_CLUSTER, ...own }), { stack: 'base' });

  it('declares its objects under one name, the Deployment last', async () => {
    const registered = await declared();
    const ofWatcher = registered.filter(({ name, parent }) => name === WATCHER && parent === 'watcher');
    assert.deepEqual(ofWatcher.map(({ type }) => type.replace(/^kubernetes:/, '')).sort(), [
      'apps/v1:Deployment',
      'core/v1:Secret',
      'core/v1:ServiceAccount',
      'networking.k8s.io/v1:NetworkPolicy',
      'policy/v1:PodDisruptionBudget',
      'rbac.authorization.k8s.io/v1:ClusterRole',
      'rbac.authorization.k8s.io/v1:ClusterRoleBinding',
      'rbac.authorization.k8s.io/v1:RoleBinding',
    ]);
    for (const { inputs, type } of ofWatcher) {
      const { name, labels } = inputs['metadata'] as { name: string; labels: object };
      assert.deepEqual([name, labels], [WATCHER, { app: WATCHER }], type);
    }
    const { inputs } = only(registered, 'kubernetes:apps/v1:Deployment');
    const { annotations } = (inputs['spec'] as { template: { metadata: { annotations: Record<string, string> } } })
      .template.metadata;
    const revision = filesRevision(watcherFiles(watcherWith()), 'made at random');
    assert.deepEqual(annotations, { 'canary.denis.run/files': revision }, 'in clear, so that a preview shows it');
  });

  it('gives the Role of the watcher and the right to recognise the cluster to its ServiceAccount alone', async () => {
    const registered = await declared();
    const subjects = [{ kind: 'ServiceAccount', name: WATCHER, namespace: 'ns' }];
    const group = 'rbac.authorization.k8s.io';
    for (const [scope, kind] of [
      ['', 'Role'],
      ['Cluster', 'ClusterRole'],
    ] as const) {
      const { inputs } = only(registered, `kubernetes:${group}/v1:${scope}RoleBinding`);
      assert.deepEqual(inputs['roleRef'], { apiGroup: group, kind, name: WATCHER });
      assert.deepEqual(inputs['subjects'], subjects);
    }
    const roles = registered.filter(({ type, name }) => name === WATCHER && /:(Cluster)?Role$/.test(type));
    assert.deepEqual(Object.fromEntries(roles.map(({ type, inputs }) => [type.split(':').at(-1), inputs['rules']])), {
      Role: rulesFor(parseBaseSettings(IN_CLUSTER))[WATCHER],
      ClusterRole: [
        { apiGroups: [''], resources: ['namespaces'], verbs: ['get'], resourceNames: ['kube-system', 'ns'] },
      ],
    });
  });

  it('keeps the settings secret in the state too', async () => {
    const registered = await declared();
    const secret = registered.find(({ type, name }) => type === 'kubernetes:core/v1:Secret' && name === WATCHER)!;
    assert.deepEqual(new Set(secret.secretOutputs), new Set(['data', 'stringData']));
    assert.equal(Object.values(secret.inputs['stringData'] as object)[0], SECRET);
    for (const { type, name, inputs } of registered) {
      if (type === secret.type && name === WATCHER) continue;
      assert.ok(!/redis-password|slack-secret/.test(JSON.stringify(inputs)), `${type} ${name}`);
    }
  });

  it('declares none of it without the image, whatever the other settings say', async () => {
    const registered = await declared({ watcherImage: undefined, redis: 7, watcherVolume: 'claim' });
    assert.deepEqual(
      registered.filter(({ parent }) => parent === 'watcher'),
      [],
    );
    assert.ok(registered.length > 5);
  });

  it('declares nothing at all when the watcher could not run with the settings', async () => {
    await assert.rejects(
      registrationsOf(() => declareBase({ ...IN_CLUSTER, source: 'endpoint' }), { stack: 'base' }),
      /canary:watcherImage: source endpoint/,
    );
  });

  it('may be previewed by who has Role denis-canary-preview', () => {
    const granted = (own: object): string[] =>
      rulesFor(parseBaseSettings({ ...IN_CLUSTER, ...own }))['denis-canary-preview']!.flatMap(
        ({ resources, verbs, resourceNames }) =>
          (resourceNames as string[] | undefined)?.includes(WATCHER)
            ? (resources as string[]).map((resource) => `${(verbs as string[]).join()} ${resource}`)
            : [],
      );
    assert.deepEqual(granted({}).sort(), [
      'get leases',
      'get networkpolicies',
      'get poddisruptionbudgets',
      'get rolebindings',
      'get roles',
      'get secrets',
      'get serviceaccounts',
    ]);
    assert.deepEqual(granted({ watcherImage: undefined }).sort(), ['get leases', 'get roles']);
  });
});
