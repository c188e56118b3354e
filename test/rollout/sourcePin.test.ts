import assert from 'node:assert/strict';
import fc from 'fast-check';
import { sourceText } from '../../rollout/sourcePin';

const prometheus = (url: string): string => sourceText({ kind: 'prometheus', url }, 'box');

describe('rollout/sourcePin', () => {
  it('names a Prometheus by its address', () => {
    assert.equal(prometheus('http://prometheus.test:9090'), 'prometheus http://prometheus.test:9090');
    assert.equal(prometheus('https://proxy.test/team/prometheus/'), 'prometheus https://proxy.test/team/prometheus');
  });

  it('names one address in one way', () => {
    const same = [
      'https://p.test',
      'https://p.test/',
      'https://p.test:443',
      'https://P.TEST/',
      'https://u:w@p.test?a=b#c',
    ];
    assert.deepEqual([...new Set(same.map(prometheus))], ['prometheus https://p.test']);
  });

  it('never holds a user, a password, a query or a fragment', () => {
    const secret = fc.stringMatching(/^secret[a-z]{3,8}$/);
    fc.assert(
      fc.property(secret, secret, secret, secret, (user, password, query, fragment) => {
        assert.equal(
          prometheus(`https://${user}:${password}@p.test:9090/x?token=${query}#${fragment}`),
          'prometheus https://p.test:9090/x',
        );
      }),
    );
  });

  it('names an endpoint by the machine whose journal it is', () => {
    assert.equal(sourceText({ kind: 'endpoint' }, 'box'), 'endpoint box');
  });
});
