import assert from 'node:assert/strict';
import { parseSettings } from '../../phases/settings';
import { UserError } from '../../phases/userError';
import { LEAST_SETTINGS } from '../support/validSettings';

const parse = (graph: unknown) => parseSettings({ ...LEAST_SETTINGS, graph }).graph;

describe('canary:graph', () => {
  it('is off by default, as a word and as YAML 1.1 reads that word', () => {
    for (const off of [undefined, 'off', false, 'false']) assert.equal(parse(off), undefined);
  });

  it('is a map, as a value and as text', () => {
    const map = { uri: 'neo4j+s://graph.test:7687', secret: 'graph', database: 'denis', tolerance: 5, hard: true };
    assert.deepEqual([parse(map), parse(JSON.stringify(map))], [map, map]);
    for (const on of ['on', {}]) assert.deepEqual(parse(on), { tolerance: 10, hard: false });
  });

  const wrong: [string, unknown, RegExp][] = [
    ['a password in the address', { uri: 'bolt://me:s3cret@graph' }, /canary:graph\.uri: expected neo4j:/],
    ['another protocol', { uri: 'http://s3cret' }, /canary:graph\.uri: expected neo4j:/],
    ['an unknown field', { password: 's3cret' }, /canary:graph\.password: unknown setting/],
    ['a tolerance beyond 100 %', { tolerance: 200 }, /canary:graph\.tolerance/],
    ['another word', 'on-s3cret', /canary:graph: /],
  ];
  for (const [what, graph, sentence] of wrong) {
    it(`refuses ${what} without showing it`, () => {
      assert.throws(
        () => parse(graph),
        (thrown) => {
          assert.ok(thrown instanceof UserError);
          assert.match(thrown.message, sentence);
          assert.doesNotMatch(thrown.message, /s3cret/);
          return true;
        },
      );
    });
  }
});
