import assert from 'node:assert/strict';
import { readCluster } from '../../observe/cluster';
import type { Kubectl, KubectlResult } from '../../observe/kubectl';
import { parseClusterSettings } from '../../phases/settings';
import { UserError } from '../../phases/userError';
import {
  autoscalerObject,
  denisObject,
  leaseObject,
  ledgerObject,
  listOf,
  namespaceObject,
  podObject,
  replicaSetObject,
  reviewObject,
  secretObject,
  UID,
  workersObject,
} from './support/objects';

const CLUSTER = parseClusterSettings({ context: 'prod', clusterUid: UID });
const AT = new Date('2026-03-04T05:06:07Z');

const ok = (value: object | undefined): KubectlResult => ({
  code: 0,
  stdout: value === undefined ? '' : JSON.stringify(value),
  stderr: '',
});
const failed = (stderr: string, value?: object): KubectlResult => ({ ...ok(value), code: 1, stderr });
const forbidden = (what: string, name: string): string =>
  `Error from server (Forbidden): ${what} "${name}" is forbidden: User "ana" cannot get resource "${what}" in API group "" in the namespace "denis"\n`;

/** A kubectl with recorded answers: to the named objects, the lists, and the question who asks. */
function recorded(named: KubectlResult, lists = ok(listOf()), review = ok(reviewObject(AT))) {
  const asked: string[][] = [];
  const kubectl: Kubectl = async (args) => {
    asked.push([...args]);
    if (args[0] === 'auth') return review;
    return args[1]?.includes(',') ? lists : named;
  };
  return { kubectl, asked };
}

const read = (...answers: Parameters<typeof recorded>) => readCluster(recorded(...answers).kubectl, CLUSTER);

async function refusal(...answers: Parameters<typeof recorded>): Promise<UserError> {
  const thrown = await read(...answers).then(
    () => assert.fail('the cluster was read'),
    (error: unknown) => error,
  );
  assert.ok(thrown instanceof UserError, String(thrown));
  return thrown;
}

