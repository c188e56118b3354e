import assert from 'node:assert/strict';
import { readDecisionTrace } from '../../observe/decisionTrace';
import type { PodAccess } from '../../observe/podAccess';
import type { PodState } from '../../rollout/cluster';
import { podState } from '../support/clusterState';
import { nobodyAt, withServer } from './support/loopback';

const PATH = '/internal/decision_trace/stats';
const at =
  (origin: string): PodAccess =>
  (_, use) =>
    use(origin);
const pods: readonly PodState[] = [podState('denis-a'), podState('denis-b', { ready: false })];

async function answered(body: string, { status = 200, unit = 'ratio' as 'ratio' | 'percent' } = {}) {
  return withServer(
    (_, response) => response.writeHead(status).end(body),
    async (server) => {
      const found = await readDecisionTrace(pods, at(server.origin), { path: PATH, unit });
      assert.deepEqual([...found.keys()], ['denis-a'], 'every Ready pod, and no other');
      assert.deepEqual(
        server.received.map(({ method, url }) => [method, url]),
        [['GET', PATH]],
      );
      return found.get('denis-a')!;
    },
  );
}

describe('observe/decisionTrace', () => {
  it('reads the rate of a pod, in either unit', async () => {
    assert.deepEqual(await answered('{"write_success_rate": 0.995, "writes": 3}'), { kind: 'read', value: 0.995 });
    assert.deepEqual(await answered('{"write_success_rate": 99.5}', { unit: 'percent' }), {
      kind: 'read',
      value: 0.995,
    });
    assert.deepEqual(await answered('{"write_success_rate": 0}'), { kind: 'read', value: 0 });
  });

  const malformed: readonly [what: string, body: string, reason: RegExp][] = [
    ['no JSON', '<html>', /^the answer of \/internal\/decision_trace\/stats is not \{"write_success_rate": number\}$/],
    ['half of it', '{"write_success_rate": 0.9', /is not \{/],
    ['no rate', '{"writes": 3}', /is not \{/],
    ['a rate of text', '{"write_success_rate": "1"}', /is not \{/],
    ['null', '{"write_success_rate": null}', /is not \{/],
    [
      'a percentage',
      '{"write_success_rate": 99.5}',
      /^write_success_rate is 99\.5, expected 0–1; set canary:decisionTrace\.unit /,
    ],
    ['less than nothing', '{"write_success_rate": -0.1}', /^write_success_rate is -0\.1, expected 0–1/],
  ];
  for (const [what, body, reason] of malformed) {
    it(`does not take ${what} for a rate`, async () => {
      const found = await answered(body);
      assert.ok(found.kind === 'unreadable');
      assert.match(found.reason, reason);
    });
  }

  it('says what a pod answers in its place, that it sends too much, and that nobody answers', async () => {
    assert.deepEqual(await answered('', { status: 404 }), { kind: 'unreadable', reason: `${PATH} answers 404` });
    const long = await answered(' '.repeat(2 * 1024 * 1024));
    assert.ok(long.kind === 'unreadable' && long.reason.startsWith('more than 1 MiB were sent'));
    const found = await readDecisionTrace(pods, at(await nobodyAt()), { path: PATH, unit: 'ratio' });
    const nobody = found.get('denis-a')!;
    assert.ok(nobody.kind === 'unreadable' && nobody.reason.startsWith('connection refused at '));
  });
});
