import assert from 'node:assert/strict';
import { WatcherMetrics } from '../../../act/page/metrics';
import { parseExposition } from '../../../observe/exposition';
import { unixSeconds } from '../../../phases/units';
import { unreadable } from '../../../rollout/cluster';
import type { WatchView } from '../../../rollout/page/view';
import { denisState } from '../../support/clusterState';
import { NOON } from '../../support/healthyPhase';
import { busyView, rolledBackView, watchView } from '../../support/watchViews';

/** Every series as it is exposed, by name and labels. */
async function seriesOf(view: WatchView, metrics = new WatcherMetrics()): Promise<Map<string, number>> {
  const samples = parseExposition(await metrics.text(view));
  const labelsOf = (labels: ReadonlyMap<string, string>): string =>
    labels.size === 0 ? '' : `{${[...labels].map(([key, value]) => `${key}=${value}`).join(',')}}`;
  return new Map(
    samples.map(({ name, labels, value }) => [`${name.replace(/^denis_canary_/, '')}${labelsOf(labels)}`, value]),
  );
}
const probed = (result: 'good' | 'refused' | 'down'): WatchView =>
  watchView('canary-10', { live: 10 }, { status: { witness: { probes: [{ at: NOON, result }], ooms: [] } } });

describe('act/page/metrics', () => {
  it('tells that it watches, leads and ticked', async () => {
    const series = await seriesOf(watchView('canary-10', { live: 10 }));
    assert.deepEqual(
      ['up', 'leads', 'last_tick_timestamp_seconds', 'blind_seconds'].map((name) => series.get(`watcher_${name}`)),
      [1, 1, NOON, 0],
    );
    const late = await seriesOf(
      watchView('canary-10', { live: 10 }, { leads: false, tickedAt: unixSeconds(NOON - 90) }),
    );
    assert.deepEqual([late.get('watcher_up'), late.get('watcher_leads')], [0, 0]);
  });

  it('has one verdict of all that there are', async () => {
    const series = await seriesOf(busyView());
    const verdicts = [...series].filter(([name]) => name.startsWith('watcher_verdict'));
    assert.equal(verdicts.length, 6);
    assert.deepEqual(
      verdicts.filter(([, value]) => value === 1).map(([name]) => name),
      ['watcher_verdict{phase=canary-50,verdict=HOLD}'],
    );
  });

  it('has exposure, latch, and every rule that is watched', async () => {
    const series = await seriesOf(busyView());
    assert.deepEqual([series.get('watcher_live_exposure_percent'), series.get('watcher_latched')], [50, 0]);
    assert.equal(series.get('watcher_rule_held_seconds{rule=queue-above}'), 165);
    assert.equal(series.get('watcher_rule_fired{rule=queue-above}'), 0);
    const fired = await seriesOf(watchView('canary-10', { live: 10, readings: { error_rate: 0.04 } }));
    assert.equal(fired.get('watcher_rule_fired{rule=error-above}'), 1);
    const off = await seriesOf(rolledBackView());
    assert.deepEqual([off.get('watcher_live_exposure_percent'), off.get('watcher_latched')], [0, 1]);
  });

  it('leaves out what is not known, and what belongs to an earlier phase', async () => {
    const metrics = new WatcherMetrics();
    await seriesOf(busyView(), metrics);
    const blind = await seriesOf(
      {
        ...busyView({ status: { witness: { probes: [], ooms: [] }, blindSince: NOON - 26 } }),
        judgement: unreadable('gone'),
      },
      metrics,
    );
    const names = [...blind.keys()];
    for (const name of ['watcher_verdict', 'watcher_live', 'watcher_latched', 'watcher_rule', 'chat_probe_up']) {
      assert.deepEqual(
        names.filter((one) => one.startsWith(name)),
        [],
        name,
      );
    }
    assert.equal(blind.get('watcher_blind_seconds'), 30);
    const unknown = await seriesOf(watchView('canary-10', { live: 10, denis: denisState(10, { pods: [] }) }), metrics);
    assert.equal(unknown.has('watcher_live_exposure_percent'), false);
    assert.equal((await seriesOf(busyView(), metrics)).get('watcher_live_exposure_percent'), 50);
  });

  it('counts probes, kills for memory and ticks', async () => {
    const metrics = new WatcherMetrics();
    const view = watchView('canary-10', { live: 10 });
    const before = await seriesOf(view, metrics);
    assert.equal(before.get('chat_probe_total{result=down}'), 0);
    assert.equal(before.get('worker_oom_total'), 0);
    for (const result of ['good', 'good', 'down'] as const) metrics.probed(result);
    metrics.oomKilled();
    for (const took of [0.12, 0.4]) metrics.ticked(took);
    const after = await seriesOf(view, metrics);
    assert.deepEqual(
      ['good', 'refused', 'down'].map((result) => after.get(`chat_probe_total{result=${result}}`)),
      [2, 0, 1],
    );
    assert.equal(after.get('worker_oom_total'), 1);
    assert.deepEqual([after.get('watcher_tick_seconds_count'), after.get('watcher_tick_seconds_sum')], [2, 0.52]);
    assert.equal(after.get('watcher_tick_seconds_bucket{le=0.3}'), 1);
  });

  it('takes a probe that was refused for up: only no answer and a 5xx are down', async () => {
    const up = async (result: 'good' | 'refused' | 'down') => (await seriesOf(probed(result))).get('chat_probe_up');
    assert.deepEqual([await up('good'), await up('refused'), await up('down')], [1, 1, 0]);
  });
});
