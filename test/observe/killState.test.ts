import assert from 'node:assert/strict';
import { readKillStates } from '../../observe/killState';
import type { PodAccess } from '../../observe/podAccess';
import type { PodState, Reading } from '../../rollout/cluster';
import { type Answer, nobodyAt, withServer } from './support/loopback';

const pod = (name: string, ready = true): PodState => ({
  name,
  ip: '127.0.0.1',
  ready,
  replicaSet: 'rs',
  move: 1,
  serves: { pct: 1, enabled: true },
});

/** The reading of one pod that answers like this. */
async function readingOf(answer: Answer): Promise<Reading<boolean> | undefined> {
  return withServer(answer, async ({ origin }) => {
    const states = await readKillStates([pod('denis-a')], (_, use) => use(origin), undefined);
    return states.get('denis-a');
  });
}

describe('readKillStates', () => {
  for (const killed of [true, false]) {
    it(`reads {"killed": ${killed}}`, async () => {
      const body = JSON.stringify({ feature: 'materializers', killed });
      assert.deepEqual(await readingOf((_, response) => response.end(body)), { kind: 'read', value: killed });
    });
  }

  const refusals = [
    [401, 'it answers 401: the token of Secret denis-kill-switch is not its own'],
    [403, 'it answers 403: the token of Secret denis-kill-switch is not its own'],
    [404, 'it answers 404'],
    [500, 'it answers 500'],
  ] as const;
  for (const [status, reason] of refusals) {
    it(`takes a ${status} for neither state, whatever its body says`, async () => {
      const reading = await readingOf((_, response) => response.writeHead(status).end('{"killed":false}'));
      assert.deepEqual(reading, { kind: 'unreadable', reason });
    });
  }

  for (const body of ['', 'ok', '<html></html>', '{}', '{"killed":"false"}', '{"killed":0}', '[]', 'null']) {
    it(`takes the answer ${body === '' ? 'nothing' : body} for neither state`, async () => {
      assert.deepEqual(await readingOf((_, response) => response.end(body)), {
        kind: 'unreadable',
        reason: 'its answer is not {"killed": true|false}',
      });
    });
  }

  it('asks by GET, with the bearer token where there is one and without a header where there is none', async () => {
    await withServer(
      (_, response) => response.end('{"killed":false}'),
      async ({ origin, received }) => {
        const access: PodAccess = (_, use) => use(origin);
        await readKillStates([pod('denis-a')], access, 'tok-1');
        await readKillStates([pod('denis-a')], access, undefined);
        assert.deepEqual(
          received.map(({ method, url, headers }) => [method, url, headers.authorization]),
          [
            ['GET', '/internal/kill-switch/materializers', 'Bearer tok-1'],
            ['GET', '/internal/kill-switch/materializers', undefined],
          ],
        );
      },
    );
  });

  it('gives each pod a reading of its own, asks no pod that is not Ready, and shows no token', async () => {
    const gone = await nobodyAt();
    await withServer(
      (_, response) => response.end('{"killed":true}'),
      async ({ origin }) => {
        const asked: string[] = [];
        const access: PodAccess = (one, use) => {
          asked.push(one.name);
          if (one.name === 'denis-c') throw new Error('it has no address yet');
          return use(one.name === 'denis-a' ? origin : gone);
        };
        const pods = [pod('denis-a'), pod('denis-b'), pod('denis-c'), pod('denis-d', false)];
        const states = await readKillStates(pods, access, 'tok-1');
        assert.deepEqual(Object.fromEntries(states), {
          'denis-a': { kind: 'read', value: true },
          'denis-b': { kind: 'unreadable', reason: `connection refused at ${gone}` },
          'denis-c': { kind: 'unreadable', reason: 'it has no address yet' },
        });
        assert.deepEqual(asked, ['denis-a', 'denis-b', 'denis-c']);
        assert.doesNotMatch(JSON.stringify([...states]), /tok-1/);
      },
    );
  });
});
