import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { SandboxError } from './sandboxError';

export const SANDBOX_TOOLS = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kwok',
  'kubectl',
  'prometheus',
  'redis-server',
  'pulumi',
] as const;

export function requireTools(searchPath: string, tools: readonly string[] = SANDBOX_TOOLS): void {
  const missing = tools.filter((tool) => findOnPath(tool, searchPath) === undefined);
  if (missing.length === 0) return;
  throw new SandboxError(
    'SANDBOX_TOOL_MISSING',
    `expected ${tools.length} tools on PATH, did not find ${missing.join(', ')}; \`npm run sandbox\` sets them up`,
  );
}

export function findOnPath(tool: string, searchPath: string): string | undefined {
  const candidates = searchPath.split(path.delimiter).map((folder) => path.join(folder, tool));
  return candidates.find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
