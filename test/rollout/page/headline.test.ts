import assert from 'node:assert/strict';
import { unixSeconds } from '../../../phases/units';
import { unreadable } from '../../../rollout/cluster';
import { headlineOf } from '../../../rollout/page/headline';
import { livelinessOf, type WatchView } from '../../../rollout/page/view';
import { denisState, podState } from '../../support/clusterState';
import { NOON } from '../../support/healthyPhase';
import { rolledBackView, watchView } from '../../support/watchViews';

const rolling = denisState(10, {
  pods: [podState('denis-a', { replicaSet: 'rs-old' }), podState('denis-b')],
  newestReplicaSet: { uid: 'rs-new', createdAt: NOON },
});

describe('rollout/page/headline', () => {
  const rows: readonly [what: string, view: WatchView, word: string, tone: string, sentence: RegExp][] = [
    ['a promotion', watchView('canary-10', { live: 10 }), 'PROMOTE', 'good', /^every hard check held/],
    ['a completion', watchView('canary-100', { live: 100 }), 'COMPLETE', 'good', /./],
    [
      'a window that runs',
      watchView('canary-100', { live: 100, activatedAt: NOON - 7200 }),
      'MONITOR',
      'info',
      /^window/,
    ],
    [
      'a hold',
      watchView('canary-10', { live: 10, readings: { materializer_success_rate: 0.96 } }),
      'HOLD',
      'wait',
      /96\.00 %/,
    ],
    [
      'a rollback',
      watchView('canary-10', { live: 10, readings: { error_rate: 0.04 } }),
      'ROLLBACK',
      'bad',
      /error rate > 3 %/,
    ],
    [
      'an emergency',
      watchView('canary-100', { live: 100, readings: { error_rate: 0.06 } }),
      'EMERGENCY',
      'bad',
      /error rate > 5 %/,
    ],
    ['nothing that is live', watchView('canary-1', { live: 0 }), 'OFF', 'off', /^nothing is live$/],
    ['a latch', rolledBackView(), 'OFF', 'off', /^latched by watcher-1 at .*: error rate > 3 %/],
    [
      'an exposure under way',
      watchView('canary-10', { live: 10, denis: rolling }),
      'WAITING',
      'info',
      /still rolling out/,
    ],
    [
      'an unknown exposure',
      watchView('canary-10', { live: 10, denis: denisState(10, { pods: [] }) }),
      'UNKNOWN',
      'bad',
      /^live exposure: no pod/,
    ],
    [
      'a world that cannot be read',
      watchView('canary-10', { live: 10 }, { judgement: unreadable('no route to host') }),
      'BLIND',
      'bad',
      /^no route to host$/,
    ],
    [
      'an old tick, whatever was judged then',
      watchView('canary-10', { live: 10 }, { tickedAt: unixSeconds(NOON - 56) }),
      'NOT WATCHING',
      'bad',
      /^the last tick was 1m00s ago/,
    ],
  ];
  for (const [what, view, word, tone, sentence] of rows) {
    it(`says ${word} of ${what}`, () => {
      const headline = headlineOf(view);
      assert.deepEqual([headline.word, headline.tone], [word, tone]);
      assert.match(headline.sentence, sentence);
    });
  }

  it('names the move, and what to do where it is refused', () => {
    assert.equal(headlineOf(watchView('canary-50', { live: 10 })).move, 'canary-10 → canary-50');
    assert.deepEqual(headlineOf(watchView('canary-50', { live: 10 })).todo, []);
    assert.ok(headlineOf(rolledBackView()).todo.length > 0);
  });
});

describe('rollout/page/view', () => {
  const liveliness = (now: number, tickedAt?: number) =>
    livelinessOf({
      now: unixSeconds(now),
      started: unixSeconds(1_000),
      ...(tickedAt === undefined ? {} : { tickedAt: unixSeconds(tickedAt) }),
    });
  const rows: readonly [now: number, tickedAt: number | undefined, alive: boolean, sentence: string][] = [
    [1_010, 1_006, true, 'the last tick was 4s ago'],
    [1_065.4, 1_006, true, 'the last tick was 59s ago'],
    [1_066, 1_006, false, 'the last tick was 1m00s ago: it should come every 10s, so nothing is watched now'],
    [1_000, 1_006, true, 'the last tick was 0s ago'],
    [1_059, undefined, true, 'no tick yet, 59s after the start'],
    [
      1_060,
      undefined,
      false,
      'no tick yet, 1m00s after the start: it should come every 10s, so nothing is watched now',
    ],
  ];
  for (const [now, tickedAt, alive, sentence] of rows) {
    it(`says "${sentence}"`, () => assert.deepEqual(liveliness(now, tickedAt), { alive, sentence }));
  }
});
