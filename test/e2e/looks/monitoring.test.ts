import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { type Monitoring, parseBaseSettings, type RawSettings, rawSettings } from '../../../phases/settings';
import { alertGroups } from '../../../resources/alertRules';
import { dashboardModel } from '../../../resources/dashboardModel';
import { expressionOf, rollbackAlerts } from '../../../resources/rollbackAlerts';
import type { Sandbox } from '../../../sandbox/index';
import { waitFor } from '../../../sandbox/waitFor';
import { jsonOf } from '../../sandbox/support/world';
import { kubectl, makeLive, scraped } from '../support/cluster';
import { up } from '../support/pulumi';
import { sharedSandbox } from '../support/sharedSandbox';
import { settingsWith } from '../support/world';

/** What the sandbox's Denis needs for a chat, at the 99th percentile. */
const BASELINE = 0.3;
const LIVE = 50;

/** As much of the Prometheus Operator's definition as the alert rules use. */
const DEFINITION = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: prometheusrules.monitoring.coreos.com }
spec:
  group: monitoring.coreos.com
  scope: Namespaced
  names: { kind: PrometheusRule, listKind: PrometheusRuleList, plural: prometheusrules, singular: prometheusrule }
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          required: [spec]
          properties:
            spec:
              type: object
              properties:
                groups:
                  type: array
                  x-kubernetes-list-type: map
                  x-kubernetes-list-map-keys: [name]
                  items:
                    type: object
                    required: [name]
                    properties:
                      name: { type: string, minLength: 1 }
                      rules:
                        type: array
                        items:
                          type: object
                          required: [expr]
                          properties:
                            alert: { type: string }
                            expr: { anyOf: [{ type: integer }, { type: string }], x-kubernetes-int-or-string: true }
                            for: { type: string, pattern: '^(0|(([0-9]+)m)?(([0-9]+)s)?(([0-9]+)ms)?)$' }
                            labels: { type: object, additionalProperties: { type: string } }
                            annotations: { type: object, additionalProperties: { type: string } }
