import assert from 'node:assert/strict';
import { turnFlagOff } from '../../../act/killSwitch/flag';
import { jobSeries, type Lookout, lookoutOn } from '../../../act/killSwitch/lookout';
import type { WayContext } from '../../../act/killSwitch/way';
import type { KillReading } from '../../../observe/killReading';
import type { PodAccess } from '../../../observe/podAccess';
import { withRedis } from '../../../observe/redisClient';
import { FLAG_KEY } from '../../../observe/redisFlag';
import { UserError } from '../../../phases/userError';
import { type Loopback, serve } from '../../observe/support/loopback';
import { type RedisServer, startRedis } from '../../observe/support/redis';
import { denisState, podState } from '../../support/clusterState';
import { validSettings } from '../../support/validSettings';

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
  let lookout: Lookout;
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
    lookout?.stop();
    await pod.close();
    await Promise.all(servers.splice(0).map((server) => server.stop()));
  });

  /** @param own what is different from a pod that is known and Ready */
  function contextOf(url: string, own: Partial<WayContext> = {}): WayContext & { readonly said: string[] } {
    const begun = performance.now();
    const elapsed = (): number => performance.now() - begun;
    const access: PodAccess = (_, use) => use(pod.origin);
    lookout = lookoutOn(access, 'denis', jobSeries(), elapsed);
    const pods = [podState('denis-a')];
    lookout.watch(pods);
    const denis = { denis: denisState(10, { pods }), paused: false, moveUnderWay: false, resourceVersion: '1' };
    const latest: KillReading = { uid: 'u', denis, workers: undefined, token: undefined, unlisted: undefined };
    const said: string[] = [];
    return {
      cluster: validSettings(),
      kubectl: () => Promise.reject(new Error('the flag needs no kubectl')),
      access,
      redis: async () => url,
      redisAssumed: false,
      lastKnown: undefined,
      readings: { first: Promise.resolve(latest), fresh: async () => latest, latest },
      lookout,
      elapsed,
      said,
      say: (sentence) => said.push(sentence),
      stand: () => {},
      signal: new AbortController().signal,
      ...own,
    };
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
    const readings = { first: Promise.reject(new Error('down')), fresh: () => Promise.reject(), latest: undefined };
    readings.first.catch(() => {});
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
