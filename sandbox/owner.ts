import { writeFileSync } from 'node:fs';
import { type Sandbox, SandboxError, type SandboxOptions, startSandbox } from './index';

export interface OwnerCallbacks {
  log: (line: string) => void;
  onReady: (sandbox: Sandbox) => void;
  /** Aborted to end the sandbox: by Ctrl-C, SIGTERM, or the loss of whoever waits for it. */
  signal: AbortSignal;
}

/** Owns one sandbox until it is told to end; throws when a process of it ends by itself. */
export async function ownSandbox(options: SandboxOptions, { log, onReady, signal }: OwnerCallbacks): Promise<void> {
  const sandbox = await startSandbox(options, { log, signal });
  // The servers do not keep this process alive.
  const keepAlive = setInterval(() => {}, 60_000);
  try {
    writeFileSync(`${sandbox.info.folder}/sandbox.json`, `${JSON.stringify(sandbox.info, null, 2)}\n`, { mode: 0o600 });
    writeFileSync(`${sandbox.info.folder}/env.sh`, shellExports(sandbox.info.env), { mode: 0o600 });
    onReady(sandbox);
    const crash = await Promise.race([sandbox.crashed, aborted(signal)]);
    await sandbox.stop({ keepFolder: crash instanceof SandboxError });
    if (crash instanceof SandboxError) throw crash;
  } finally {
    await sandbox.stop({ keepFolder: true });
    clearInterval(keepAlive);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

function shellExports(env: Readonly<Record<string, string>>): string {
  const quote = (value: string): string => `'${value.replaceAll("'", "'\\''")}'`;
  return Object.entries(env)
    .map(([name, value]) => `export ${name}=${quote(value)}\n`)
    .join('');
}
