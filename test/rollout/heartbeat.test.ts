import assert from 'node:assert/strict';
import { unixSeconds } from '../../phases/units';
import { read, unreadable } from '../../rollout/cluster';
import { type WatcherLease, type Watching, watchingOf } from '../../rollout/heartbeat';
import { NOON } from '../support/healthyPhase';

const OWN = { kind: 'own' } as const;
const renewed = (ago: number): WatcherLease => ({
  heartbeat: { holder: 'box-1', renewedAt: unixSeconds(NOON - ago) },
  status: undefined,
});
const reason = (watching: Watching): string => (watching.kind === 'silent' ? watching.reason : watching.kind);

describe('rollout/heartbeat', () => {
  it('is alive below 60 s', () => {
    for (const ago of [-30, 0, 59.9])
      assert.deepEqual(watchingOf(read(renewed(ago)), OWN, NOON), { kind: 'alive', holder: 'box-1' });
  });

  const silent: readonly [what: string, watching: Watching, says: string][] = [
    [
      'an old heartbeat',
      watchingOf(read(renewed(60)), OWN, NOON),
      'the heartbeat of the watcher (box-1) is 1m00s old, 1m00s is the most',
    ],
    [
      'one of a clock far ahead',
      watchingOf(read(renewed(-31)), OWN, NOON),
      "the heartbeat of the watcher (box-1) is 31s ahead of this machine's clock",
    ],
    ['no Lease', watchingOf(undefined, OWN, NOON), 'there is no heartbeat (Lease denis-canary-watcher)'],
    [
      'a Lease given back',
      watchingOf(read({ heartbeat: undefined, status: '' }), OWN, NOON),
      'the watcher was stopped',
    ],
    [
      'a Lease that may not be read',
      watchingOf(unreadable('forbidden'), OWN, NOON),
      'its heartbeat cannot be read: forbidden',
    ],
    ['wrong settings', watchingOf(undefined, undefined, NOON), 'there is no heartbeat (Lease denis-canary-watcher)'],
  ];
  for (const [what, watching, says] of silent) it(`is silent with ${what}`, () => assert.equal(reason(watching), says));

  it('is not asked for where another system watches', () => {
    const external = { kind: 'external', name: 'the pager' } as const;
    assert.deepEqual(watchingOf(undefined, external, NOON), external);
  });
});
