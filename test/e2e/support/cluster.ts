import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { createClient } from '@redis/client';
import { sandboxFile } from '../../../sandbox/checkout';
import type { CommandResult, Sandbox } from '../../../sandbox/index';
import { waitFor } from '../../../sandbox/waitFor';
import { applyYaml, jsonOf } from '../../sandbox/support/world';
import { adopt } from './world';

export const LATCH = 'canary.denis.run/latch';
const VALUES = ['pct', 'enabled', 'move'] as const;
export type Annotations = Readonly<Record<(typeof VALUES)[number], string | undefined>>;

const annotationsIn = (notes: Readonly<Record<string, string>> = {}): Annotations =>
  Object.fromEntries(VALUES.map((key) => [key, notes[`canary.denis.run/${key}`]])) as Annotations;

interface EnvVar {
  name: string;
  value?: string;
  valueFrom?: { fieldRef?: { fieldPath: string } };
}

interface Deployment {
  metadata: {
    generation: number;
    annotations?: Record<string, string>;
    managedFields?: { manager: string; operation: string }[];
  };
  spec: {
    replicas: number;
    template: { metadata: { annotations?: Record<string, string> }; spec: { containers: { env: EnvVar[] }[] } };
  };
  status: { observedGeneration?: number; replicas?: number; updatedReplicas?: number; readyReplicas?: number };
}

interface Pod {
  metadata: { name: string; deletionTimestamp?: string; annotations?: Record<string, string> };
  status: { podIP?: string; conditions?: { type: string; status: string }[] };
}

/** What `canary.denis.run/…` says on the pod template of `denis`. */
export async function template(sandbox: Sandbox): Promise<Annotations> {
  return annotationsIn((await deployment(sandbox, 'denis')).spec.template.metadata.annotations);
}

export function deployment(sandbox: Sandbox, name: string): Promise<Deployment> {
  return jsonOf<Deployment>(sandbox, ['-n', 'denis', 'get', 'deployment', name, '--show-managed-fields']);
}

/** The two variables of the container, as the Deployment declares them: a value, or the annotation they read. */
export async function wiring(sandbox: Sandbox): Promise<Record<string, string | undefined>> {
  const [container] = (await deployment(sandbox, 'denis')).spec.template.spec.containers;
  const variables = container!.env.filter(({ name }) => name.startsWith('DENIS_MATERIALIZERS_'));
  return Object.fromEntries(
    variables.map(({ name, value, valueFrom }) => [name, value ?? valueFrom?.fieldRef?.fieldPath]),
  );
}

export const WIRED = {
  DENIS_MATERIALIZERS_PCT: "metadata.annotations['canary.denis.run/pct']",
  DENIS_MATERIALIZERS_ENABLED: "metadata.annotations['canary.denis.run/enabled']",
};

export interface ServingPod {
  readonly name: string;
  readonly ip: string;
  readonly annotations: Annotations;
  /** What the running process itself reports that its variable says, percent. */
  readonly pct: number;
}

/** Every Ready pod of Denis, with what it carries and what the process in it really started with. */
export async function servingPods(sandbox: Sandbox): Promise<ServingPod[]> {
  const { items } = await jsonOf<{ items: Pod[] }>(sandbox, ['-n', 'denis', 'get', 'pods', '-l', 'app=denis']);
  const ready = items.filter(
    ({ metadata, status }) =>
      metadata.deletionTimestamp === undefined &&
      status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True'),
  );
  return Promise.all(
    ready.map(async ({ metadata, status }) => {
      const answer = await fetch(`http://${status.podIP}:8084/metrics`, { signal: AbortSignal.timeout(2_000) });
      const pct = /^materializer_pct(?:\{.*\})? (\S+)$/m.exec(await answer.text())?.[1];
      const annotations = annotationsIn(metadata.annotations);
      return { name: metadata.name, ip: status.podIP!, annotations, pct: Number(pct) };
    }),
  );
}

/** Waits until the three pods of Denis are those of the present template, and no other is left. @returns them */
export function rolledOut(sandbox: Sandbox): Promise<ServingPod[]> {
  const probe = async (): Promise<ServingPod[] | undefined> => {
    const { metadata, status } = await deployment(sandbox, 'denis');
    const { observedGeneration = 0, replicas, updatedReplicas, readyReplicas } = status;
    if (observedGeneration < metadata.generation) return undefined;
    if ([replicas, updatedReplicas, readyReplicas].some((count) => count !== 3)) return undefined;
    const pods = await servingPods(sandbox);
    return pods.length === 3 ? pods : undefined;
  };
  return waitFor(probe, { what: 'every pod of Denis to be of the present template', deadlineMs: 30_000 });
}

