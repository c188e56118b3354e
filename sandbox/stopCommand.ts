import { checkoutRoot } from './checkout';
import { registered, unregister } from './registry';
import { SandboxError } from './sandboxError';
import { sandboxRunsIn, stopSandboxIn } from './stopDetached';

export interface StopOptions {
  all: boolean;
  env: NodeJS.ProcessEnv;
  say: (line: string) => void;
}

/**
 * `--stop`: with a folder the sandbox there, whoever started it; without one the detached sandbox of this checkout.
 * When several run, none is ended unless all are meant: they may be other people's.
 */
export async function stopCommand(folder: string | undefined, { all, env, say }: StopOptions): Promise<void> {
  if (folder !== undefined) {
    const ended = await stopSandboxIn(folder);
    unregister(env, folder);
    if (!ended) throw new SandboxError('SANDBOX_NOT_FOUND', `expected a running sandbox in ${folder}, found none`);
    return say(`ended the sandbox in ${folder}`);
  }
  const entries = registered(env, checkoutRoot());
  const running = entries.filter((entry) => sandboxRunsIn(entry.folder));
  if (running.length > 1 && !all) {
    const folders = running.map((entry) => `\n  --folder ${entry.folder} (started ${entry.startedAt})`).join('');
    throw new SandboxError(
      'SANDBOX_BAD_OPTION',
      `expected one sandbox to end, found ${running.length}; choose one, or --all:${folders}`,
    );
  }
  if (running.length === 0) say('no detached sandbox of this checkout runs');
  for (const entry of entries) {
    if (await stopSandboxIn(entry.folder)) say(`ended the sandbox in ${entry.folder}`);
    unregister(env, entry.folder);
  }
}
