import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { type RawSettings, rawSettings } from '../phases/settings';
import { UserError } from '../phases/userError';

/**
 * The settings of a stack without the engine: from the file that PULUMI_OPTION_CONFIG_FILE names, else `Pulumi.<stack>.yaml`.
 * @param options.secrets has `pulumi config` read them where a value is encrypted. @default leaves it encrypted
 * @throws UserError `settings` when the file is missing or no YAML
 */
export function readStackSettings(
  stack: string,
  env: NodeJS.ProcessEnv,
  { secrets = false }: { readonly secrets?: boolean } = {},
): RawSettings {
  const file = env['PULUMI_OPTION_CONFIG_FILE'] ?? `Pulumi.${stack}.yaml`;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new UserError(
      'settings',
      `${file} cannot be read; run this in the project's folder, with --stack one of base, canary-1, canary-10, canary-50, canary-100`,
    );
  }
  let config: Record<string, unknown>;
  try {
    config = ((parse(text) ?? {}) as { config?: Record<string, unknown> }).config ?? {};
  } catch (thrown) {
    throw new UserError(
      'settings',
      `${file} is no YAML: ${thrown instanceof Error ? thrown.message.split('\n')[0] : ''}`,
    );
  }
  const raw = rawSettings(config);
  return secrets && isEncrypted(raw) ? decrypted(stack, file, env) : raw;
}

/** Whether a value anywhere is what `pulumi config set --secret` writes. */
function isEncrypted(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { secure, ...others } = value as Record<string, unknown>;
  if (typeof secure === 'string' && Object.keys(others).length === 0) return true;
  return Object.values(value).some(isEncrypted);
}

const DEADLINE_MS = 20_000;

/** All values as the engine hands them over: text. Only the engine has the key, whatever keeps it. */
function decrypted(stack: string, file: string, env: NodeJS.ProcessEnv): RawSettings {
  const args = ['config', '--show-secrets', '--json', '--non-interactive', '--stack', stack, '--config-file', file];
  const result = spawnSync('pulumi', args, { env, encoding: 'utf8', timeout: DEADLINE_MS });
  if (result.status !== 0) {
    const said = result.error?.message ?? result.stderr.trim().split('\n').at(-1);
    throw new UserError('settings', `${file} holds secrets, and \`pulumi config\` does not show them: ${said}`);
  }
  const values = JSON.parse(result.stdout) as Record<string, { readonly value?: string }>;
  return rawSettings(Object.fromEntries(Object.entries(values).map(([key, { value }]) => [key, value])));
}
