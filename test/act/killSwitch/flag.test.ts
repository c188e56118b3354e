import assert from 'node:assert/strict';
import { turnFlagOff } from '../../../act/killSwitch/flag';
import type { Lookout } from '../../../act/killSwitch/lookout';
import type { WayContext } from '../../../act/killSwitch/way';
import { withRedis } from '../../../observe/redisClient';
import { FLAG_KEY } from '../../../observe/redisFlag';
import { UserError } from '../../../phases/userError';
import { type Loopback, serve } from '../../observe/support/loopback';
import { type RedisServer, startRedis } from '../../observe/support/redis';
import { podState } from '../../support/clusterState';
import { readingOf, readingsThat, wayContext } from './support';

/** Against a real Redis; the pods are real HTTP servers whose counter goes up as long as the test says. */
describe('act/killSwitch/flag', function () {
  this.timeout(30_000);
  const servers: RedisServer[] = [];
  const redis = async (...options: string[]): Promise<RedisServer> => {
    const server = await startRedis(...options);
    servers.push(server);
    return server;
  };
  let pod: Loopback;
  const lookouts: Lookout[] = [];
  let jobs: () => number | undefined;

  beforeEach(async () => {
    pod = await serve((_, response) => {
      const counted = jobs();
      response.setHeader('content-type', 'text/plain; version=0.0.4');
      response.end(counted === undefined ? 'up 1\n' : `materializer_new ${counted}\n`);
    });
    jobs = () => 5;
  });
  afterEach(async () => {
    for (const lookout of lookouts.splice(0)) lookout.stop();
    await pod.close();
    await Promise.all(servers.splice(0).map((server) => server.stop()));
  });

  /** @param own what is different from a pod that is known and Ready */
  function contextOf(url: string, own: Partial<WayContext> = {}) {
    const pods = [podState('denis-a')];
    const redisOf = async (): Promise<string> => url;
    const context = wayContext((_, use) => use(pod.origin), readingsThat(readingOf(pods)), { redis: redisOf, ...own });
    lookouts.push(context.lookout);
    context.lookout.watch(pods);
    return context;
  }

  const stored = (url: string): Promise<string | null> => withRedis(url, 2_000, (client) => client.get(FLAG_KEY));
  /** How a flag ends that is given up before its own time is over. */
  const soon = (ms = 2_500): Pick<WayContext, 'signal'> => ({ signal: AbortSignal.timeout(ms) });
  const failure = async (context: WayContext): Promise<string> => {
    const thrown = await turnFlagOff(context).then(
      (sentence) => assert.fail(sentence),
      (error: unknown) => error,
    );
    assert.ok(thrown instanceof UserError, String(thrown));
    return thrown.message;
  };

  it('writes 0, and is confirmed once no pod counted a new job after the caches are over', async () => {
    const { url } = await redis();
    const context = contextOf(url);
    const until = 900;
    jobs = () => Math.min(Math.floor(context.elapsed()), until);
    assert.equal(await turnFlagOff(context), '0 in Redis, and all 1 pod counted no new job since');
    assert.equal(await stored(url), '0');
    assert.ok(context.elapsed() > 1_500, `${context.elapsed()} ms`);
    assert.deepEqual(context.said, ["0 in Redis; waiting for the pods' caches"]);
  });

  it('logs in with the password, which no error shows', async () => {
    const server = await redis('--requirepass', 'hush-5');
    const url = server.url.replace('redis://', 'redis://:hush-5@');
    await turnFlagOff(contextOf(url));
    assert.equal(await stored(url), '0');
    const message = await failure(contextOf(server.url.replace('redis://', 'redis://:hush-6@'), soon()));
    assert.match(message, /^Redis: /);
    assert.doesNotMatch(message, /hush/);
  });

  it('fails where jobs go on being counted: written is not off', async () => {
    const { url } = await redis();
    const context = contextOf(url, soon());
    jobs = () => Math.floor(context.elapsed());
    assert.equal(await failure(context), 'written, but pod denis-a still counted new jobs');
    assert.equal(await stored(url), '0');
  });

  it('fails where no pod says how many jobs are new', async () => {
    jobs = () => undefined;
    const message = await failure(contextOf((await redis()).url, soon()));
    assert.match(message, /^written, but the new jobs of pod denis-a cannot be counted \(its metrics have no /);
  });

  it('fails where no pod is known', async () => {
    const readings = readingsThat(new Error('down'));
    const message = await failure(contextOf((await redis()).url, { readings, ...soon() }));
    assert.equal(message, 'written, but no pod is known whose jobs could be counted');
  });

  it('tries again while Redis is down, and goes on when it is back', async () => {
    const first = await redis();
    await first.stop();
    const context = contextOf(first.url);
    const running = turnFlagOff(context);
    servers.push(await startRedis('--port', String(first.port)));
    await running;
    assert.equal(await stored(first.url), '0');
  });

  it('gives up after ten seconds of a Redis that is down', async () => {
    const server = await redis();
    await server.stop();
    const context = contextOf(server.url);
    assert.match(await failure(context), /^Redis: .*(ECONNREFUSED|refused)/);
    assert.ok(context.elapsed() < 11_000, `${context.elapsed()} ms`);
  });

  it('says that a replica takes no write', async () => {
    const { url } = await redis('--replicaof', '127.0.0.1', '1');
    assert.match(await failure(contextOf(url, soon())), /^Redis: READONLY/);
  });

  it('confirms nothing by a Redis that nobody named', async () => {
    const { url } = await redis();
    const message = await failure(contextOf(url, { redisAssumed: true }));
    assert.equal(message, '0 in Redis, but nobody said that Denis reads this one');
    assert.equal(await stored(url), '0');
  });
});
