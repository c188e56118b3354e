import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Sandbox } from '../../../sandbox/index';
import { waitFor } from '../../../sandbox/waitFor';
import { layOut } from '../../image/support';
import { jsonOf } from '../../sandbox/support/world';
import { followed } from './runningScript';
import { type Account, certificateAuthority } from './serviceAccount';

const NAME = 'denis-canary-watcher';

interface Container {
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}

/** The container of the watcher as a process of this machine: the image's files, the Deployment's environment, the account's token. */
export interface WatcherContainer {
  /** Folder of its records. */
  readonly journal: string;
  /** Both streams so far. */
  output(): string;
  /** Waits until it has said this. */
  says(pattern: RegExp, deadlineMs: number): Promise<void>;
  /** Asks it to stop. @returns its exit code */
  stop(): Promise<number | null>;
  /** Ends it whatever it does, and removes its folders. */
  remove(): Promise<void>;
}

/** Starts what the Deployment in the cluster declares, but for its port, the loopback addresses of the sandbox and the paths. */
export async function startWatcherContainer(sandbox: Sandbox, { token }: Account): Promise<WatcherContainer> {
  const get = <T>(kind: string) => jsonOf<T>(sandbox, ['-n', 'denis', 'get', kind, NAME]);
  const deployment = await get<{ spec: { template: { spec: { containers: [Container] } } } }>('deployment');
  const secret = await get<{ data: Record<string, string> }>('secret');
  const [{ args, env, volumeMounts }] = deployment.spec.template.spec.containers;

  const { uid } = (await jsonOf<{ metadata: { uid: string } }>(sandbox, ['get', 'namespace', 'kube-system'])).metadata;

  const root = mkdtempSync(path.join(tmpdir(), 'denis-watcher-'));
  const kubectl = execFileSync('sh', ['-c', 'command -v kubectl'], { env: sandbox.env, encoding: 'utf8' }).trim();
  const { app, bin } = layOut(root, kubectl);
  const inside = (name: string): string => path.join(root, 'volumes', name);
  for (const { name } of volumeMounts) mkdirSync(inside(name), { recursive: true });
  const account = path.join(root, 'account');
  mkdirSync(account);
  writeFileSync(path.join(account, 'token'), token);
  writeFileSync(path.join(account, 'ca.crt'), certificateAuthority(sandbox));
  for (const [file, content] of Object.entries(secret.data)) {
    const text = Buffer.from(content, 'base64')
      .toString('utf8')
      .replaceAll('/var/run/secrets/kubernetes.io/serviceaccount', account)
      .replaceAll('https://kubernetes.default.svc', sandbox.apiServer.url);
    writeFileSync(path.join(inside('files'), file), text);
  }
  const mounted = (value: string): string => {
    const mount = volumeMounts.find(({ mountPath }) => value === mountPath || value.startsWith(`${mountPath}/`));
    return mount === undefined ? value : value.replace(mount.mountPath, inside(mount.name));
  };

  const listening = ['0.0.0.0', '9184'];
  assert.deepEqual(args, ['--host', listening[0], '--port', listening[1]]);
  const child = spawn(process.execPath, ['dist/scripts/watch.js', '--host', '127.0.0.1', '--port', '0'], {
    cwd: app,
    env: { PATH: bin, ...Object.fromEntries(env.map(({ name, value }) => [name, mounted(value)])) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { output, ended } = followed(child);
  ended.catch(() => {});
  const state = mounted(env.find(({ name }) => name === 'XDG_STATE_HOME')!.value);
  return {
    journal: path.join(state, 'denis-canary', uid),
    output,
    says: async (pattern, deadlineMs) => {
      const probe = async (): Promise<true | undefined> => {
        if (pattern.test(output())) return true;
        assert.equal(child.exitCode, null, `it has ended:\n${output()}`);
        return undefined;
      };
      await waitFor(probe, { what: `the watcher to say ${pattern}`, deadlineMs }).catch((thrown: unknown) => {
        throw new Error(`${thrown}\n${output()}`);
      });
    },
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
    remove: async () => {
      child.kill('SIGKILL');
      await ended.catch(() => {});
      rmSync(root, { recursive: true, force: true });
    },
  };
}
