import assert from 'node:assert/strict';
import { tellPods } from '../../../act/killSwitch/api';
import type { PodAccess } from '../../../observe/podAccess';
import { unixSeconds } from '../../../phases/units';
import type { PodState } from '../../../rollout/cluster';
import { type Loopback, serve } from '../../observe/support/loopback';
import { podState } from '../../support/clusterState';
import { readingOf, readingsThat, wayContext } from './support';

const TOKEN = 'hush';

/** The pods are real HTTP servers, each with its own memory. */
describe('act/killSwitch/api', function () {
  this.timeout(20_000);
  const servers = new Map<string, Loopback>();
  const told = new Set<string>();
  const access: PodAccess = (pod, use) => {
    const server = servers.get(pod.name);
    return server === undefined ? Promise.reject(new Error('no such pod')) : use(server.origin);
  };

  /** @param token that the pod expects; null for none */
  async function pod(name: string, token: string | null = TOKEN): Promise<PodState> {
    const server = await serve(({ method, headers }, response) => {
      if (token !== null && headers.authorization !== `Bearer ${token}`) response.statusCode = 401;
      else if (method === 'POST') told.add(name);
      response.end(JSON.stringify({ killed: told.has(name) }));
    });
    servers.set(name, server);
    return podState(name);
  }
  afterEach(async () => {
    await Promise.all([...servers.values()].map((server) => server.close()));
    servers.clear();
    told.clear();
  });

  const known = (...pods: readonly PodState[]) => ({ at: unixSeconds(Date.now() / 1000 - 90), pods, token: TOKEN });
  const failure = (running: Promise<string>): Promise<string> =>
    running.then(
      (sentence) => assert.fail(sentence),
      (thrown: Error) => thrown.message,
    );

  it('tells every Ready pod, asks it back, and looks once more who is there', async () => {
    const pods = [await pod('a'), await pod('b'), podState('starting', { ready: false })];
    const reading = readingOf(pods, { token: TOKEN });
    assert.equal(await tellPods(wayContext(access, readingsThat(reading))), 'all 2 pods told, and each says so');
    assert.deepEqual([...told].toSorted(), ['a', 'b']);
    const asked = servers.get('a')!.received.map(({ method }) => method);
    assert.deepEqual(asked, ['POST', 'GET']);
  });

  it('tells a newcomer of the second list too, and forgets who has gone', async () => {
    const [a, b, c] = [await pod('a'), await pod('b'), await pod('c')];
    const lists = [
      [a, b],
      [b, c],
      [b, c],
    ].map((pods) => readingOf(pods, { token: TOKEN }));
    assert.equal(await tellPods(wayContext(access, readingsThat(...lists))), 'all 2 pods told, and each says so');
    assert.deepEqual([...told].toSorted(), ['a', 'b', 'c']);
  });

  it('needs no token where a pod asks for none', async () => {
    const reading = readingOf([await pod('a', null)]);
    assert.equal(await tellPods(wayContext(access, readingsThat(reading))), 'all 1 pod told, and each says so');
  });

  it('fails by the name of the pod that does not take it, once the others are told', async () => {
    const pods = [await pod('a', 'another'), await pod('b')];
    const context = wayContext(access, readingsThat(readingOf(pods, { token: TOKEN })), {
      signal: AbortSignal.timeout(500),
    });
    const message = await failure(tellPods(context));
    assert.equal(message, 'pod a: it answers 401: the token of Secret denis-kill-switch is not its own');
    assert.deepEqual([...told], ['b']);
  });

  it('fails where nobody is there to be told, and where the pods cannot be listed', async () => {
    const nobody = wayContext(access, readingsThat(readingOf([])));
    assert.equal(await failure(tellPods(nobody)), 'no pod is Ready: there is nobody to tell');
    const unlisted = readingOf([], { unlisted: 'the pods cannot be listed: forbidden' });
    const context = wayContext(access, readingsThat(unlisted), { signal: AbortSignal.timeout(300) });
    assert.equal(await failure(tellPods(context)), 'the pods cannot be listed: forbidden');
  });

  it('without the API server tells the pods of before, and claims no more than that', async () => {
    const pods = [await pod('a'), podState('gone')];
    const context = wayContext(access, readingsThat(new Error('connection refused')), {
      lastKnown: known(...pods),
      signal: AbortSignal.timeout(1_000),
    });
    const message = await failure(tellPods(context));
    assert.deepEqual([...told], ['a']);
    assert.equal(
      message,
      '1 of 2 pods known from before told, but which pods there are now is not known: connection refused',
    );
    assert.match(context.said.join('\n'), /^1 of 2 pods known from 90 s ago told$/m);
    assert.doesNotMatch([message, ...context.said].join('\n'), /hush/);
  });

  it('is confirmed by a list that comes back later', async () => {
    const pods = [await pod('a')];
    const readings = readingsThat(new Error('connection refused'), readingOf(pods, { token: TOKEN }));
    const context = wayContext(access, readings, { lastKnown: known(...pods) });
    assert.equal(await tellPods(context), 'all 1 pod told, and each says so');
  });
});
