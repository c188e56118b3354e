import { parseRedisUrl, type RedisNode } from '../phases/redisUrl';
import { reasonOf } from '../phases/userError';
import { openRedis, type RedisConnection } from './redisConnection';
import { findMaster, type Identity } from './redisSentinel';

/** What this project asks of Redis. */
export interface Redis {
  get(key: string): Promise<string | null>;
  set(key: string, value: string): Promise<unknown>;
  del(key: string): Promise<unknown>;
  /** Length of a list; 0 where there is none. */
  llen(key: string): Promise<number>;
}

/**
 * Uses one connection to the Redis of a URL, or to the master that its sentinels name, and closes it whatever happens. One
 * deadline holds for everything; nothing is tried twice.
 * @throws Error one sentence that begins with `Redis: ` and shows no password
 */
export async function withRedis<T>(url: string, timeoutMs: number, use: (client: Redis) => Promise<T>): Promise<T> {
  const opened: RedisConnection[] = [];
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
    const open = async (node: RedisNode, as: 'sentinel' | 'master') => {
      if (over) throw new Error('the deadline is over');
      const connection = openRedis(node, tls);
      opened.push(connection);
      if (as === 'master') await introduce(connection, identity, database);
      return connection;
    };
    const connecting = 'host' in at ? open(at, 'master') : findMaster(at, identity, open);
    return await Promise.race([connecting.then((connection) => use(redisOn(connection))), deadline]);
  } catch (thrown) {
    throw new Error(`Redis: ${hidden(reasonOf(thrown), secret)}`);
  } finally {
    over = true;
    clearTimeout(timer);
    for (const client of opened) client.destroy();
  }
}

async function introduce(to: RedisConnection, { username, password }: Identity, database: number): Promise<void> {
  if (password !== undefined) await to.sendCommand(['AUTH', ...(username === undefined ? [] : [username]), password]);
  if (database !== 0) await to.sendCommand(['SELECT', String(database)]);
}

const redisOn = ({ sendCommand }: RedisConnection): Redis => ({
  get: async (key) => {
    const value = await sendCommand(['GET', key]);
    return value === null ? null : String(value);
  },
  set: (key, value) => sendCommand(['SET', key, value]),
  del: (key) => sendCommand(['DEL', key]),
  llen: async (key) => Number(await sendCommand(['LLEN', key])),
});

/** A server without AUTH answers with the words that it was sent. */
const hidden = (text: string, secret: string | undefined): string =>
  secret === undefined ? text : text.replaceAll(secret, '[secret]');
