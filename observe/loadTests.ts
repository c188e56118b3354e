import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { reasonOf } from '../phases/userError';
import { type Reading, read, unreadable } from '../rollout/cluster';
import { type LoadTestResult, readLoadTest } from '../rollout/loadTest';

const FILE = /^load-test-[\dTZ.-]+\.json$/;

/** Name of the file of a result. @param at ISO time of its begin; names sort as times do */
export const loadTestFile = (at: string): string => `load-test-${at.replaceAll(':', '-')}.json`;

/** The move that is live; a result of another one says nothing of it. */
export interface LiveMove {
  readonly rollout: string | undefined;
  readonly move: string | undefined;
  readonly image: string | undefined;
}

/** The last load test of the live move that this machine keeps. Never throws. */
export function lastLoadTest(folder: string, live: LiveMove): Reading<LoadTestResult> {
  const run = 'run ./scripts/load-test/chat-flood.sh on this machine';
  try {
    const files = readdirSync(folder).filter((file) => FILE.test(file));
    for (const file of files.sort().reverse()) {
      const result = readLoadTest(readFileSync(path.join(folder, file), 'utf8'));
      if (result === undefined)
        return unreadable(`${path.join(folder, file)} is no result of a load test; remove it and ${run}`);
      const { rollout, move, image } = result;
      if (rollout === live.rollout && move === live.move && image === live.image) return read(result);
    }
    return unreadable(`there was no load test of the live move yet; ${run}`);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT')
      return unreadable(`there was no load test of the live move yet; ${run}`);
    return unreadable(`the load tests in ${folder} cannot be read: ${reasonOf(thrown)}`);
  }
}
