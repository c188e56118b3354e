import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, statSync } from 'node:fs';
import path from 'node:path';
import { logTail } from './logTail';
import { identify, type ProcessIdentity } from './processIdentity';
import { SandboxError } from './sandboxError';
import type { Watchdog } from './watchdog';

export interface ProcessSpec {
  name: string;
  command: string;
  args: readonly string[];
  /** Resolves when the process serves; `log` is what it has printed since this start. */
  ready: (signal: AbortSignal, log: () => string) => Promise<void>;
  /** SIGKILL for what keeps no state of its own: it ends at once. */
  stopSignal: 'SIGTERM' | 'SIGKILL';
}

export interface ProcessHost {
  env: NodeJS.ProcessEnv;
  /** The working directory of every process. */
  folder: string;
  logs: string;
  watchdog: Watchdog;
  /** Told of a process that ended though nobody stopped it. */
  onCrash: (error: SandboxError) => void;
  /** Told of every change of what runs. */
  onChange: () => void;
}

/** The shell waits until its pid is recorded and only then becomes the program: there is no moment at which a killed
 * owner leaves a process that the watchdog does not know. */
const GATE = 'read -r go && exec "$@" </dev/null';
const STOP_GRACE_MS = 5_000;
/** Enough for the message above a stack. */
const LOG_LINES = 16;

export class ManagedProcess {
  private child: ChildProcess | undefined;
  private exit: Promise<string> = Promise.resolve('it was not started');
  private stopping = false;
  private current: ProcessIdentity | undefined;

  constructor(
    private readonly spec: ProcessSpec,
    private readonly host: ProcessHost,
  ) {}

  get name(): string {
    return this.spec.name;
  }

  get logFile(): string {
    return path.join(this.host.logs, `${this.spec.name}.log`);
  }

  /** Undefined while it does not run. */
  get identity(): ProcessIdentity | undefined {
    return this.current;
  }

  /** Returns when the process serves; ends it again when that fails. */
  async start(signal: AbortSignal = new AbortController().signal): Promise<void> {
    signal.throwIfAborted();
    if (this.current !== undefined) throw new Error(`${this.name} runs already`);
    const { command, args } = this.spec;
    const log = openSync(this.logFile, 'a', 0o600);
    const logStart = statSync(this.logFile).size;
    const child = spawn('sh', ['-c', GATE, 'sh', command, ...args], {
      stdio: ['pipe', log, log],
      // A process group of its own: Ctrl-C in the terminal reaches the owner only, which ends all in order.
      detached: true,
      env: this.host.env,
      cwd: this.host.folder,
    });
    closeSync(log);
    this.child = child;
    this.stopping = false;
    this.exit = new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, killer) => resolve(killer === null ? `exit code ${code}` : `signal ${killer}`));
    });
    child.stdin!.on('error', () => {});
    this.current = child.pid === undefined ? undefined : identify(this.name, child.pid);
    if (this.current === undefined) throw this.failure(await this.exit, logStart);
    const { pid } = this.current;
    try {
      await this.host.watchdog.record(this.current);
      child.stdin!.end('go\n');
      this.host.onChange();
      const abort = new AbortController();
      const died = this.exit.then((how) => Promise.reject(this.failure(how, logStart)));
      try {
        await Promise.race([
          died,
          this.spec.ready(AbortSignal.any([signal, abort.signal]), () => logTail(this.logFile, logStart)),
        ]);
      } finally {
        abort.abort();
        died.catch(() => {});
      }
    } catch (error) {
      await this.stop();
      if (!(error instanceof SandboxError && error.code === 'SANDBOX_TIMEOUT')) throw error;
      throw new SandboxError(error.code, `${error.message}; ${this.logEnd(logStart)}`);
    }
    // The owner may end by itself while this runs: the watchdog then ends it.
    child.unref();
    void this.exit.then(async (how) => {
      if (this.stopping || this.current?.pid !== pid) return;
      this.current = undefined;
      this.host.onCrash(this.failure(how, logStart));
      await this.host.watchdog.forget(pid).catch(() => {});
      this.host.onChange();
    });
  }

  /** Returns when the process has ended; nothing to do when it does not run. */
  async stop(): Promise<void> {
    const { child, current } = this;
    this.stopping = true;
    if (child === undefined || current === undefined) return;
    child.ref();
    child.kill(this.spec.stopSignal);
    const hurry = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
    await this.exit;
    clearTimeout(hurry);
    this.current = undefined;
    await this.host.watchdog.forget(current.pid).catch(() => {});
    this.host.onChange();
  }

  private failure(how: string, logStart: number): SandboxError {
    return new SandboxError(
      'SANDBOX_PROCESS_FAILED',
      `${this.name} ended by itself (${how}); ${this.logEnd(logStart)}`,
    );
  }

  private logEnd(logStart: number): string {
    const lines = logTail(this.logFile, logStart).trim().split('\n').slice(-LOG_LINES).join('\n  ');
    return `its log is ${this.logFile}${lines === '' ? '' : `, the end of it:\n  ${lines}`}`;
  }
}
