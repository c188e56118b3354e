import assert from 'node:assert/strict';
import { graphAccess } from '../../observe/graphAccess';
import type { Kubectl } from '../../observe/kubectl';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const answering =
  (code: number, stdout: string, stderr = ''): Kubectl =>
  async () => ({ code, stdout, stderr });
const secret = (data: Record<string, string>): Kubectl =>
  answering(
    0,
    JSON.stringify({
      kind: 'Secret',
      metadata: { name: 'graph' },
      data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, base64(value)])),
    }),
  );
const NOBODY: Kubectl = () => assert.fail('kubectl was asked');
const IN_SECRET = { NEO4J_URI: 'neo4j://in-secret', NEO4J_USER: 'reader', NEO4J_PASSWORD: 'p4ss' };
const settings = {};

describe('observe/graphAccess', () => {
  it('takes the environment first, and asks no cluster then', async () => {
    const env = { NEO4J_URI: 'bolt://here', NEO4J_USER: 'me', NEO4J_PASSWORD: 'mine' };
    assert.deepEqual(
      await graphAccess({ ...settings, uri: 'bolt://set', secret: 'graph', database: 'd' }, env, NOBODY),
      {
        kind: 'read',
        value: { uri: 'bolt://here', user: 'me', password: 'mine', database: 'd' },
      },
    );
  });

  it('takes user and password from one place: a password of the Secret never goes to an address of the environment', async () => {
    const env = { NEO4J_URI: 'bolt://here', NEO4J_USER: 'me' };
    assert.deepEqual(await graphAccess({ ...settings, secret: 'graph' }, env, secret(IN_SECRET)), {
      kind: 'read',
      value: { uri: 'neo4j://in-secret', user: 'reader', password: 'p4ss' },
    });
  });

  it('prefers the address of the setting to that of the Secret', async () => {
    const found = await graphAccess({ ...settings, uri: 'bolt://set', secret: 'graph' }, {}, secret(IN_SECRET));
    assert.ok(found.kind === 'read' && found.value.uri === 'bolt://set');
  });

  const failures: [string, object, NodeJS.ProcessEnv, Kubectl, RegExp][] = [
    ['no password anywhere', {}, {}, NOBODY, /no password; set NEO4J_USER and NEO4J_PASSWORD/],
    ['no address', {}, { NEO4J_USER: 'me', NEO4J_PASSWORD: 'mine' }, NOBODY, /no address; .*in the environment$/],
    ['no user', { uri: 'bolt://x' }, { NEO4J_PASSWORD: 'mine' }, NOBODY, /the environment lacks NEO4J_USER$/],
    [
      'a Secret without password',
      { secret: 'graph' },
      {},
      secret({ ...IN_SECRET, NEO4J_PASSWORD: '' }),
      /Secret graph lacks NEO4J_PASSWORD$/,
    ],
    [
      'a Secret that is not there',
      { secret: 'graph' },
      {},
      answering(1, '', 'Error from server (NotFound): secrets "graph" not found'),
      /Secret graph cannot be read: secrets "graph" not found$/,
    ],
  ];
  for (const [what, more, env, kubectl, sentence] of failures) {
    it(`says what is missing: ${what}`, async () => {
      const found = await graphAccess({ ...settings, ...more }, env, kubectl);
      assert.ok(found.kind === 'unreadable');
      assert.match(found.reason, sentence);
      assert.ok(!/mine|p4ss/.test(found.reason));
    });
  }
});
