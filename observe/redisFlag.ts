import { reasonOf } from '../phases/userError';
import { type Reading, read, unreadable } from '../rollout/cluster';
import { withRedis } from './redisClient';

/** The plan's key; `0` turns the feature off, anything else and no key at all leave it on. */
export const FLAG_KEY = 'denis:feature:materializers:enabled';

const TIMEOUT_MS = 3_000;

/** Reads the flag once. Never throws: what cannot be read is said. */
export async function readFlag(url: string): Promise<Reading<boolean>> {
  try {
    return read((await withRedis(url, TIMEOUT_MS, (client) => client.get(FLAG_KEY))) !== '0');
  } catch (thrown) {
    return unreadable(reasonOf(thrown));
  }
}
