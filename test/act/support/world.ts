import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { parse } from 'yaml';
import { readCluster } from '../../../observe/cluster';
import { type Kubectl, kubectlFor } from '../../../observe/kubectl';
import type { ManagedFields, Workload } from '../../../observe/kubeObjects';
import { type ClusterSettings, parseClusterSettings, rawSettings } from '../../../phases/settings';
import { UserError } from '../../../phases/userError';
import { rulesFor } from '../../../resources/roles';
import type { Annotated, ClusterState } from '../../../rollout/cluster';
import type { Person, Sandbox } from '../../../sandbox/index';

type Owned = Workload & { readonly metadata: { readonly managedFields: readonly ManagedFields[] } };

/** What the tests of one sandbox share. */
export interface World {
  readonly sandbox: Sandbox;
  readonly cluster: ClusterSettings;
  readonly kubectl: Kubectl;
  kubectlAs(user: Person): Kubectl;
  /** A command of a person in the namespace; it must succeed. */
  person(...args: string[]): Promise<string>;
  state(): Promise<ClusterState>;
  deployment(name: string): Promise<Owned>;
}

export function worldOf(sandbox: Sandbox): World {
  const { config } = parse(readFileSync(sandbox.info.settings, 'utf8')) as { config: Record<string, unknown> };
  const cluster = parseClusterSettings(rawSettings(config));
  const kubectlAs = (user: Person): Kubectl =>
    kubectlFor(cluster, { ...sandbox.env, KUBECONFIG: sandbox.kubeconfig(user) });
  const kubectl = kubectlAs('admin');
  const person = async (...args: string[]): Promise<string> => {
    const result = await sandbox.kubectl(['-n', 'denis', ...args]);
    assert.equal(result.code, 0, result.stderr);
    return result.stdout;
  };
  return {
    sandbox,
    cluster,
    kubectl,
    kubectlAs,
    person,
    state: async () => (await readCluster(kubectl, cluster)).state,
    deployment: async (name) => (await api<Owned>({ sandbox }, 'GET', PATHS.deployment(name))).object,
  };
}

/**
 * One request to the API server as its administrator; kubectl would take a hundred times as long.
 * @returns the status, and the object where there is one
 */
export async function api<T>(
  { sandbox }: Pick<World, 'sandbox'>,
  method: 'GET' | 'PATCH' | 'DELETE',
  path: string,
  body?: { readonly type: string; readonly content: object },
): Promise<{ readonly status: number; readonly object: T }> {
  const { clusters, users } = parse(readFileSync(sandbox.kubeconfig('admin'), 'utf8')) as {
    clusters: [{ cluster: { 'certificate-authority-data': string } }];
    users: [{ user: { token: string } }];
  };
  return new Promise((resolve, reject) => {
    const outgoing = request(new URL(path, sandbox.apiServer.url), {
      method,
      ca: Buffer.from(clusters[0].cluster['certificate-authority-data'], 'base64'),
      headers: {
        authorization: `Bearer ${users[0].user.token}`,
        ...(body === undefined ? {} : { 'content-type': body.type }),
      },
    });
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      text(response).then(
        (content) => resolve({ status: response.statusCode ?? 0, object: JSON.parse(content) as T }),
        reject,
      );
    });
    outgoing.end(body && JSON.stringify(body.content));
  });
}

export const PATHS = {
  deployment: (name: string) => `/apis/apps/v1/namespaces/denis/deployments/${name}`,
  lease: '/apis/coordination.k8s.io/v1/namespaces/denis/leases/denis-canary-move',
  ledger: '/api/v1/namespaces/denis/configmaps/denis-canary',
} as const;

/** A merge patch with a field manager; it must succeed. */
export async function mergePatch(world: World, path: string, fieldManager: string, content: object): Promise<void> {
  const type = 'application/merge-patch+json';
  const { status } = await api(world, 'PATCH', `${path}?fieldManager=${fieldManager}`, { type, content });
  assert.equal(status, 200);
}

