import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createClient } from '@redis/client';
import { readFlag } from '../../observe/redisFlag';
import { type RedisServer, startRedis } from './support/redis';

const KEY = 'denis:feature:materializers:enabled';

describe('readFlag', function () {
  this.timeout(20_000);
  let redis: RedisServer;
  let guarded: RedisServer;
  before(async () => {
    redis = await startRedis();
    guarded = await startRedis('--requirepass', 'word');
  });
  after(async () => {
    await redis?.stop();
    await guarded?.stop();
  });

  async function set(value: string | undefined, { url } = redis): Promise<void> {
    const client = await createClient({ url }).connect();
    if (value === undefined) await client.del(KEY);
    else await client.set(KEY, value);
    client.destroy();
  }

  const table: [string | undefined, boolean][] = [
    ['0', false],
    ['1', true],
    ['', true],
    ['00', true],
    ['false', true],
    [undefined, true],
  ];
  for (const [value, on] of table) {
    const found = value === undefined ? 'no key' : JSON.stringify(value);
    it(`reads ${found} as ${on ? 'on' : 'off'}`, async () => {
      await set(value);
      assert.deepEqual(await readFlag(redis.url), { kind: 'read', value: on });
    });
  }

  it('says that a key of another type cannot be read', async () => {
    const client = await createClient({ url: redis.url }).connect();
    await client.del(KEY);
    await client.lPush(KEY, '0');
    const reading = await readFlag(redis.url);
    await client.del(KEY);
    client.destroy();
    assert.equal(reading.kind, 'unreadable');
    assert.match(reading.reason, /^Redis: WRONGTYPE /);
  });

  it('says that a password is needed', async () => {
    const reading = await readFlag(guarded.url);
    assert.equal(reading.kind, 'unreadable');
    assert.match(reading.reason, /^Redis: NOAUTH /);
  });

  it('uses the password of the URL, and shows no wrong one', async () => {
    const url = (word: string): string => guarded.url.replace('//', `//:${word}@`);
    await set('0', { ...guarded, url: url('word') });
    assert.deepEqual(await readFlag(url('word')), { kind: 'read', value: false });
    const reading = await readFlag(url('s3cret'));
    assert.equal(reading.kind, 'unreadable');
    assert.match(reading.reason, /^Redis: WRONGPASS /);
    assert.doesNotMatch(reading.reason, /s3cret/);
  });

  it('reads the database that the URL names', async () => {
    const url = `${redis.url}/5`;
    await set('0', { ...redis, url });
    await set('1');
    assert.deepEqual(await readFlag(url), { kind: 'read', value: false });
    assert.deepEqual(await readFlag(redis.url), { kind: 'read', value: true });
  });

  it('says that nobody listens', async () => {
    const gone = await startRedis();
    await gone.stop();
    const reading = await readFlag(gone.url);
    assert.equal(reading.kind, 'unreadable');
    assert.match(reading.reason, /^Redis: .*ECONNREFUSED/);
  });

  it('says that a URL means nothing to Redis, instead of failing', async () => {
    const reading = await readFlag('redis://127.0.0.1:6379/first');
    assert.equal(reading.kind, 'unreadable');
    assert.match(reading.reason, /^Redis: /);
  });

  it('waits three seconds for a server that hangs, and leaves no connection behind', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket.on('error', () => {}))).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const started = performance.now();
    const reading = await readFlag(`redis://127.0.0.1:${(silent.address() as AddressInfo).port}`);
    const took = performance.now() - started;
    assert.deepEqual(reading, { kind: 'unreadable', reason: 'Redis: no answer within 3 s' });
    assert.ok(took < 4_500, `${took} ms`);
    const [socket] = sockets;
    assert.ok(socket !== undefined && sockets.length === 1);
    if (!socket.destroyed) await once(socket.resume(), 'close');
    silent.close();
  });
});
