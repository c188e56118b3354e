import { parseRedisUrl, type RedisNode } from '../phases/redisUrl';
import { reasonOf } from '../phases/userError';
import { findMaster } from './redisSentinel';

/** What this project asks of Redis. */
export interface Redis {
  get(key: string): Promise<string | null>;
  set(key: string, value: string): Promise<unknown>;
  del(key: string): Promise<unknown>;
}

/**
 * Uses one connection to the Redis of a URL, or to the master that its sentinels name, and closes it whatever happens. One
 * deadline holds for everything; nothing is tried twice.
 * @throws Error one sentence that begins with `Redis: ` and shows no password
 */
export async function withRedis<T>(url: string, timeoutMs: number, use: (client: Redis) => Promise<T>): Promise<T> {
  const end = performance.now() + timeoutMs;
  // Loaded when needed: what asks no Redis must not pay for it.
  const { createClient } = await import('@redis/client');
  const opened: { destroy(): void }[] = [];
  let over = false;
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
  });
  let secret: string | undefined;
  try {
    const { at, tls, database, username, password } = parseRedisUrl(url);
    secret = password;
    const identity = {
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
    };
    const open = async ({ host, port }: RedisNode, as: 'sentinel' | 'master') => {
      const socket = {
        host,
        port,
        connectTimeout: Math.max(1, end - performance.now()),
        reconnectStrategy: false,
      } as const;
      const client = createClient({
        ...(as === 'master' ? { ...identity, database } : {}),
        RESP: 2,
        disableOfflineQueue: true,
        socket: tls ? { ...socket, tls } : socket,
        commandOptions: { timeout: timeoutMs },
      });
      opened.push(client);
      client.on('error', () => {}); // connect and the commands report it
      await client.connect();
      // A client that was destroyed while it connected connects all the same.
      if (over) client.destroy();
      return client;
    };
    const connecting = 'host' in at ? open(at, 'master') : findMaster(at, identity, open);
    return await Promise.race([connecting.then(use), deadline]);
  } catch (thrown) {
    throw new Error(`Redis: ${hidden(reasonOf(thrown), secret)}`);
  } finally {
    over = true;
    clearTimeout(timer);
    for (const client of opened) client.destroy();
  }
}

/** A server without AUTH answers with the words that it was sent. */
const hidden = (text: string, secret: string | undefined): string =>
  secret === undefined ? text : text.replaceAll(secret, '[secret]');
