import { rmSync } from 'node:fs';
import { type AuditEntry, readAuditLog } from './auditLog';
import { type CommandResult, runCommand } from './command';
import type { ManagedProcess } from './process';
import { SandboxError } from './sandboxError';
import type { StateFolder } from './stateFolder';
import type { Person } from './users';

/** What `npm run sandbox -- --detach` prints: everything needed to use the sandbox from a shell. */
export interface SandboxInfo {
  /** The administrator's; `kubeconfig-USER` beside it is another user's. */
  kubeconfig: string;
  context: string;
  /** URLs. */
  denis: string;
  prometheus: string;
  redis: string;
  /** For `pulumi` and `kubectl`, to be added to the caller's own environment. */
  env: Record<string, string>;
  pids: Record<string, number>;
  folder: string;
  /** The settings file of all stacks. */
  settings: string;
}

/** A server that can be taken away and brought back: same address, same data (Redis keeps none). */
export interface Server {
  url: string;
  stop(): Promise<void>;
  /** Returns when it serves again. */
  start(): Promise<void>;
}

export interface SandboxParts {
  info: Omit<SandboxInfo, 'pids'>;
  folder: StateFolder;
  denis: ManagedProcess;
  prometheus: ManagedProcess;
  redis: ManagedProcess;
  apiServer: ManagedProcess;
  apiServerUrl: string;
  /** The environment the sandbox was started with. */
  env: NodeJS.ProcessEnv;
  crashed: Promise<SandboxError>;
  release: () => Promise<void>;
  pids: () => Record<string, number>;
  /** The folder was made by the sandbox, and goes with it. */
  temporary: boolean;
}

export class Sandbox {
  readonly denis: Server;
  readonly prometheus: Server;
  readonly redis: Server;
  readonly apiServer: Server;
  /** Resolves, with an error that names process and log, when a process ends that nobody stopped. */
  readonly crashed: Promise<SandboxError>;

  constructor(private readonly parts: SandboxParts) {
    this.denis = server(parts.denis, parts.info.denis);
    this.prometheus = server(parts.prometheus, parts.info.prometheus);
    this.redis = server(parts.redis, parts.info.redis);
    this.apiServer = server(parts.apiServer, parts.apiServerUrl);
    this.crashed = parts.crashed;
  }

  get info(): SandboxInfo {
    return { ...this.parts.info, pids: this.parts.pids() };
  }

  /** The caller's environment with the sandbox's: what a child process such as `pulumi` is to be given. */
  get env(): NodeJS.ProcessEnv {
    return { ...this.parts.env, ...this.parts.info.env };
  }

  kubeconfig(user: Person): string {
    return this.parts.folder.kubeconfig(user);
  }

  /** Never throws because of kubectl's exit code. @param options.timeoutMs default 30 s */
  kubectl(
    args: readonly string[],
    options: { user?: Person; input?: string; timeoutMs?: number } = {},
  ): Promise<CommandResult> {
    const { user = 'admin', input, timeoutMs = 30_000 } = options;
    const env = { ...this.env, KUBECONFIG: this.kubeconfig(user) };
    return runCommand('kubectl', args, {
      cwd: this.info.folder,
      env,
      timeoutMs,
      ...(input !== undefined && { input }),
    });
  }

  auditLog(): Promise<AuditEntry[]> {
    return readAuditLog(this.parts.folder.auditLog);
  }

  /** Switches what Denis does from now on, such as `scenario('failing-jobs', { rate: 0.04 })`. */
  async scenario(name: string, extra: Readonly<Record<string, unknown>> = {}): Promise<void> {
    const response = await fetch(`${this.info.denis}/sandbox/scenario`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...extra, name }),
      signal: AbortSignal.timeout(5_000),
    });
    const answer = await response.text();
    if (!response.ok)
      throw new SandboxError('SANDBOX_BAD_OPTION', `scenario ${name}: HTTP ${response.status} ${answer.trim()}`);
  }

  /** Ends everything, last started first; a folder that the sandbox made itself goes too. Idempotent. */
  async stop(options: { keepFolder?: boolean } = {}): Promise<void> {
    await this.parts.release();
    if (this.parts.temporary && !options.keepFolder) rmSync(this.info.folder, { recursive: true, force: true });
  }
}

function server(process: ManagedProcess, url: string): Server {
  return { url, stop: () => process.stop(), start: () => process.start() };
}
