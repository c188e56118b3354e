import assert from 'node:assert/strict';
import type { Panel, RowPanel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Dataquery as PrometheusQuery } from '@grafana/grafana-foundation-sdk/prometheus';
import { formatLimit } from '../../phases/format-limit';
import { LADDER } from '../../phases/ladder';
import { type Monitoring, parseBaseSettings, type RawSettings } from '../../phases/settings';
import { dashboardModel } from '../../resources/dashboardModel';

const monitoringOf = (own: RawSettings = {}): Monitoring =>
  parseBaseSettings({ context: 'x', clusterUid: 'x', dashboard: true, ...own }).monitoring!;
const dashboard = dashboardModel(monitoringOf({ baselineChatP99: 0.3 }));

type AnyPanel = Panel | RowPanel;
const isRow = (panel: AnyPanel): panel is RowPanel => panel.type === 'row';
const rowsOf = ({ panels = [] }: typeof dashboard): RowPanel[] => panels.filter(isRow);
const openPanels = ({ panels = [] }: typeof dashboard): Panel[] => panels.filter((one): one is Panel => !isRow(one));
const allPanels = (model: typeof dashboard): Panel[] => [
  ...openPanels(model),
  ...rowsOf(model).flatMap(({ panels }) => panels),
];
const targetOf = ({ targets }: Panel) => targets?.[0] as Partial<PrometheusQuery> | undefined;
const expressionOf = (panel: Panel): string | undefined => targetOf(panel)?.expr;

/** Unit, and the two colours of a panel with the line between them. */
function lineOf({ fieldConfig }: Panel) {
  const { unit, thresholds, custom } = fieldConfig!.defaults;
  const [low, high] = thresholds!.steps;
  assert.equal(thresholds!.steps.length, 2);
  assert.equal(low!.value, null);
  assert.equal((custom as { thresholdsStyle: { mode: string } }).thresholdsStyle.mode, 'line');
  return [unit, low!.color, high!.value, high!.color];
}