/** Server-side apply as the provider sends it; kubectl would move the fields of client-side apply first. @returns the status */
export async function serverSideApply(
  world: World,
  deployment: string,
  fieldManager: string,
  spec: object,
  { force = false } = {},
): Promise<number> {
  const content = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: deployment }, spec };
  const path = `${PATHS.deployment(deployment)}?fieldManager=${fieldManager}&force=${force}`;
  return (await api(world, 'PATCH', path, { type: 'application/apply-patch+yaml', content })).status;
}

/** Takes the annotations of Denis to these values, whoever owns them. */
export async function declare(world: World, pct: number, enabled: boolean, move: number): Promise<void> {
  const spec = exposure(pct, enabled, move);
  assert.equal(await serverSideApply(world, 'denis', 'denis-rollout', spec, { force: true }), 200);
}

/** What the template's annotations say. */
export async function templateOf(world: World): Promise<Annotated> {
  const notes = (await world.deployment('denis')).spec.template.metadata?.annotations ?? {};
  return {
    pct: notes['canary.denis.run/pct'],
    enabled: notes['canary.denis.run/enabled'],
    move: notes['canary.denis.run/move'],
  };
}

/** Sets the latch, or takes it away. */
export const latch = (world: World, by: string | null): Promise<void> =>
  mergePatch(world, PATHS.deployment('denis'), 'ana', { metadata: { annotations: { 'canary.denis.run/latch': by } } });

/** The annotations of the pod template, as a stack writes them. */
export const exposure = (pct: number, enabled: boolean, move: number) => ({
  template: {
    metadata: {
      annotations: {
        'canary.denis.run/pct': String(pct),
        'canary.denis.run/enabled': String(enabled),
        'canary.denis.run/move': String(move),
      },
    },
  },
});

/** The user error with this code that a call must fail with. */
export async function userError(call: Promise<unknown>, code: string): Promise<string> {
  const outcome = await call.then(
    () => assert.fail('the call succeeded'),
    (thrown: unknown) => thrown,
  );
  assert.ok(outcome instanceof UserError, String(outcome));
  assert.equal(outcome.code, code, outcome.message);
  return outcome.message;
}

/** Gives a user one Role, and with it the right to recognise the cluster. */
export async function bind(
  { sandbox }: Pick<World, 'sandbox'>,
  user: Person,
  role: string,
  rules: unknown,
): Promise<void> {
  const identity = [{ apiGroups: [''], resources: ['namespaces'], verbs: ['get'], resourceNames: ['kube-system'] }];
  const items = [...bound(user, '', role, rules), ...bound(user, 'Cluster', 'denis-canary-identity', identity)];
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  const applied = await sandbox.kubectl(['apply', '--validate=false', '-f', '-'], { input });
  assert.equal(applied.code, 0, applied.stderr);
}

/** The Roles that `base` makes for the sandbox. */
export const sandboxRoles = (podAccess: 'direct' | 'port-forward' = 'direct'): ReturnType<typeof rulesFor> =>
  rulesFor({ deployment: 'denis', workers: 'denis-workers', podAccess });

/** Takes a Role from a user again. */
export async function unbind({ sandbox }: Pick<World, 'sandbox'>, user: Person, role: string): Promise<void> {
  const bindings = [`rolebinding/${role}-${user}`, `clusterrolebinding/denis-canary-identity-${user}`];
  const deleted = await sandbox.kubectl(['-n', 'denis', 'delete', ...bindings]);
  assert.equal(deleted.code, 0, deleted.stderr);
}

/** A Role and its binding. */
function bound(user: Person, scope: '' | 'Cluster', role: string, rules: unknown): object[] {
  const group = 'rbac.authorization.k8s.io';
  const apiVersion = `${group}/v1`;
  const metadata = (name: string) => ({ name, ...(scope === '' ? { namespace: 'denis' } : {}) });
  const roleRef = { apiGroup: group, kind: `${scope}Role`, name: role };
  const subjects = [{ apiGroup: group, kind: 'User', name: user }];
  return [
    { apiVersion, kind: `${scope}Role`, metadata: metadata(role), rules },
    { apiVersion, kind: `${scope}RoleBinding`, metadata: metadata(`${role}-${user}`), roleRef, subjects },
  ];
}