/** Waits until Prometheus, which hears of new pods only some seconds later, scrapes every pod of the present template. */
export async function scraped(sandbox: Sandbox): Promise<void> {
  const pods = await rolledOut(sandbox);
  const query = 'time() - timestamp(materializer_pct) < 2';
  const probe = async (): Promise<true | undefined> => {
    const url = `${sandbox.info.prometheus}/api/v1/query?query=${encodeURIComponent(query)}`;
    const answer = await (await fetch(url, { signal: AbortSignal.timeout(2_000) })).json();
    const fresh = (answer as { data: { result: { metric: { pod?: string } }[] } }).data.result;
    return pods.every(({ name }) => fresh.some(({ metric }) => metric.pod === name)) ? true : undefined;
  };
  await waitFor(probe, { what: 'Prometheus to scrape every pod of the present template', deadlineMs: 20_000 });
}

/** Asserts on the template and, once they are rolled out, on every pod's annotations and process. */
export async function assertServes(sandbox: Sandbox, pct: number, enabled: boolean): Promise<void> {
  const pods = await rolledOut(sandbox);
  const now = await template(sandbox);
  assert.deepEqual([now.pct, now.enabled], [String(pct), String(enabled)]);
  for (const pod of pods) {
    assert.deepEqual([pod.annotations, pod.pct], [now, pct], pod.name);
  }
}

export async function workers(sandbox: Sandbox): Promise<number> {
  return (await deployment(sandbox, 'denis-workers')).spec.replicas;
}

export interface Ledger {
  permitted: number;
  rollout?: { id: string; startedAt: string; workers: number };
  lastMove?: { number: number; stack: string; percent: number; enabled: boolean; direction: 'up' | 'down' };
  baseline?: {
    chatP99: number;
    measuredAt: string;
    covered: number;
    samples: number;
    set?: { by: string; reason: string };
  };
  latch?: { by: string; at: string; reason: string; workers?: number };
  complete?: Readonly<Record<string, unknown>>;
}

export async function ledger(sandbox: Sandbox): Promise<Ledger> {
  const map = await jsonOf<{ data: { 'ledger.json': string } }>(sandbox, [
    '-n',
    'denis',
    'get',
    'configmap',
    'denis-canary',
  ]);
  return JSON.parse(map.data['ledger.json']) as Ledger;
}

/** A kubectl command in namespace denis that must succeed. */
export async function kubectl(sandbox: Sandbox, args: readonly string[], input?: string): Promise<CommandResult> {
  const result = await sandbox.kubectl(['-n', 'denis', ...args], input === undefined ? {} : { input });
  assert.equal(result.code, 0, `kubectl ${args.join(' ')}: ${result.stderr}`);
  return result;
}

/** As the team wrote it, but rolled out in one go instead of pod by pod: most of these tests wait for rollouts. */
const manifest = (name: string): string =>
  readFileSync(sandboxFile('manifests', `${name}.yaml`), 'utf8').replace('maxSurge: 1', 'maxSurge: 3');

/** Denis as its team delivers it: no annotations, explicit variables, no ledger; nobody's kill stands. */
export async function asDelivered(sandbox: Sandbox): Promise<void> {
  await sandbox.kubectl(['uncordon', 'node-1', 'node-2', 'node-3']);
  await kubectl(sandbox, ['delete', 'hpa', '--all']);
  await kubectl(sandbox, ['delete', 'deployment/denis', 'deployment/denis-workers', '--wait=true']);
  await kubectl(sandbox, ['delete', 'configmap/denis-canary', 'lease/denis-canary-move', '--ignore-not-found']);
  await kubectl(
    sandbox,
    ['apply', '--validate=false', '-f', '-'],
    `${manifest('denis')}\n---\n${manifest('denis-workers')}`,
  );
  for (const name of ['denis', 'denis-workers']) {
    await kubectl(sandbox, ['rollout', 'status', `deployment/${name}`, '--timeout=20s']);
  }
}

