import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import { sandboxFile } from '../../../sandbox/checkout';
import type { Sandbox } from '../../../sandbox/index';
import { waitFor } from '../../../sandbox/waitFor';
import { freePort } from '../../support/freePort';

const NODES = ['node-1', 'node-2', 'node-3'];

export interface Kubelet {
  stop(): Promise<void>;
}

/** One line of a log with the time at which the container wrote it. */
export interface LogLine {
  readonly at: Date;
  readonly text: string;
}

/** What it answers for a pod that is named; for every other pod it knows nothing. */
export interface Answers {
  /** For `kubectl logs`. */
  readonly logs?: Readonly<Record<string, readonly LogLine[]>>;
  /** For `kubectl port-forward` to port 8084: the pod's own address. */
  readonly addresses?: Readonly<Record<string, string>>;
}

/** Starts a second kwok, which manages no node, as the kubelet of all nodes. */
export async function startKubelet(sandbox: Sandbox, { logs = {}, addresses = {} }: Answers): Promise<Kubelet> {
  const folder = path.join(sandbox.info.folder, 'kubelet');
  mkdirSync(folder, { recursive: true });
  const config = path.join(folder, 'answers.yaml');
  const documents = [
    ...Object.entries(logs).map(([pod, lines]) => logsOf(folder, pod, lines)),
    ...Object.entries(addresses).map(([pod, address]) => forwardTo(pod, address)),
  ];
  writeFileSync(config, documents.map((document) => stringify(document)).join('---\n'));
  const port = await freePort();
  for (const node of NODES) {
    const status = { daemonEndpoints: { kubeletEndpoint: { Port: port } } };
    const patch = ['patch', 'node', node, '--subresource=status', '-p', JSON.stringify({ status })];
    const { code, stderr } = await sandbox.kubectl(patch);
    assert.equal(code, 0, stderr);
  }
  const args = [
    `--kubeconfig=${sandbox.info.kubeconfig}`,
    '--manage-single-node=no-node-of-the-sandbox',
    `--server-address=127.0.0.1:${port}`,
    `--config=${config}`,
    // It does not start without a stage.
    `--config=${sandboxFile('stages', 'node-initialize.yaml')}`,
  ];
  const child = spawn('kwok', args, { cwd: folder, env: sandbox.env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const ended = once(child, 'close');
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  try {
    await waitFor(async () => (await fetch(`http://127.0.0.1:${port}/healthz`)).ok || undefined, {
      what: 'kwok to answer for the kubelets',
      deadlineMs: 30_000,
    });
  } catch (thrown) {
    await stop();
    throw new Error(`${(thrown as Error).message}\n${said}`);
  }
  return { stop };
}

const resource = (kind: string, pod: string, spec: object): object => ({
  apiVersion: 'kwok.x-k8s.io/v1alpha1',
  kind,
  metadata: { name: pod, namespace: 'denis' },
  spec,
});

/** The log in the form in which a container runtime writes it. */
function logsOf(folder: string, pod: string, lines: readonly LogLine[]): object {
  const logsFile = path.join(folder, `${pod}.log`);
  writeFileSync(
    logsFile,
    lines.map(({ at, text }) => `${at.toISOString().replace('Z', '000000Z')} stdout F ${text}\n`).join(''),
  );
  return resource('Logs', pod, { logs: [{ logsFile }] });
}

const forwardTo = (pod: string, address: string): object =>
  resource('PortForward', pod, { forwards: [{ ports: [8084], target: { port: 8084, address } }] });
