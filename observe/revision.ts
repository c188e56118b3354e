import { execFile } from 'node:child_process';
import type { Revision } from '../rollout/evidence';

const DEADLINE_MS = 2_000;

/** The commit of a checkout, and whether its files differ from it; `unknown` without git, and when git is slow. */
export async function readRevision(folder: string, env: NodeJS.ProcessEnv): Promise<Revision> {
  // A hook of git names its own repository in these; the folder's is meant.
  const { GIT_DIR: _dir, GIT_WORK_TREE: _tree, GIT_INDEX_FILE: _index, ...rest } = env;
  const git = (...args: string[]): Promise<string | undefined> =>
    new Promise((resolve) => {
      const options = { cwd: folder, env: { ...rest, GIT_OPTIONAL_LOCKS: '0' }, timeout: DEADLINE_MS };
      execFile('git', args, { ...options, killSignal: 'SIGKILL' }, (error, stdout) =>
        resolve(error === null ? stdout.trim() : undefined),
      );
    });
  const [commit, status] = await Promise.all([
    git('rev-parse', '--verify', 'HEAD'),
    git('status', '--porcelain', '--untracked-files=no'),
  ]);
  if (commit === undefined || !/^[0-9a-f]{40,64}$/.test(commit)) return { commit: 'unknown' };
  return { commit, ...(status === undefined ? {} : { changed: status !== '' }) };
}
