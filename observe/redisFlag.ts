import { reasonOf } from '../phases/userError';
import { type Reading, read, unreadable } from '../rollout/cluster';

/** The plan's key; `0` turns the feature off, anything else and no key at all leave it on. */
export const FLAG_KEY = 'denis:feature:materializers:enabled';

const TIMEOUT_MS = 3_000;

/** Reads the flag once. Never throws: what cannot be read is said. */
export async function readFlag(url: string): Promise<Reading<boolean>> {
  // Loaded when needed: a lowering move or a refusal without Redis must not pay for it.
  const { createClient } = await import('@redis/client');
  let close = (): void => {};
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)), TIMEOUT_MS);
  });
  try {
    // Throws for a URL that names no database, such as redis://host/first.
    const client = createClient({
      url,
      RESP: 2,
      disableOfflineQueue: true,
      socket: { connectTimeout: TIMEOUT_MS, reconnectStrategy: false },
      commandOptions: { timeout: TIMEOUT_MS },
    });
    close = () => client.destroy();
    client.on('error', () => {}); // connect and get report it
    const value = await Promise.race([client.connect().then(() => client.get(FLAG_KEY)), deadline]);
    return read(value !== '0');
  } catch (thrown) {
    return unreadable(`Redis: ${reasonOf(thrown)}`);
  } finally {
    clearTimeout(timer);
    close();
  }
}
