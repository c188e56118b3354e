import { randomBytes } from 'node:crypto';
import { appendFileSync, closeSync, openSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { SandboxOptions } from './options';
import { ManagedProcess, type ProcessHost, type ProcessSpec } from './process';
import { identify } from './processIdentity';
import { writeProcessList } from './processList';
import { ReleaseStack } from './releaseStack';
import { Sandbox } from './sandbox';
import { SandboxError } from './sandboxError';
import { makeStateFolder } from './stateFolder';
import { requireTools } from './toolsOnPath';
import { Watchdog } from './watchdog';
import { startWorld } from './world';

export type { AuditEntry } from './auditLog';
export type { CommandResult } from './command';
export type { SandboxOptions } from './options';
export { Sandbox, type SandboxInfo, type Server } from './sandbox';
export { SandboxError } from './sandboxError';
export type { Person } from './users';

export interface StartContext {
  /** Aborts the start; everything started until then is ended. */
  signal?: AbortSignal;
  /** One line about progress. @default nobody */
  log?: (line: string) => void;
}

/**
 * Starts the local world and returns when it is ready: all pods Ready and scraped, Denis answering. When that fails,
 * or this process ends in whatever way, nothing is left running; after a failure the folder with the logs stays.
 */
export async function startSandbox(options: SandboxOptions = {}, context: StartContext = {}): Promise<Sandbox> {
  const env = options.env ?? process.env;
  requireTools(env['PATH'] ?? '');
  const folder = makeStateFolder(options.folder);
  const temporary = options.folder === undefined;
  const logFile = path.join(folder.logs, 'sandbox.log');
  const log = (line: string): void => {
    appendFileSync(logFile, `${new Date().toISOString()} ${line}\n`, { mode: 0o600 });
    context.log?.(line);
  };

  const failure = new AbortController();
  const signal = context.signal ? AbortSignal.any([context.signal, failure.signal]) : failure.signal;
  const releases = new ReleaseStack();
  try {
    const watchdogLog = openSync(path.join(folder.logs, 'watchdog.log'), 'a', 0o600);
    const watchdog = await Watchdog.start(watchdogLog, signal).finally(() => closeSync(watchdogLog));
    releases.add(() => watchdog.stop());

    let reportCrash: (error: SandboxError) => void = () => {};
    const crashed = new Promise<SandboxError>((resolve) => {
      reportCrash = resolve;
    });
    const processes: ManagedProcess[] = [];
    const running = () => processes.flatMap(({ identity }) => identity ?? []);
    const host: ProcessHost = {
      env: { ...env, TMPDIR: folder.temporary },
      folder: folder.root,
      logs: folder.logs,
      watchdog,
      onCrash: (error) => {
        log(error.message);
        failure.abort(error);
        reportCrash(error);
      },
      onChange: () =>
        writeProcessList(folder.root, {
          owner: identify('owner', process.pid),
          started: [identify('watchdog', watchdog.pid) ?? [], running()].flat(),
          temporary,
        }),
    };
    void watchdog.ended.then(() =>
      host.onCrash(new SandboxError('SANDBOX_PROCESS_FAILED', 'the watchdog ended by itself')),
    );
    const start = async (spec: ProcessSpec): Promise<ManagedProcess> => {
      const managed = new ManagedProcess(spec, host);
      processes.push(managed);
      releases.add(() => managed.stop());
      await managed.start(signal);
      log(`${spec.name} runs`);
      return managed;
    };
    const world = await startWorld(options, {
      env,
      folder,
      block: watchdog.block,
      passphrase: randomBytes(12).toString('hex'),
      start,
      signal,
      failure,
    });
    const pids = (): Record<string, number> =>
      Object.fromEntries([
        ['owner', process.pid],
        ['watchdog', watchdog.pid],
        ...running().map(({ name, pid }) => [name, pid]),
      ]);
    return new Sandbox({ ...world, folder, env, crashed, temporary, pids, release: () => releases.releaseAll() });
  } catch (error) {
    failure.abort(error);
    await releases.releaseAll();
    if (context.signal?.aborted && temporary) rmSync(folder.root, { recursive: true, force: true });
    throw error;
  }
}