describe('readCluster', () => {
  it('asks three times, for everything at once', async () => {
    const { kubectl, asked } = recorded(ok(listOf(namespaceObject())));
    await readCluster(
      kubectl,
      parseClusterSettings({ context: 'x', clusterUid: UID, deployment: 'api', workers: 'w' }),
    );
    assert.deepEqual(asked, [
      [
        'get',
        'namespace/kube-system',
        'deployment/api',
        'deployment/w',
        'configmap/denis-canary',
        'secret/denis-kill-switch',
        'lease/denis-canary-watcher',
        '--ignore-not-found',
        '-o',
        'json',
      ],
      ['get', 'replicasets,pods,horizontalpodautoscalers', '-o', 'json'],
      ['auth', 'whoami', '-o', 'json'],
    ]);
  });

  it('reads an adopted, live Deployment with everything around it', async () => {
    const live = { pct: '10', enabled: 'true', move: '7' };
    const named = listOf(
      namespaceObject(UID, { 'canary.denis.run/sandbox': 'true' }),
      denisObject({ ...live, latch: 'by ana' }),
      workersObject(4),
      ledgerObject('{"version":1,"permitted":10}'),
      secretObject('the token'),
      leaseObject(AT, 'watcher-1', '{}'),
    );
    const lists = listOf(
      replicaSetObject('rs-9', 9, new Date('2026-01-01T00:00:00Z')),
      replicaSetObject('rs-10', 10, new Date('2026-01-02T00:00:00Z')),
      replicaSetObject('rs-other', 99, new Date('2026-01-03T00:00:00Z'), 'another-deployment'),
      podObject('denis-a', 'rs-10', { ...live, ip: '10.0.0.1' }),
      podObject('denis-b', 'rs-9', { ...live, pct: '1', move: '6', ip: '10.0.0.2' }),
      podObject('denis-c', 'rs-10', { ...live, ready: false }),
      podObject('denis-d', 'rs-10', { ...live, deleted: true }),
      podObject('stranger', 'rs-other', live),
      autoscalerObject('denis'),
      autoscalerObject('denis-workers', 'StatefulSet'),
      autoscalerObject('denis-workers'),
    );
    const { state, token } = await read(ok(named), ok(lists));
    const serves = { pct: 10, enabled: true };
    const pod = { ready: true, replicaSet: 'rs-10', move: 7, serves };
    assert.deepEqual(state, {
      uid: UID,
      context: 'prod',
      serverTime: AT.getTime() / 1000,
      sandbox: true,
      denis: {
        uid: 'deployment-denis',
        image: 'denis:2.7.1',
        replicas: 3,
        template: live,
        wiring: { pct: { kind: 'wired' }, enabled: { kind: 'wired' } },
        effective: serves,
        latch: 'by ana',
        newestReplicaSet: { uid: 'rs-10', createdAt: Date.parse('2026-01-02T00:00:00Z') / 1000 },
        pods: [
          { ...pod, name: 'denis-a', ip: '10.0.0.1' },
          { ...pod, name: 'denis-b', ip: '10.0.0.2', replicaSet: 'rs-9', move: 6, serves: { pct: 1, enabled: true } },
          { ...pod, name: 'denis-c', ip: undefined, ready: false },
          { ...pod, name: 'denis-d', ip: undefined, ready: false },
        ],
      },
      workers: {
        replicas: 4,
        readyPods: 4,
        autoscaler: { kind: 'HorizontalPodAutoscaler', name: 'of-Deployment-denis-workers', min: 2, max: 12 },
      },
      ledger: { text: '{"version":1,"permitted":10}', resourceVersion: '4' },
      watcher: {
        kind: 'read',
        value: { heartbeat: { holder: 'watcher-1', renewedAt: AT.getTime() / 1000 }, status: '{}' },
      },
      unread: [],
    });
    assert.equal(token, 'the token');
  });

  it('takes what does not exist for missing, not for an error', async () => {
    const { state, token } = await read(ok(namespaceObject()));
    assert.equal(state.denis, undefined);
    assert.equal(state.workers, undefined);
    assert.equal(state.ledger, undefined);
    assert.equal('watcher' in state, false);
    assert.equal(state.sandbox, false);
    assert.deepEqual(state.unread, []);
    assert.equal(token, undefined);
  });

  it('takes a Deployment without the container for one that is not wired, and of which nobody knows what it serves', async () => {
    const { state } = await read(ok(listOf(namespaceObject(), denisObject({ container: 'web', pct: '10' }))));
    assert.deepEqual(state.denis?.wiring, { pct: { kind: 'absent' }, enabled: { kind: 'absent' } });
    assert.deepEqual(state.denis?.effective, { pct: undefined, enabled: undefined });
    assert.equal(state.denis?.image, '');
  });

  it('takes an annotation that is no move number for none', async () => {
    const pods = listOf(replicaSetObject('rs', 1, AT), podObject('denis-a', 'rs', { move: 'seven' }));
    const { state } = await read(ok(listOf(namespaceObject(), denisObject())), ok(pods));
    assert.equal(state.denis?.pods[0]?.move, undefined);
  });

  it('goes on without the pods, and says that they cannot be read', async () => {
    const why = 'Error from server (Forbidden): pods is forbidden: User "ana" cannot list resource "pods"\n';
    const { state } = await read(ok(listOf(namespaceObject(), denisObject())), failed(why));
    assert.deepEqual(state.unread, [
      'the pods of namespace denis cannot be read: pods is forbidden: User "ana" cannot list resource "pods"',
    ]);
    assert.deepEqual(state.denis?.pods, []);
  });

  it('goes on without the token, of which not everybody may know', async () => {
    const objects = listOf(namespaceObject(), denisObject(), workersObject());
    const { state, token } = await read(failed(forbidden('secrets', 'denis-kill-switch'), objects));
    assert.equal(token, undefined);
    assert.notEqual(state.denis, undefined);
  });

  it('reads a Lease that was given back as one without a heartbeat, and what it last told', async () => {
    for (const lease of [leaseObject(AT, '', 'told'), leaseObject(undefined, 'watcher-1', 'told')]) {
      const { state } = await read(ok(listOf(namespaceObject(), lease)));
      assert.deepEqual(state.watcher, { kind: 'read', value: { heartbeat: undefined, status: 'told' } });
    }
  });

  it("goes on without the watcher's Lease, of which only moves up need to know", async () => {
    const objects = listOf(namespaceObject(), denisObject(), workersObject());
    const { state } = await read(failed(forbidden('leases.coordination.k8s.io', 'denis-canary-watcher'), objects));
    assert.notEqual(state.denis, undefined);
    assert.deepEqual(state.unread, []);
    assert.ok(state.watcher?.kind === 'unreadable');
    assert.match(
      state.watcher.reason,
      /^leases\.coordination\.k8s\.io "denis-canary-watcher" is forbidden: User "ana"/,
    );
  });

  it('goes on without the time of the API server', async () => {
    const { state } = await read(ok(namespaceObject()), ok(listOf()), failed('error: unknown command "whoami"\n'));
    assert.equal(state.serverTime, undefined);
  });

  describe('refuses', () => {
    it('another cluster under the same context name, and names both UIDs', async () => {
      const { code, message } = await refusal(ok(listOf(namespaceObject('another-uid'), denisObject())));
      assert.equal(code, 'wrong-cluster');
      assert.equal(
        message,
        `context prod is another cluster than the settings name: namespace kube-system has UID another-uid, canary:clusterUid is ${UID}; choose the right kubeconfig (KUBECONFIG), or set canary:clusterUid if the cluster is the intended one`,
      );
    });

    it('a context that the kubeconfig does not have', async () => {
      const { code, message } = await refusal(failed('error: context "prod" does not exist\n'));
      assert.equal(code, 'cluster');
      assert.equal(
        message,
        'the kubeconfig has no context prod; set KUBECONFIG to the file that has it, or correct canary:context (kubectl config get-contexts)',
      );
    });

    it('an API server that cannot be reached', async () => {
      const stderr =
        'The connection to the server 10.0.0.1:6443 was refused - did you specify the right host or port?\n';
      const { message } = await refusal(failed(stderr));
      assert.equal(
        message,
        'the cluster of context prod cannot be read: The connection to the server 10.0.0.1:6443 was refused - did you specify the right host or port?; check KUBECONFIG, the network and the API server',
      );
    });

    it('credentials that the API server does not know', async () => {
      const { message } = await refusal(failed('error: You must be logged in to the server (Unauthorized)\n'));
      assert.match(message, /^the cluster of context prod cannot be read: You must be logged in to the server/);
    });

    it('a user who may not see which cluster it is, and says which right is missing', async () => {
      const stderr = [
        forbidden('namespaces', 'kube-system'),
        forbidden('deployments.apps', 'denis'),
        forbidden('secrets', 'denis-kill-switch'),
      ].join('');
      const { code, message } = await refusal(failed(stderr));
      assert.equal(code, 'cluster');
      assert.match(
        message,
        /^reading namespace kube-system is forbidden, .* bind the ClusterRole denis-canary-identity$/,
      );
      assert.match(
        message,
        /namespaces "kube-system" is forbidden/,
        'it tells of the namespace, not of another object',
      );
    });

    for (const [what, name] of [
      ['deployments.apps', 'denis'],
      ['configmaps', 'denis-canary'],
    ] as const) {
      it(`a user who may not read ${what}`, async () => {
        const { code, message } = await refusal(failed(forbidden(what, name), listOf(namespaceObject())));
        assert.equal(code, 'cluster');
        assert.equal(
          message,
          `ana may not read what every move needs: ${what} "${name}" is forbidden: User "ana" cannot get resource "${what}" in API group "" in the namespace "denis"; bind the Role denis-canary-up (docs/settings.md)`,
        );
      });
    }
  });
});
