import assert from 'node:assert/strict';
import { type EnvVar, resolveEnvironment } from '../../../sandbox/denis/environment';

const pod = {
  metadata: {
    name: 'denis-1',
    namespace: 'denis',
    uid: 'u',
    labels: { app: 'denis' },
    annotations: { 'a.b/pct': '10' },
  },
  spec: { nodeName: 'node-1' },
  status: { podIP: '127.1.2.3', hostIP: '127.0.0.1' },
};
const field = (fieldPath: string): EnvVar => ({ name: 'X', valueFrom: { fieldRef: { fieldPath } } });

describe('environment of a pod', () => {
  const rows: [string, EnvVar, string | undefined][] = [
    ['a value', { name: 'X', value: 'true' }, 'true'],
    ['no value as the empty text', { name: 'X' }, ''],
    ['an annotation', field("metadata.annotations['a.b/pct']"), '10'],
    ['a missing annotation as the empty text', field("metadata.annotations['a.b/other']"), ''],
    ['a label', field("metadata.labels['app']"), 'denis'],
    ['the name', field('metadata.name'), 'denis-1'],
    ['the namespace', field('metadata.namespace'), 'denis'],
    ['the uid', field('metadata.uid'), 'u'],
    ['the node', field('spec.nodeName'), 'node-1'],
    ['the address', field('status.podIP'), '127.1.2.3'],
    ['no other source', { name: 'X', valueFrom: {} }, undefined],
  ];
  for (const [what, variable, expected] of rows) {
    it(`resolves ${what}`, () => assert.equal(resolveEnvironment(pod, [variable]).get('X'), expected));
  }

  it('lets the later of two variables of one name win', () => {
    const variables = [field("metadata.annotations['a.b/pct']"), { name: 'X', value: '50' }];
    assert.equal(resolveEnvironment(pod, variables).get('X'), '50');
  });

  it('expands references to earlier variables only', () => {
    const variables = [
      { name: 'A', value: '1' },
      { name: 'B', value: '$(A)-$(C)-$$(A)' },
      { name: 'C', value: '3' },
    ];
    assert.equal(resolveEnvironment(pod, variables).get('B'), '1-$(C)-$(A)');
  });
});
