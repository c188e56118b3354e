import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SandboxError } from './sandboxError';

/** Everything one sandbox keeps on disk: one folder, 0700, because tokens and the stacks' state lie in it. */
export interface StateFolder {
  root: string;
  logs: string;
  temporary: string;
  certificates: string;
  etcd: string;
  prometheus: string;
  redis: string;
  pulumiHome: string;
  pulumiState: string;
  pulumiProject: string;
  kubeCache: string;
  /** Evidence of what is judged here; nothing lands in the home of whoever tries it. */
  journal: string;
  auditLog: string;
  settings: string;
  kubeconfig: (user: string) => string;
  file: (name: string) => string;
}

/** Makes the folder; a named one may exist but must be empty. */
export function makeStateFolder(chosen: string | undefined): StateFolder {
  const root = chosen === undefined ? mkdtempSync(path.join(tmpdir(), 'denis-sandbox-')) : path.resolve(chosen);
  if (existsSync(root) && readdirSync(root).length > 0) {
    throw new SandboxError(
      'SANDBOX_FOLDER_IN_USE',
      `expected an empty folder or none at ${root}, found files in it; remove them or choose another --folder`,
    );
  }
  mkdirSync(root, { recursive: true, mode: 0o700 });
  chmodSync(root, 0o700);
  const folder = (name: string): string => {
    const result = path.join(root, name);
    mkdirSync(result, { mode: 0o700 });
    return result;
  };
  return {
    root,
    logs: folder('logs'),
    temporary: folder('tmp'),
    certificates: folder('certificates'),
    etcd: folder('etcd'),
    prometheus: folder('prometheus'),
    redis: folder('redis'),
    pulumiHome: folder('pulumi-home'),
    pulumiState: folder('pulumi-state'),
    pulumiProject: folder('pulumi-project'),
    kubeCache: folder('kube-cache'),
    journal: folder('journal'),
    auditLog: path.join(root, 'audit.log'),
    settings: path.join(root, 'settings.yaml'),
    kubeconfig: (user) => path.join(root, user === 'admin' ? 'kubeconfig' : `kubeconfig-${user}`),
    file: (name) => path.join(root, name),
  };
}

/** Readable by its owner alone, also when another program made the file. */
export function writePrivate(file: string, content: string): void {
  writeFileSync(file, content, { mode: 0o600 });
  chmodSync(file, 0o600);
}
