import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { writePrivate } from './stateFolder';

/** The detached sandboxes of this user, one small file each, so that `--stop` finds them without being told a folder. */
export interface DetachedSandbox {
  folder: string;
  checkout: string;
  startedAt: string;
}

function registryFolder(env: NodeJS.ProcessEnv): string {
  const state = env['XDG_STATE_HOME'] || path.join(env['HOME'] ?? '/', '.local', 'state');
  return path.join(state, 'denis-canary', 'sandboxes');
}

function entryFile(env: NodeJS.ProcessEnv, folder: string): string {
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  return path.join(registryFolder(env), `${name}.json`);
}

export function register(env: NodeJS.ProcessEnv, entry: DetachedSandbox): void {
  mkdirSync(registryFolder(env), { recursive: true, mode: 0o700 });
  writePrivate(entryFile(env, entry.folder), JSON.stringify(entry, null, 2));
}

export function unregister(env: NodeJS.ProcessEnv, folder: string): void {
  rmSync(entryFile(env, folder), { force: true });
}

/** Oldest first. */
export function registered(env: NodeJS.ProcessEnv, checkout: string): DetachedSandbox[] {
  let names: string[];
  try {
    names = readdirSync(registryFolder(env));
  } catch {
    return [];
  }
  return names
    .map((name) => JSON.parse(readFileSync(path.join(registryFolder(env), name), 'utf8')) as DetachedSandbox)
    .filter((entry) => entry.checkout === checkout)
    .sort((a, b) => a.startedAt.localeCompare(b.startedAt));
}