`;

type Samples = readonly { readonly metric: Readonly<Record<string, string>> }[];

/** Asks the sandbox's Prometheus: for this moment, or, with seconds, for every second since then. */
async function ask(sandbox: Sandbox, query: string, lastSeconds?: number): Promise<Samples> {
  const now = Date.now() / 1000;
  const [path, range] =
    lastSeconds === undefined
      ? ['query', {}]
      : ['query_range', { start: String(now - lastSeconds), end: String(now), step: '1' }];
  const url = `${sandbox.info.prometheus}/api/v1/${path}?${new URLSearchParams({ query, ...range })}`;
  const answer = (await (await fetch(url, { signal: AbortSignal.timeout(10_000) })).json()) as {
    status: string;
    error?: string;
    data?: { result: Samples };
  };
  assert.equal(answer.status, 'success', `${query}: ${answer.error}`);
  return answer.data!.result;
}

describe('dashboard and alert rules', function () {
  this.timeout(60_000);
  let sandbox: Sandbox;
  let settings: RawSettings;
  let monitoring: Monitoring;
  let liveSince: number;

  before(async () => {
    sandbox = await sharedSandbox();
    const { config } = parse(readFileSync(sandbox.info.settings, 'utf8')) as { config: Record<string, unknown> };
    settings = { ...rawSettings(config), dashboard: true, alertRules: true, baselineChatP99: BASELINE };
    monitoring = parseBaseSettings(settings).monitoring!;
    liveSince = Date.now();
    await makeLive(sandbox, LIVE);
    await scraped(sandbox);
  });
  after(() => sandbox?.scenario('healthy'));

  const eventually = <T>(what: string, probe: () => Promise<T | undefined>): Promise<T> =>
    waitFor(probe, { what, deadlineMs: 30_000 });
  const some = (samples: Samples): Samples | undefined => (samples.length > 0 ? samples : undefined);

  it('ask nothing that the real Prometheus does not answer with data', async () => {
    const { panels = [] } = dashboardModel(monitoring);
    const targets = panels
      .flatMap((panel) => ('collapsed' in panel ? panel.panels : [panel]))
      .map(({ title, targets: [target] = [] }) => [title!, (target as unknown as { expr: string }).expr] as const);
    assert.ok(targets.length > 25);
    for (const [title, expr] of targets) {
      const query = expr.replaceAll('$baseline', String(BASELINE));
      await eventually(`data of ${title}: ${query}`, async () => some(await ask(sandbox, query)));
    }
    // Prometheus here hears of new pods seconds after the old ones are gone: marks look back over more than that gap.
    const patient = parseBaseSettings({ ...settings, timeScale: 5 }).monitoring!;
    const [exposure, pods] = dashboardModel(patient).annotations!.list!;
    const since = (): number => (Date.now() - liveSince) / 1000 + 5;
    await eventually(`the mark of ${LIVE} %`, async () => {
      const changed = await ask(sandbox, exposure!.expr!, since());
      return changed.some(({ metric }) => metric['pct'] === String(LIVE)) ? true : undefined;
    });
    await eventually('the mark of new pods', async () => some(await ask(sandbox, pods!.expr!, since())));
  });

  it('know every value that a rule is about, and fire none of them while Denis is healthy', async () => {
    const { alerts } = rollbackAlerts(monitoring);
    assert.equal(alerts.length, 19);
    for (const alert of alerts) {
      assert.ok((await ask(sandbox, alert.value)).length > 0, alert.value);
      assert.deepEqual(await ask(sandbox, expressionOf(alert)), [], `${alert.name} at ${alert.phase}`);
    }
  });

  const bad: readonly [scenario: string, extra: object, fires: readonly string[]][] = [
    ['failing-jobs', { rate: 0.2 }, ['SuccessBelow']],
    // Well above 5 %: on a busy machine the share of a few seconds swings.
    ['global-errors', { rate: 0.1 }, ['ErrorAbove', 'ErrorAboveFive']],
    ['queue-flood', { depth: 800 }, ['QueueAbove']],
    ['slow-chat', { factor: 1.5 }, ['ChatP99AboveBaseline']],
    ['memory-high', { component: 'workers', ratio: 0.95 }, ['MemoryAbove']],
  ];
  for (const [scenario, extra, expected] of bad) {
    it(`notice ${scenario} in the live phase alone`, async () => {
      await sandbox.scenario(scenario, { ...extra });
      const { alerts } = rollbackAlerts(monitoring);
      const named = alerts.filter(({ name }) => expected.includes(name.replace('Materializers', '')));
      for (const alert of named.filter(({ phase }) => phase === 'canary-50')) {
        await eventually(`${alert.name} to be violated`, async () => some(await ask(sandbox, expressionOf(alert))));
      }
      for (const alert of named.filter(({ phase }) => phase !== 'canary-50')) {
        assert.deepEqual(await ask(sandbox, expressionOf(alert)), [], `${alert.name} at ${alert.phase}`);
      }
      await sandbox.scenario('healthy');
    });
  }

  describe('of stack base', () => {
    interface Found {
      metadata: { labels?: Record<string, string> };
      data: Record<string, string>;
      spec: unknown;
    }
    const ours = async (): Promise<string[]> => {
      const { stdout } = await kubectl(sandbox, ['get', 'configmaps,prometheusrules', '-o', 'name']);
      return stdout.split('\n').filter((name) => name.includes('materializers-canary'));
    };
    const get = (kind: string, name: string) => jsonOf<Found>(sandbox, ['-n', 'denis', 'get', kind, name]);

    before(async () => {
      await kubectl(sandbox, ['apply', '-f', '-'], DEFINITION);
      const established = ['wait', '--for=condition=Established', '--timeout=20s'];
      await kubectl(sandbox, [...established, 'crd/prometheusrules.monitoring.coreos.com']);
    });

    const declared = () =>
      settingsWith(sandbox, 'monitoring', { dashboard: true, alertRules: true, baselineChatP99: BASELINE });

    it('are not declared by default', async () => {
      await up(sandbox, 'base');
      assert.deepEqual(await ours(), []);
    });

    it('are declared by the options', async () => {
      await up(sandbox, 'base', { settings: declared() });
      const map = await get('configmap', 'materializers-canary-dashboard');
      assert.equal(map.metadata.labels?.['grafana_dashboard'], '1');
      assert.deepEqual(
        JSON.parse(map.data['materializers-canary.json']!),
        JSON.parse(JSON.stringify(dashboardModel(monitoring))),
      );
      const rule = await get('prometheusrule', 'materializers-canary');
      assert.deepEqual(rule.spec, { groups: alertGroups(monitoring) });
    });

    it('stay as they are when nothing has changed', async () => {
      await up(sandbox, 'base', { settings: declared() }, '--expect-no-changes');
    });

    it('go one by one; of a rule that cannot be an alert a warning tells', async () => {
      const settings = settingsWith(sandbox, 'no-baseline', { alertRules: true });
      const { output } = await up(sandbox, 'base', { settings });
      assert.match(output, /no alert for chat-p99-above-baseline at canary-50: canary:baselineChatP99 is not set/);
      assert.deepEqual(await ours(), ['prometheusrule.monitoring.coreos.com/materializers-canary']);
    });

    it('are gone without the options', async () => {
      await up(sandbox, 'base');
      assert.deepEqual(await ours(), []);
    });

    it('do not keep the rest of base from the cluster when the metrics are set wrong', async () => {
      const wrong = settingsWith(sandbox, 'wrong-metrics', { metrics: { error_rates: {} } });
      await up(sandbox, 'base', { settings: wrong });
    });
  });
});