describe('the dashboard', () => {
  it('is materializers-canary, where the setting canary:grafana links to', () => {
    assert.equal(dashboard.uid, 'materializers-canary');
    assert.ok(monitoringOf().grafana.endsWith(`/d/${dashboard.uid}`));
    assert.equal(dashboard.editable, false);
  });

  it("has the plan's five panels first, each with the plan's line, then the exposure of every pod", () => {
    const [success, p99, queue, error, chat, exposure, ...rest] = openPanels(dashboard);
    const expected: readonly [panel: Panel | undefined, title: string, line: unknown[]][] = [
      [success, 'success rate > 98 %', ['percentunit', 'red', 0.98, 'green']],
      [p99, 'materializer p99 < 5 s', ['s', 'green', 5, 'red']],
      [queue, 'queue depth < 200', ['short', 'green', 200, 'orange']],
      [error, 'error rate < 0.5 %', ['percentunit', 'green', 0.005, 'red']],
      [chat, 'chat p99 ≤ +0 %', ['percentunit', 'green', 0, 'orange']],
    ];
    for (const [panel, title, line] of expected) {
      assert.equal(panel?.title, title);
      assert.deepEqual(lineOf(panel), line, title);
    }
    assert.equal(exposure?.title, 'exposure per pod');
    assert.equal(expressionOf(exposure), 'max by (pod) (materializer_pct{namespace="denis"})');
    assert.deepEqual(rest, []);
  });

  it('has every check of every phase below, with its limit', () => {
    const [plan, ...rows] = rowsOf(dashboard);
    assert.deepEqual(plan?.panels, []);
    assert.deepEqual(
      rows.map(({ title, collapsed }) => [title, collapsed]),
      [
        ['canary-1: 1 % of the traffic, window 4h00m', true],
        ['canary-10: 10 % of the traffic, window 24h00m', true],
        ['canary-50: 50 % of the traffic, window 48h00m', true],
        ['canary-100: 100 % of the traffic, window 72h00m', true],
      ],
    );
    for (const [index, { checks }] of LADDER.entries()) {
      const { panels } = rows[index]!;
      assert.deepEqual(
        panels.map(({ title }) => title),
        checks.map((spec) => `${spec.title} ${formatLimit(spec)} (${spec.kind})`),
      );
      for (const [at, { limit, kind }] of checks.entries()) {
        const [, low, value, high] = lineOf(panels[at]!);
        const bad = kind === 'hard' ? 'red' : 'orange';
        assert.equal(value, limit.kind === 'absolute' ? limit.value : limit.above);
        assert.deepEqual([low, high], limit.comparison.startsWith('>') ? [bad, 'green'] : ['green', bad]);
      }
    }
  });

  it('gives every panel and row an id of its own, a place of its own, and asks one datasource', () => {
    const ids = [...allPanels(dashboard), ...rowsOf(dashboard)].map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    assert.ok(ids.every((id) => Number.isInteger(id)));
    for (const panels of [dashboard.panels!, ...rowsOf(dashboard).map((row) => row.panels)]) {
      const places = panels.map(({ gridPos }) => `${gridPos!.x},${gridPos!.y}`);
      assert.equal(new Set(places).size, places.length, places.join(' '));
      assert.ok(panels.every(({ gridPos }) => gridPos!.x + gridPos!.w <= 24));
    }
    for (const panel of allPanels(dashboard)) {
      const wanted = { type: 'prometheus', uid: '$datasource' };
      assert.deepEqual(panel.datasource, wanted, panel.title);
      assert.equal(panel.targets?.length, 1, panel.title);
      assert.deepEqual(targetOf(panel)?.datasource, wanted, panel.title);
      assert.ok(expressionOf(panel), panel.title);
    }
  });

  it('compares chat p99 with a baseline that people can write into it', () => {
    const chats = allPanels(dashboard).filter(({ title }) => title?.startsWith('chat p99'));
    assert.equal(chats.length, 1 + LADDER.length);
    for (const chat of chats) assert.match(expressionOf(chat) ?? '', /^quantile_over_time\(.*\) \/ \$baseline - 1$/);
    const variable = (model: typeof dashboard) => model.templating?.list?.find(({ name }) => name === 'baseline');
    assert.equal(variable(dashboard)?.type, 'textbox');
    assert.equal(variable(dashboard)?.query, '0.3');
    assert.deepEqual(variable(dashboard)?.current, { selected: true, text: '0.3', value: '0.3' });
    assert.equal(variable(dashboardModel(monitoringOf()))?.query, 'NaN', 'draws nothing, and is a valid query');
  });

  it('marks changes of the exposure, new pods and rules that fire', () => {
    const list = dashboard.annotations?.list ?? [];
    assert.deepEqual(
      list.map(({ name, expr, enable, step, datasource }) => [
        name.split(/[:,]/)[0],
        expr,
        enable,
        step,
        datasource?.uid,
      ]),
      [
        [
          'Exposure changed',
          'count_values("pct", max(materializer_pct{namespace="denis"})) and on () (changes((max(materializer_pct{namespace="denis"}))[5m:15s]) > 0)',
        ],
        [
          'New pods',
          'count(max by (pod) (materializer_pct{namespace="denis"}) unless on (pod) last_over_time((max by (pod) (materializer_pct{namespace="denis"}))[1m:15s] offset 5m))',
        ],
        ['Rollback rule fires', 'ALERTS{alertname=~"Materializers.+",alertstate="firing"}'],
      ].map((row) => [...row, true, '15s', '$datasource']),
    );
    assert.equal(list[0]?.titleFormat, 'exposure {{pct}} %');
  });

  it('says of a metric without a series that it is switched off, and asks nothing', () => {
    const off = dashboardModel(monitoringOf({ metrics: { queue_depth: { off: 'no exporter' } } }));
    const queues = allPanels(off).filter(({ title }) => title?.startsWith('queue depth'));
    assert.equal(queues.length, 4);
    for (const { description, targets } of queues) {
      assert.equal(description, 'Switched off: no exporter');
      assert.deepEqual(targets ?? [], []);
    }
  });

  it('shows availability over the whole window of its phase, everything else over five minutes', () => {
    const uptime = allPanels(dashboard).find(({ title }) => title?.startsWith('uptime'))!;
    assert.match(expressionOf(uptime) ?? '', /\[4320m:1m\]\)$/);
    const memory = allPanels(dashboard).filter(({ title }) => title?.startsWith('memory'));
    assert.deepEqual(memory.map(expressionOf), [
      'quantile_over_time(0.95, (max(memory_usage{namespace="denis",component="api"}))[5m:15s])',
      'quantile_over_time(0.95, (max(memory_usage{namespace="denis",component="workers"}))[5m:15s])',
    ]);
  });

  it('is the same JSON every time, so that an update changes nothing', () => {
    const again = JSON.stringify(dashboardModel(monitoringOf({ baselineChatP99: 0.3 })));
    assert.equal(again, JSON.stringify(dashboard));
    assert.doesNotMatch(again, /undefined|\[object/);
  });
});
