import path from 'node:path';
import { stringify } from 'yaml';
import { runCommand } from './command';
import { linkPlugins } from './pulumiPlugins';
import { SandboxError } from './sandboxError';
import { type StateFolder, writePrivate } from './stateFolder';

/** The file backend files stacks under the project's name, so they are those of the checkout's Pulumi.yaml. */
export const PROJECT = 'denis-canary';
export const STACKS = ['base', 'canary-1', 'canary-10', 'canary-50', 'canary-100'] as const;

export function pulumiEnvironment(
  folder: StateFolder,
  passphrase: string,
  env: NodeJS.ProcessEnv,
): Record<string, string> {
  return {
    ...(linkPlugins(folder.pulumiHome, env) && { PULUMI_IGNORE_AMBIENT_PLUGINS: 'true' }),
    PULUMI_BACKEND_URL: `file://${folder.pulumiState}`,
    PULUMI_CONFIG_PASSPHRASE: passphrase,
    PULUMI_HOME: folder.pulumiHome,
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
    PULUMI_OPTION_CONFIG_FILE: folder.settings,
    // Each run of the Kubernetes provider leaves a kubeconfig with a token there.
    TMPDIR: folder.temporary,
  };
}

/**
 * Makes the stacks, one after the other: the first writes the passphrase's salt into the settings file, the others
 * read it. They run in a project of their own, so that nothing in the checkout is touched.
 */
export async function makeStacks(folder: StateFolder, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<void> {
  writePrivate(path.join(folder.pulumiProject, 'Pulumi.yaml'), stringify({ name: PROJECT, runtime: 'nodejs' }));
  for (const stack of STACKS) {
    signal.throwIfAborted();
    const args = ['stack', 'init', stack, '--no-select', '--non-interactive'];
    const result = await runCommand('pulumi', args, {
      cwd: folder.pulumiProject,
      env,
      timeoutMs: 60_000,
      signal,
      background: true,
    });
    if (result.code !== 0) {
      throw new SandboxError(
        'SANDBOX_COMMAND_FAILED',
        `\`pulumi ${args.join(' ')}\` ended with exit code ${result.code}: ${result.stderr.trim()}`,
      );
    }
  }
}
