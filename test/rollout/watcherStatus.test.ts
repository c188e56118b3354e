import assert from 'node:assert/strict';
import { unixSeconds } from '../../phases/units';
import { freshStatus, readStatus, timersOf, type WatcherStatus, writeStatus } from '../../rollout/watcherStatus';
import { NOON } from '../support/healthyPhase';

const FULL: WatcherStatus = {
  version: 1,
  at: '2026-11-25T12:00:00.000Z',
  activatedAt: NOON - 3_600,
  live: 50,
  timers: { 'queue-above': { held: 30, open: NOON - 15, since: NOON - 45, seen: NOON - 15 } },
  witness: {
    probes: [{ at: unixSeconds(NOON - 10), result: 'down', why: 'HTTP 503' }],
    ooms: [{ pod: 'denis-workers-a', container: 'worker', at: unixSeconds(NOON - 400) }],
  },
  incident: {
    id: '7@1',
    verdict: 'ROLLBACK',
    phase: 'canary-50',
    rule: 'rule:worker-oom',
    sentence: 'worker OOM-killed',
    since: '2026-11-25T11:59:00.000Z',
    killedAt: '2026-11-25T11:59:09.000Z',
    baseline: 0.4,
  },
  blindSince: NOON - 3,
  told: { 'warning:check:queue-depth': { since: NOON - 600, seen: NOON - 10, said: true } },
};

describe('rollout/watcherStatus', () => {
  it('is read as it was written', () => {
    for (const status of [FULL, freshStatus(NOON)])
      assert.deepEqual(readStatus(writeStatus(status)), { kind: 'read', value: status });
    assert.deepEqual(timersOf(FULL).get('queue-above')?.held, 30);
  });

  it('stays small: an annotation that every reader of the cluster gets', () => {
    assert.ok(writeStatus(FULL).length < 1_000);
  });

  for (const [what, text, says] of [
    ['is not JSON', '{', 'the status of the watcher is not JSON'],
    ['is of another version', '{"version":2}', 'the status of the watcher: version: Invalid input: expected 1'],
    [
      'has an unknown key',
      JSON.stringify({ ...FULL, more: 1 }),
      'the status of the watcher: : Unrecognized key: "more"',
    ],
  ] as const) {
    it(`that ${what} cannot be read`, () => {
      assert.deepEqual(readStatus(text), { kind: 'unreadable', reason: says });
    });
  }
});
