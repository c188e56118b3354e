import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { promisify } from 'node:util';
import { createClient } from '@redis/client';
import { withRedis } from '../../observe/redisClient';
import { waitFor } from '../../sandbox/waitFor';
import { type RedisServer, startRedis, startSentinel } from './support/redis';

const get = (url: string, timeoutMs = 3_000): Promise<string | null> =>
  withRedis(url, timeoutMs, (client) => client.get('key'));
const set = (url: string, value: string): Promise<unknown> =>
  withRedis(url, 3_000, (client) => client.set('key', value));

async function failure(url: string, timeoutMs = 3_000): Promise<string> {
  try {
    await get(url, timeoutMs);
  } catch (thrown) {
    assert.ok(thrown instanceof Error);
    assert.equal(thrown.cause, undefined, 'a cause is printed with its own words');
    return thrown.message;
  }
  return assert.fail('expected a failure');
}

/** Accepts connections and says nothing. */
async function silence(): Promise<{ port: number; sockets: Socket[]; stop(): void }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket.on('error', () => {}))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = (): void => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { port: (server.address() as AddressInfo).port, sockets, stop };
}

describe('withRedis', function () {
  this.timeout(120_000);
  const release: (() => unknown)[] = [];
  const kept = <T extends { stop(): unknown }>(one: T): T => {
    release.unshift(() => one.stop());
    return one;
  };
  afterEach(async () => {
    for (const one of release.splice(0)) await one();
  });

  it('reads, writes and deletes', async () => {
    const { url } = kept(await startRedis());
    await withRedis(url, 3_000, async (client) => {
      assert.equal(await client.get('key'), null);
      await client.set('key', '0');
      assert.equal(await client.get('key'), '0');
      await client.del('key');
      assert.equal(await client.get('key'), null);
    });
  });

  it('takes a percent-encoded password and a database, and shows no wrong password', async () => {
    const { port } = kept(await startRedis('--requirepass', 'p@ss/w%rd'));
    const url = (password: string): string => `redis://:${password}@127.0.0.1:${port}/3`;
    await set(url('p%40ss%2Fw%25rd'), '0');
    assert.equal(await get(url('p%40ss%2Fw%25rd')), '0');
    assert.equal(await get(url('p%40ss%2Fw%25rd').replace('/3', '/2')), null);
    assert.match(await failure(url('s3cret')), /^Redis: WRONGPASS (?!.*s3cret)/);
  });

  it('hides the password that a server without AUTH sends back', async () => {
    const { port } = kept(await startRedis('--rename-command', 'AUTH', '""'));
    assert.match(
      await failure(`redis://me:s3cret@127.0.0.1:${port}`),
      /^Redis: ERR unknown command 'AUTH'.*\[secret\]/,
    );
  });

  it('says that nobody listens, and that a URL means nothing', async () => {
    const gone = await startRedis();
    await gone.stop();
    assert.match(await failure(gone.url), /^Redis: .*ECONNREFUSED/);
    assert.match(await failure('redis://127.0.0.1/first'), /^Redis: expected the number of a database/);
  });

  it('gives up at its deadline, whatever is silent, and leaves no connection', async () => {
    const { port, sockets } = kept(await silence());
    for (const url of [
      `redis://127.0.0.1:${port}`,
      `rediss://127.0.0.1:${port}`,
      `redis+sentinel://127.0.0.1:${port}/denis`,
    ]) {
      const started = performance.now();
      assert.match(await failure(url, 500), /^Redis: (no answer within 0\.5 s|Connection timeout)$/);
      assert.ok(performance.now() - started < 1_500, url);
    }
    assert.equal(sockets.length, 3);
    await Promise.all(sockets.map((socket) => socket.destroyed || once(socket.resume(), 'close')));
  });

  it('gives up on a use that lasts too long', async () => {
    const { url } = kept(await startRedis());
    const never = withRedis(url, 300, () => new Promise<never>(() => {}));
    await assert.rejects(never, { message: 'Redis: no answer within 0.3 s' });
  });

  describe('by TLS', () => {
    let folder: string;
    before(() => {
      folder = mkdtempSync(path.join(tmpdir(), 'tls-'));
      const own = '-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=redis.test';
      const out = ['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', 'key.pem', '-out', 'cert.pem'];
      execFileSync('openssl', ['req', ...own.split(' '), ...out], { cwd: folder, stdio: 'pipe', timeout: 10_000 });
    });
    after(() => rmSync(folder, { recursive: true }));

    /** The real server may be built without TLS: its end of the connection stands before it, as stunnel would. */
    async function tlsBefore(redis: RedisServer): Promise<number> {
      const file = (name: string): Buffer => readFileSync(path.join(folder, name));
      const server = createTlsServer({ key: file('key.pem'), cert: file('cert.pem') }, (outer) => {
        const inner = connect(redis.port, '127.0.0.1');
        outer.on('error', () => inner.destroy()).pipe(inner);
        inner.on('error', () => outer.destroy()).pipe(outer);
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      release.unshift(() => server.close());
      return (server.address() as AddressInfo).port;
    }

    /** Node reads NODE_EXTRA_CA_CERTS when it starts. */
    async function getTrusting(url: string): Promise<string> {
      const script = `require(${JSON.stringify(require.resolve('../../observe/redisClient'))})
        .withRedis(process.argv[1], 3000, (client) => client.get('key')).then((value) => process.stdout.write(value))`;
      const env = { ...process.env, NODE_EXTRA_CA_CERTS: path.join(folder, 'cert.pem') };
      return (await promisify(execFile)(process.execPath, ['-e', script, url], { env, timeout: 20_000 })).stdout;
    }

    it('reads where the certificate is trusted, and refuses where it is not', async () => {
      const redis = kept(await startRedis('--requirepass', 'word'));
      await set(`redis://:word@127.0.0.1:${redis.port}/2`, '0');
      const url = `rediss://:word@127.0.0.1:${await tlsBefore(redis)}/2`;
      assert.equal(await getTrusting(url), '0');
      // Node 24 goes on with what to try.
      assert.match(
        await failure(url),
        /^Redis: self-signed certificate(; if the root CA is installed locally, try running Node.js with --use-system-ca)?$/,
      );
    });

    it('says that the server speaks no TLS', async () => {
      const { port } = kept(await startRedis());
      assert.match(await failure(`rediss://127.0.0.1:${port}`), /^Redis: /);
    });
  });

  describe('through sentinels', () => {
    it('finds the master, and the replica that was promoted when it died', async () => {
      const word = ['--requirepass', 'word', '--masterauth', 'word'];
      const master = kept(await startRedis(...word));
      const replica = kept(await startRedis(...word, '--replicaof', `127.0.0.1 ${master.port}`));
      const sentinel = kept(await startSentinel(master, 'denis', 'sentinel auth-pass denis word', 'requirepass word'));
      const dead = await startRedis();
      await dead.stop();
      const mute = kept(await silence());
      const asked = `127.0.0.1:${dead.port},127.0.0.1:${mute.port},127.0.0.1:${sentinel.port}`;
      const url = `redis+sentinel://:word@${asked}/denis`;

      await set(url, '0');
      const direct = (server: RedisServer): string => server.url.replace('//', '//:word@');
      assert.equal(await get(direct(master)), '0');
      await waitFor(async () => ((await get(direct(replica))) === '0' ? true : undefined), {
        what: 'the replica to hold the key',
        deadlineMs: 20_000,
      });
      const known = async (): Promise<true | undefined> =>
        (await sentinelSays(sentinel.port)).includes('slaves=1') ? true : undefined;
      await waitFor(known, { what: 'the sentinel to know the replica', deadlineMs: 20_000 });
      await master.stop();
      await waitFor(() => get(url), { what: 'the promoted master', deadlineMs: 30_000 });
      await set(url, '1');
      assert.equal(await get(direct(replica)), '1');
    });

    it('says which sentinel knows no such master, and that none listens', async () => {
      const master = kept(await startRedis());
      const sentinel = kept(await startSentinel(master, 'denis'));
      const other = sentinel.url.replace('/denis', '/other');
      assert.equal(await failure(other), `Redis: the sentinel at 127.0.0.1:${sentinel.port} knows no master other`);
      await sentinel.stop();
      release.shift();
      assert.match(await failure(sentinel.url), /^Redis: .*ECONNREFUSED/);
    });

    it('gives no password to a sentinel that asks for none', async () => {
      const master = kept(await startRedis('--requirepass', 'word'));
      const sentinel = kept(await startSentinel(master, 'denis', 'sentinel auth-pass denis word'));
      assert.equal(await get(sentinel.url.replace('//', '//:word@')), null);
      assert.match(await failure(sentinel.url), /^Redis: NOAUTH /);
    });

    it('refuses a server that is no longer the master', async () => {
      const master = kept(await startRedis());
      const replica = kept(await startRedis('--replicaof', `127.0.0.1 ${master.port}`));
      const sentinel = kept(await startSentinel(replica, 'denis', 'sentinel down-after-milliseconds denis 60000'));
      assert.match(await failure(sentinel.url), /no longer the master denis$/);
    });
  });
});

async function sentinelSays(port: number): Promise<string> {
  const client = await createClient({ url: `redis://:word@127.0.0.1:${port}`, RESP: 2 }).connect();
  try {
    return String(await client.sendCommand(['INFO', 'sentinel']));
  } finally {
    client.destroy();
  }
}
