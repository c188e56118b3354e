import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { findOnPath } from './toolsOnPath';

/**
 * Links the provider plugins that are there into the sandbox's own PULUMI_HOME: those beside the tools first, then those
 * that the CLI itself installed. @returns whether the Kubernetes provider is among them; it may be on PATH alone, which
 * works too, with a warning in every update.
 */
export function linkPlugins(pulumiHome: string, env: NodeJS.ProcessEnv): boolean {
  const target = path.join(pulumiHome, 'plugins');
  mkdirSync(target, { mode: 0o700 });
  const cli = findOnPath('pulumi', env['PATH'] ?? '');
  const ownHome = env['PULUMI_HOME'] ?? (env['HOME'] === undefined ? undefined : path.join(env['HOME'], '.pulumi'));
  const sources = [cli && path.join(path.dirname(cli), '..', 'plugins'), ownHome && path.join(ownHome, 'plugins')];
  for (const source of sources) {
    if (source === undefined || !existsSync(source)) continue;
    for (const { name } of readdirSync(source, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
      if (!existsSync(path.join(target, name))) linkFiles(path.resolve(source, name), path.join(target, name));
    }
  }
  return readdirSync(target).some((name) => name.startsWith('resource-kubernetes-'));
}

/** The CLI passes over a plugin folder that is itself a link. */
function linkFiles(source: string, target: string): void {
  mkdirSync(target, { mode: 0o700 });
  for (const file of readdirSync(source)) symlinkSync(path.join(source, file), path.join(target, file));
}
