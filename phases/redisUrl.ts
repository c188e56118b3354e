import { UserError } from './userError';

export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

/** Where `canary:redis` points. User and password are for Redis, and for a sentinel that asks for them. */
export interface RedisTarget {
  readonly tls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
  /** One server, or the sentinels that know which one is the master. */
  readonly at: RedisNode | { readonly master: string; readonly sentinels: readonly RedisNode[] };
}

export const REDIS_FORMS =
  'expected a URL like redis://host:6379/0 or redis+sentinel://host:26379,host:26379/NAME/0 (rediss for TLS)';

const SENTINEL_PORT = 26_379;
const REDIS_PORT = 6_379;

/** Scheme, user and password, hosts, path; what follows it, an option, is not ours to read. */
const FORM = /^(rediss?)(\+sentinel)?:\/\/(?:([^/?#]*)@)?([^/?#]+)((?:\/[^?#]*)?)/i;

/**
 * Reads `redis://`, `rediss://`, `redis+sentinel://` and `rediss+sentinel://`; user and password are percent-encoded.
 * @throws UserError `redis-url`, a sentence that shows no part of the URL
 */
export function parseRedisUrl(url: string): RedisTarget {
  const [, scheme, sentinel, credentials, hosts, path] = FORM.exec(url) ?? [];
  if (scheme === undefined || hosts === undefined) throw wrong(REDIS_FORMS);
  const segments = path === undefined || path === '' || path === '/' ? [] : path.slice(1).split('/');
  const target = (database: string | undefined, at: RedisTarget['at']): RedisTarget => ({
    tls: scheme.toLowerCase() === 'rediss',
    ...identity(credentials),
    database: databaseNumber(database),
    at,
  });
  if (sentinel === undefined) {
    const [database, ...more] = segments;
    if (more.length > 0) throw wrong('expected nothing behind the number of the database');
    return target(database, node(hosts, REDIS_PORT));
  }
  const [master, database, ...more] = segments;
  if (!master || more.length > 0)
    throw wrong('expected the name of the master behind the sentinels, as in …/mymaster/0');
  const sentinels = hosts.split(',').map((one) => node(one, SENTINEL_PORT));
  return target(database, { master: decoded(master, 'name of the master'), sentinels });
}

/** Names a Redis for people, without user and password. */
export function redisName({ tls, database, at }: RedisTarget): string {
  const how = tls ? ' by TLS' : '';
  if ('host' in at) return `redis ${address(at)}/${database}${how}`;
  return `redis ${at.master}/${database}${how}, sentinels ${at.sentinels.map(address).join(', ')}`;
}

const address = ({ host, port }: RedisNode): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;

function node(text: string, defaultPort: number): RedisNode {
  const [, literal, name, digits] = /^(?:\[([\da-f:.]+)\]|([^\s:[\]@,]+))(?::(\d+))?$/i.exec(text) ?? [];
  const host = literal ?? name;
  const port = digits === undefined ? defaultPort : Number(digits);
  if (host === undefined || port < 1 || port > 65_535)
    throw wrong(`${REDIS_FORMS}: each host with a port from 1 to 65535`);
  return { host, port };
}

function identity(credentials = ''): Pick<RedisTarget, 'username' | 'password'> {
  const colon = credentials.indexOf(':');
  const user = colon < 0 ? credentials : credentials.slice(0, colon);
  const password = colon < 0 ? '' : credentials.slice(colon + 1);
  const read = (text: string): string | undefined => (text === '' ? undefined : decoded(text, 'user or password'));
  return { username: read(user), password: read(password) };
}

function databaseNumber(text = ''): number {
  if (/^\d{0,9}$/.test(text)) return Number(text);
  throw wrong('expected the number of a database at the end, as in …/0');
}

function decoded(text: string, what: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrong(`expected the ${what} percent-encoded: a % stands as %25`);
  }
}

const wrong = (sentence: string): UserError => new UserError('redis-url', sentence);
