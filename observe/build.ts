import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { reasonOf } from '../phases/userError';
import { type Reading, read, unreadable } from '../rollout/cluster';

const REBUILD = 'run npm run build, and look at the preview again';

/**
 * Whether the running code was built from the sources beside it: who changed a limit and did not build would be judged by the old one.
 * @param root of the checkout; a copy without sources (an image) has nothing to compare and is what it is
 */
export function readBuild(root: string): Reading<true> {
  const hasher = path.join(root, 'tools', 'sourcesHash.js');
  if (!existsSync(hasher)) return read(true);
  try {
    const { sourcesHash } = require(hasher) as { sourcesHash: (root: string) => string };
    const { sources } = JSON.parse(readFileSync(path.join(root, 'dist', 'build.json'), 'utf8')) as { sources?: string };
    if (sources === sourcesHash(root)) return read(true);
    return unreadable(`the sources changed since dist/ was built: ${REBUILD}`);
  } catch (thrown) {
    return unreadable(`it cannot be told whether dist/ was built from the sources (${reasonOf(thrown)}): ${REBUILD}`);
  }
}

const running = new Map<string, Reading<true>>();

/** The same of the code that runs: it was loaded once, and what becomes of its sources later is nothing to it. */
export function runningBuild(root: string): Reading<true> {
  const known = running.get(root) ?? readBuild(root);
  running.set(root, known);
  return known;
}
