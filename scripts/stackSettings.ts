import { execFile, spawnSync } from 'node:child_process';
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
  const file = settingsFile(stack, env);
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

const settingsFile = (stack: string, env: NodeJS.ProcessEnv): string =>
  env['PULUMI_OPTION_CONFIG_FILE'] ?? `Pulumi.${stack}.yaml`;

/** Whether a value anywhere is what `pulumi config set --secret` writes. */
export function isEncrypted(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { secure, ...others } = value as Record<string, unknown>;
  if (typeof secure === 'string' && Object.keys(others).length === 0) return true;
  return Object.values(value).some(isEncrypted);
}

const DEADLINE_MS = 20_000;

const decryption = (stack: string, file: string): readonly string[] => [
  ...['config', '--show-secrets', '--json', '--non-interactive'],
  ...['--stack', stack, '--config-file', file],
];

/** All values as the engine hands them over: text. Only the engine has the key, whatever keeps it. */
function decrypted(stack: string, file: string, env: NodeJS.ProcessEnv): RawSettings {
  const result = spawnSync('pulumi', decryption(stack, file), { env, encoding: 'utf8', timeout: DEADLINE_MS });
  if (result.status !== 0) throw undecrypted(file, result.error, result.stderr);
  return valuesIn(result.stdout);
}

/**
 * The same without stopping everything else meanwhile.
 * @throws UserError `settings` when the engine does not show them
 */
export function decryptedSettings(stack: string, env: NodeJS.ProcessEnv): Promise<RawSettings> {
  const file = settingsFile(stack, env);
  return new Promise((resolve, reject) => {
    execFile('pulumi', decryption(stack, file), { env, timeout: DEADLINE_MS }, (error, stdout, stderr) => {
      if (error === null) resolve(valuesIn(stdout));
      else reject(undecrypted(file, error, stderr));
    });
  });
}

function undecrypted(file: string, error: Error | undefined, stderr: string): UserError {
  const said = stderr.trim().split('\n').at(-1) || error?.message;
  return new UserError('settings', `${file} holds secrets, and \`pulumi config\` does not show them: ${said}`);
}

function valuesIn(stdout: string): RawSettings {
  const values = JSON.parse(stdout) as Record<string, { readonly value?: string }>;
  return rawSettings(Object.fromEntries(Object.entries(values).map(([key, { value }]) => [key, value])));
}
