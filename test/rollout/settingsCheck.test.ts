import assert from 'node:assert/strict';
import { UserError } from '../../phases/userError';
import { checkSettings } from '../../rollout/settingsCheck';
import { LEAST_SETTINGS } from '../support/validSettings';

const GRAFANA = 'https://grafana.denis.run/d/materializers-canary';
const secure = 'v1:c2FsdA==:c2VjcmV0';
const check = (own: object, stack = 'canary-10') => checkSettings(stack, () => ({ ...LEAST_SETTINGS, ...own }));

describe('checkSettings', () => {
  it('accepts what a phase may be given, and tells its dashboard', () => {
    assert.deepEqual(check({}), { kind: 'valid', grafana: GRAFANA });
    assert.deepEqual(check({ grafana: 'https://other.test/d/1' }), {
      kind: 'valid',
      grafana: 'https://other.test/d/1',
    });
  });

  it('refuses what the gate refuses, with its sentence', () => {
    for (const [own, sentence] of [
      [{ redis: 'http://redis.test' }, /^canary:redis: expected a URL .*; found another value$/],
      [{ windw: '4h' }, /^canary:windw: unknown setting; /],
      [{ scrapeInterval: '15' }, /^canary:scrapeInterval: expected a duration .*; found "15"$/],
      [{ context: undefined }, /^canary:context: .*; found nothing; set it with: /],
    ] as const) {
      const found = check(own);
      assert.equal(found.kind, 'invalid');
      assert.match(found.kind === 'invalid' ? found.reason : '', sentence);
    }
  });

  it('asks of base only what base needs', () => {
    const raw = { context: 'here', clusterUid: 'uid' };
    assert.deepEqual(
      checkSettings('base', () => raw),
      { kind: 'valid', grafana: undefined },
    );
    assert.equal(checkSettings('canary-1', () => raw).kind, 'invalid');
    assert.equal(checkSettings('base', () => ({ context: 'here' })).kind, 'invalid');
  });

  it('takes an encrypted value for one of the right form, wherever it stands', () => {
    for (const key of ['context', 'clusterUid', 'prometheus', 'redis', 'chat']) {
      assert.deepEqual(check({ [key]: { secure } }), { kind: 'valid', grafana: GRAFANA }, key);
    }
    assert.deepEqual(check({ grafana: { secure } }), { kind: 'valid', grafana: undefined });
    assert.equal(check({ journal: { secure }, metrics: { error_rate: { matchers: { secure } } } }).kind, 'valid');
  });

  it('looks at whom to tell, which no move looks at', () => {
    assert.equal(check({ notify: { slack: { secure }, webhook: 'https://x.test/' } }).kind, 'valid');
    assert.equal(check({ notify: { secure } }).kind, 'valid');
    assert.equal(check({ notify: { slack: 'nowhere' } }).kind, 'invalid');
  });

  it('takes nothing else for encrypted', () => {
    for (const value of [{ secure: 1 }, { secure, more: 1 }, { insecure: 'x' }, [secure]]) {
      assert.equal(check({ redis: value }).kind, 'invalid', JSON.stringify(value));
    }
  });

  it('counts a file that cannot be read as a wrong setting, and hides no bug', () => {
    const reading = (thrown: Error) => () => checkSettings('canary-1', () => assert.fail(thrown));
    assert.deepEqual(reading(new UserError('settings', 'Pulumi.canary-1.yaml is no YAML'))(), {
      kind: 'invalid',
      reason: 'Pulumi.canary-1.yaml is no YAML',
    });
    assert.throws(reading(new TypeError('a bug')), TypeError);
  });
});
