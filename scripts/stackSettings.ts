import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { type RawSettings, rawSettings } from '../phases/settings';
import { UserError } from '../phases/userError';

/**
 * The settings of a stack without the engine: from the file that PULUMI_OPTION_CONFIG_FILE names, else `Pulumi.<stack>.yaml`.
 * @throws UserError `settings` when the file is missing or no YAML
 */
export function readStackSettings(stack: string, env: NodeJS.ProcessEnv): RawSettings {
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
  try {
    const { config } = (parse(text) ?? {}) as { config?: Record<string, unknown> };
    return rawSettings(config ?? {});
  } catch (thrown) {
    throw new UserError(
      'settings',
      `${file} is no YAML: ${thrown instanceof Error ? thrown.message.split('\n')[0] : ''}`,
    );
  }
}
