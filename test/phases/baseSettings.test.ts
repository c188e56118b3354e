import assert from 'node:assert/strict';
import { parseBaseSettings, parseSettings, type RawSettings } from '../../phases/settings';
import { LEAST_SETTINGS } from '../support/validSettings';

const CLUSTER = { context: 'production', clusterUid: 'uid' };
const parse = (own: RawSettings = {}) => parseBaseSettings({ ...CLUSTER, ...own });

describe('the settings of stack base', () => {
  it('need the cluster alone, and declare neither admission policy nor dashboard nor alerts by default', () => {
    const { admissionPolicy, dashboard, alertRules, monitoring } = parse();
    assert.deepEqual([admissionPolicy, dashboard, alertRules, monitoring], [false, false, false, undefined]);
  });

  for (const option of ['dashboard', 'alertRules'] as const) {
    it(`know with ${option} where the metrics are, without what only a phase needs`, () => {
      const { monitoring, ...base } = parse({ [option]: 'true', namespace: 'ns', baselineChatP99: '0.3' });
      assert.equal(base[option], true);
      assert.equal(monitoring?.metrics.error_rate.query, 'error_rate{namespace="ns"}');
      assert.equal(monitoring.baselineChatP99, 0.3);
      assert.deepEqual(
        [monitoring.matrixSuccess, monitoring.ruleMinimumJobs, monitoring.ruleMinimumFailed],
        [98, 20, 8],
      );
      assert.equal(monitoring.timing.ruleLookBack, 300);
      assert.equal(monitoring.grafana, 'https://grafana.denis.run/d/materializers-canary');
    });
  }

  const mistakes: readonly [own: RawSettings, sentence: RegExp][] = [
    [{ metrics: { error_rates: {} } }, /canary:metrics/],
    [{ metrics: { error_rate: { serie: 'x' } } }, /canary:metrics\.error_rate\.serie: unknown setting/],
    [
      { metrics: { worker_seen: { unit: 'percent' } } },
      /canary:metrics\.worker_seen\.unit: percent is for shares only/,
    ],
    [{ scrapeInterval: '5' }, /canary:scrapeInterval: expected a duration/],
    [{ matrixSuccess: 101 }, /canary:matrixSuccess/],
  ];
  for (const [own, sentence] of mistakes) {
    it(`notice ${JSON.stringify(own)} only where something reads it`, () => {
      assert.equal(parse(own).monitoring, undefined);
      assert.throws(() => parse({ ...own, dashboard: true }), sentence);
      assert.throws(() => parse({ ...own, alertRules: true }), sentence);
    });
  }

  it('are refused where they are no options', () => {
    assert.throws(() => parse({ admissionPolicy: 'on' }), /canary:admissionPolicy: .*found "on"/);
    assert.throws(() => parse({ dashboard: 'maybe' }), /canary:dashboard: .*found "maybe"/);
    assert.throws(() => parse({ alertRules: 1 }), /canary:alertRules: .*found 1/);
    for (const baselineChatP99 of [0, -1, '300ms']) {
      assert.throws(() => parse({ baselineChatP99 }), /canary:baselineChatP99: /);
    }
  });

  it('leave everything else unread: one file may serve all stacks', () => {
    assert.equal(parse({ dashboard: true, prometheus: 'no URL', redis: 7, override: 'x' }).dashboard, true);
  });

  it('may stand beside those of a phase, which looks at none of them and stays strict', () => {
    const own = { dashboard: 'maybe', alertRules: true, baselineChatP99: -1 };
    assert.deepEqual(
      JSON.stringify(parseSettings({ ...LEAST_SETTINGS, ...own })),
      JSON.stringify(parseSettings(LEAST_SETTINGS)),
    );
    assert.throws(() => parseSettings({ ...LEAST_SETTINGS, dashboards: true }), /canary:dashboards: unknown setting/);
  });
});
