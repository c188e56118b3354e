import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Sandbox } from '../../../sandbox/index';
import { waitFor } from '../../../sandbox/waitFor';
import { jsonOf } from '../../sandbox/support/world';
import { kubectl } from './cluster';
import { startScript } from './runningScript';

export interface RunningWatcher {
  readonly pid: number;
  readonly ended: Promise<{ readonly code: number | null; readonly output: string }>;
  /** Waits until it has said this. */
  said(what: RegExp, deadlineMs?: number): Promise<void>;
  output(): string;
  /** Where its page is. */
  url(): Promise<string>;
  signal(name: NodeJS.Signals): void;
  /** Ends it in order; nothing to do when it has ended. */
  stop(): Promise<void>;
}

const DEADLINE_MS = 60_000;

/** Starts `npm run watch`, without npm, on a free port, with the sandbox's environment and what is changed of it. */
export function startWatcher(
  sandbox: Sandbox,
  env: Readonly<Record<string, string>> = {},
  args: readonly string[] = [],
): RunningWatcher {
  const { child, output, ended: closed } = startScript(sandbox, 'watch', ['--port', '0', ...args], env);
  let over = false;
  const ended = closed.then((code) => {
    over = true;
    return { code, output: output() };
  });
  const said = async (what: RegExp, deadlineMs = DEADLINE_MS): Promise<void> => {
    const probe = async (): Promise<true | undefined> => {
      if (what.test(output())) return true;
      if (over) throw new Error(`it has ended:\n${output()}`);
      return undefined;
    };
    await waitFor(probe, { what: String(what), deadlineMs }).catch((thrown: unknown) => {
      throw new Error(`${String(thrown)}; it said:\n${output()}`);
    });
  };
  return {
    pid: child.pid!,
    ended,
    said,
    output,
    url: async () => {
      await said(/page at \S+/);
      return /page at (\S+)/.exec(output())![1]!;
    },
    signal: (name) => child.kill(name),
    stop: async () => {
      if (over) return;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}

export interface WatcherLease {
  readonly holder: string;
  /** Seconds since it was renewed. */
  readonly age: number;
  readonly status: { readonly incident?: { readonly verdict: string; readonly killedAt?: string } } | undefined;
}

/** Lease `denis-canary-watcher`, as it stands. */
export async function watcherLease(sandbox: Sandbox): Promise<WatcherLease | undefined> {
  const args = ['-n', 'denis', 'get', 'lease', '--field-selector=metadata.name=denis-canary-watcher'];
  const { items } = await jsonOf<{
    items: { metadata: { annotations: Record<string, string> }; spec: Record<string, string> }[];
  }>(sandbox, args);
  const [lease] = items;
  if (lease === undefined) return undefined;
  const status = lease.metadata.annotations['canary.denis.run/status'];
  return {
    holder: lease.spec['holderIdentity'] ?? '',
    age: (Date.now() - Date.parse(lease.spec['renewTime'] ?? '')) / 1000,
    status: status === undefined || status === '' ? undefined : JSON.parse(status),
  };
}

/** As if no watcher had ever run here. */
export const noWatcher = (sandbox: Sandbox): Promise<unknown> =>
  kubectl(sandbox, ['delete', 'lease/denis-canary-watcher', '--ignore-not-found']);

export interface EvidenceLine {
  readonly kind: string;
  readonly by: string;
  readonly reason?: string;
  readonly rule?: string;
  readonly incident?: string;
}

/** The evidence of a journal folder. */
export function evidenceIn(folder: string): EvidenceLine[] {
  try {
    const lines = readFileSync(path.join(folder, 'evidence.jsonl'), 'utf8').split('\n');
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as EvidenceLine);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw thrown;
  }
}

export const rollbacksIn = (folder: string): EvidenceLine[] =>
  evidenceIn(folder).filter(({ kind }) => kind === 'rollback');
