import { spawn } from 'node:child_process';
import type { SandboxInfo } from './sandbox';
import { SandboxError, type SandboxErrorCode } from './sandboxError';

/** What the process in the background tells the one that started it. */
export type OwnerMessage =
  | { progress: string }
  | { ready: SandboxInfo }
  | { failed: { code: SandboxErrorCode | undefined; message: string } };

/**
 * Runs `main.js` with the given arguments in a session of its own and returns when its sandbox is ready. While it
 * starts it is tied to this process by the message channel; from then on it lives by itself.
 */
export function startDetached(
  program: string,
  args: readonly string[],
  log: (line: string) => void,
): Promise<SandboxInfo> {
  return new Promise((resolve, reject) => {
    const owner = spawn(process.execPath, [program, ...args], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      detached: true,
    });
    owner.once('error', reject);
    owner.once('exit', (code, killer) =>
      reject(
        new SandboxError(
          'SANDBOX_PROCESS_FAILED',
          `the sandbox's owner ended by itself (${killer ?? `exit code ${code}`})`,
        ),
      ),
    );
    owner.on('message', (message: OwnerMessage) => {
      if ('progress' in message) return log(message.progress);
      owner.disconnect();
      owner.unref();
      if ('ready' in message) return resolve(message.ready);
      const { code, message: text } = message.failed;
      reject(code === undefined ? new Error(text) : new SandboxError(code, text));
    });
  });
}
