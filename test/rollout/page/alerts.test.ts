import assert from 'node:assert/strict';
import { alertsOf } from '../../../rollout/page/alerts';
import type { WatchView } from '../../../rollout/page/view';
import { denisState } from '../../support/clusterState';
import { NOON } from '../../support/healthyPhase';
import { rolledBackView, WELL_WITNESSED, watchView } from '../../support/watchViews';

type Incident = NonNullable<WatchView['status']['incident']>;
const opened = {
  id: '3',
  verdict: 'ROLLBACK',
  phase: 'canary-10',
  rule: 'error-above',
  sentence: 'error rate > 3 %',
  since: '2026-11-25T11:48:10.000Z',
} as const;
const alertOf = (own: Partial<Incident>) =>
  alertsOf(
    watchView('canary-10', { live: 10 }, { status: { witness: WELL_WITNESSED, incident: { ...opened, ...own } } }),
  )[0];

describe('rollout/page/alerts', () => {
  it('has none while all is well, nor for what the headline says', () => {
    assert.deepEqual(alertsOf(watchView('canary-10', { live: 10 })), []);
    assert.deepEqual(alertsOf(watchView('canary-1', { live: 0 })), []);
  });

  const killedAt = '2026-11-25T11:48:14.200Z';
  const incidents: readonly [what: string, own: Partial<Incident>, tone: string, text: string][] = [
    ['that is not confirmed', {}, 'bad', 'error rate > 3 %; not confirmed off yet'],
    ['that is off', { killedAt }, 'bad', 'error rate > 3 %; confirmed off after 4s; not recovered yet'],
    [
      'that recovered',
      { killedAt, recoveredAt: '2026-11-25T11:50:10.000Z' },
      'wait',
      'error rate > 3 %; confirmed off after 4s; recovered after 2m00s',
    ],
    [
      'that was escalated',
      { killedAt, escalatedAt: '2026-11-25T11:58:20.000Z' },
      'bad',
      'error rate > 3 %; confirmed off after 4s; not recovered yet; escalated after 10m10s',
    ],
    [
      'with times that are none',
      { killedAt: 'soon' },
      'bad',
      'error rate > 3 %; confirmed off soon; not recovered yet',
    ],
  ];
  for (const [what, own, tone, text] of incidents) {
    it(`tells an incident ${what}`, () =>
      assert.deepEqual(alertOf(own), { tone, title: 'ROLLBACK 2026-11-25 11:48:10 UTC', text }));
  }

  it('tells of a latch under which something is live, the incident first', () => {
    const denis = denisState(10, { latch: 'no' });
    assert.deepEqual(
      alertsOf(watchView('canary-10', { live: 10, denis })).map(({ tone, title }) => [tone, title]),
      [['bad', 'Killed, but 10 % is live']],
    );
    const [incident, ...others] = alertsOf(rolledBackView());
    assert.equal(incident?.title, 'ROLLBACK 2026-11-25 11:48:10 UTC');
    assert.deepEqual(others, []);
  });

  it('tells since when it is blind, and that nothing is rolled back for it', () => {
    const status = { witness: WELL_WITNESSED, blindSince: NOON - 596 };
    assert.deepEqual(alertsOf(watchView('canary-10', { live: 10 }, { status })), [
      {
        tone: 'bad',
        title: 'Blind',
        text: 'for 10m00s, since 2026-11-25 11:50:04 UTC; the phase is kept, and nothing is rolled back for want of data',
      },
    ]);
  });
});