/** The team takes the two variables out of its manifest and applies it, as `adopt` asks for. */
export async function teamFreesTheVariables(sandbox: Sandbox): Promise<void> {
  const freed = manifest('denis').replace(/^ *- \{ name: DENIS_MATERIALIZERS_.*\n/gm, '');
  await kubectl(sandbox, ['apply', '--validate=false', '-f', '-'], freed);
}

export async function adopted(sandbox: Sandbox): Promise<void> {
  await asDelivered(sandbox);
  await teamFreesTheVariables(sandbox);
  const result = await adopt(sandbox, '--yes');
  assert.equal(result.code, 0, result.stderr);
  await rolledOut(sandbox);
}

export interface Live {
  /** @default true */
  readonly enabled?: boolean;
  /** Replicas of the workers. @default 3 */
  readonly workers?: number;
}

/**
 * Makes a percentage live within seconds, exactly as a permitted `up` leaves the cluster: the fields belong to
 * `denis-rollout`, the ledger permits it, nobody's kill stands. For tests of what comes after.
 */
export async function makeLive(
  sandbox: Sandbox,
  pct: number,
  { enabled = true, workers = 3 }: Live = {},
): Promise<void> {
  if ((await kubectl(sandbox, ['get', 'configmap/denis-canary', '--ignore-not-found', '-o', 'name'])).stdout === '') {
    await adopted(sandbox);
  }
  await setFlag(sandbox, undefined);
  await unkill(sandbox);
  await rewire(sandbox);
  const [now, { latch: _, complete: __, ...before }] = await Promise.all([template(sandbox), ledger(sandbox)]);
  const move = Number(now.move) + 1;
  const annotations = { pct: String(pct), enabled: String(enabled), move: String(move) };
  const lines = VALUES.map((key) => `        canary.denis.run/${key}: "${annotations[key]}"`);
  await serverSideApply(
    sandbox,
    'denis',
    `spec:\n  template:\n    metadata:\n      annotations:\n${lines.join('\n')}\n`,
  );
  await serverSideApply(sandbox, 'denis-workers', `spec:\n  replicas: ${workers}\n`);
  const at = new Date().toISOString();
  const next = {
    ...before,
    permitted: enabled ? pct : 0,
    rollout: before.rollout ?? { id: 'test', startedAt: at, workers: 2 },
    baseline: before.baseline ?? { chatP99: 0.3, measuredAt: at, covered: 24, samples: 24 },
    lastMove: { number: move, stack: 'canary-1', percent: pct, enabled, direction: 'up', at, by: 'test' },
  };
  const patch = JSON.stringify({ data: { 'ledger.json': JSON.stringify(next) } });
  await kubectl(sandbox, ['patch', 'configmap/denis-canary', '--type=merge', '--patch', patch]);
  await rolledOut(sandbox);
}

/** Takes latch and fields of a kill away, as if nobody had killed: a value that both declare alike would stay its own. */
async function unkill(sandbox: Sandbox): Promise<void> {
  for (const name of ['denis', 'denis-workers']) {
    const { annotations = {}, managedFields = [] } = (await deployment(sandbox, name)).metadata;
    const others = managedFields.filter(({ manager }) => manager !== 'denis-kill');
    const patch = [
      { op: 'replace', path: '/metadata/managedFields', value: others },
      ...(LATCH in annotations ? [{ op: 'remove', path: `/metadata/annotations/${LATCH.replaceAll('/', '~1')}` }] : []),
    ];
    if (others.length === managedFields.length && patch.length === 1) continue;
    await kubectl(sandbox, ['patch', `deployment/${name}`, '--type=json', '--patch', JSON.stringify(patch)]);
  }
}

async function rewire(sandbox: Sandbox): Promise<void> {
  if (isDeepStrictEqual(await wiring(sandbox), WIRED)) return;
  const env = Object.entries(WIRED).map(([name, fieldPath]) => ({
    name,
    value: null,
    valueFrom: { fieldRef: { fieldPath } },
  }));
  const patch = { spec: { template: { spec: { containers: [{ name: 'denis', env }] } } } };
  await kubectl(sandbox, ['patch', 'deployment/denis', '--patch', JSON.stringify(patch)]);
}

/** Sets the Redis flag, or takes it away. */
export async function setFlag(sandbox: Sandbox, value: string | undefined): Promise<void> {
  const client = createClient({ url: sandbox.info.redis, RESP: 2 });
  client.on('error', () => {});
  await client.connect();
  const key = 'denis:feature:materializers:enabled';
  await (value === undefined ? client.del(key) : client.set(key, value));
  client.destroy();
}

/** Server-side apply by the rollout's own field manager, with force as its lowering moves do. */
function serverSideApply(sandbox: Sandbox, name: string, spec: string): Promise<void> {
  return applyYaml(
    sandbox,
    `/apis/apps/v1/namespaces/denis/deployments/${name}?fieldManager=denis-rollout&force=true`,
    `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: ${name}\n  namespace: denis\n${spec}`,
  );
}
