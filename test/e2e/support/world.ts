import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { checkoutRoot } from '../../../sandbox/checkout';
import { type CommandResult, runCommand } from '../../../sandbox/command';
import type { Sandbox } from '../../../sandbox/index';
import { writePrivate } from '../../../sandbox/stateFolder';

export const CHECKOUT = checkoutRoot();

/** Another settings file of all stacks: the sandbox's with these keys changed, `undefined` takes one away. */
export function settingsWith(sandbox: Sandbox, name: string, changes: Readonly<Record<string, unknown>>): string {
  const original = parse(readFileSync(sandbox.info.settings, 'utf8')) as { config: Record<string, unknown> };
  const file = path.join(sandbox.info.folder, `settings-${name}.yaml`);
  const config = { ...original.config };
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) delete config[`canary:${key}`];
    else config[`canary:${key}`] = value;
  }
  writePrivate(file, stringify({ ...original, config }));
  return file;
}

/** `npm run … -- …`, without npm and without a terminal. */
export function npmRun(sandbox: Sandbox, script: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const program = path.join(CHECKOUT, 'dist', 'scripts', `${script}.js`);
  const options = { cwd: CHECKOUT, env: { ...sandbox.env, ...env }, timeoutMs: 40_000 };
  return runCommand(process.execPath, [program, ...args], options);
}

export const adopt = (sandbox: Sandbox, ...args: string[]): Promise<CommandResult> => npmRun(sandbox, 'adopt', args);

export const resume = (sandbox: Sandbox, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<CommandResult> =>
  npmRun(sandbox, 'resume', args, env);

export const rollback = (sandbox: Sandbox, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<CommandResult> =>
  npmRun(sandbox, 'rollback', args, env);
