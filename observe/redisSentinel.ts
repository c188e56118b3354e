import type { RedisNode } from '../phases/redisUrl';
import { reasonOf } from '../phases/userError';

export type Identity = { readonly username?: string; readonly password?: string };

/** One open connection, by the commands that finding a master takes. */
interface Connection {
  sendCommand(words: string[]): Promise<unknown>;
}

/**
 * Connects to the master that the first sentinel with a true answer names. All are asked at once, so that a dead one delays
 * nothing; user and password are shown to a sentinel only when it asks for them.
 * @throws Error one sentence, with what each sentinel said
 */
export async function findMaster<C extends Connection>(
  { master, sentinels }: { readonly master: string; readonly sentinels: readonly RedisNode[] },
  identity: Identity,
  connect: (node: RedisNode, as: 'sentinel' | 'master') => Promise<C>,
): Promise<C> {
  const by = async (sentinel: RedisNode): Promise<C> => {
    const node = addressIn(await askedFor(master, await connect(sentinel, 'sentinel'), identity));
    if (node === undefined)
      throw new Error(`the sentinel at ${sentinel.host}:${sentinel.port} knows no master ${master}`);
    const client = await connect(node, 'master');
    if ((await role(client)) === 'slave')
      throw new Error(`${node.host}:${node.port} is no longer the master ${master}`);
    return client;
  };
  try {
    return await Promise.any(sentinels.map(by));
  } catch (thrown) {
    const reasons = thrown instanceof AggregateError ? thrown.errors.map(reasonOf) : [reasonOf(thrown)];
    throw new Error([...new Set(reasons)].join('; '), { cause: thrown });
  }
}

async function askedFor(master: string, client: Connection, { username, password }: Identity): Promise<unknown> {
  const question = ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', master];
  try {
    return await client.sendCommand(question);
  } catch (thrown) {
    if (password === undefined || !reasonOf(thrown).startsWith('NOAUTH')) throw thrown;
    await client.sendCommand(['AUTH', ...(username === undefined ? [] : [username]), password]);
    return client.sendCommand(question);
  }
}

function addressIn(answer: unknown): RedisNode | undefined {
  if (!Array.isArray(answer)) return undefined;
  const [host, port] = answer as unknown[];
  return typeof host === 'string' && Number.isInteger(Number(port)) ? { host, port: Number(port) } : undefined;
}

/** Undefined where the user may not ask: a replica refuses writes by itself. */
async function role(client: Connection): Promise<unknown> {
  try {
    const answer = await client.sendCommand(['ROLE']);
    return Array.isArray(answer) ? answer[0] : undefined;
  } catch (thrown) {
    if (reasonOf(thrown).startsWith('NOPERM')) return undefined;
    throw thrown;
  }
}
