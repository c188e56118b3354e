import assert from 'node:assert/strict';
import { phaseNamed } from '../../phases/ladder';
import { type DenisState, read, unreadable } from '../../rollout/cluster';
import type { Switches } from '../../rollout/exposure';
import { standingOf, targetOf } from '../../rollout/move';
import { turnsOff } from '../../rollout/turnOff';
import { clusterState, denisState, ledgerAt, switchesOn } from '../support/clusterState';

const why = (denis: DenisState | undefined, switches: Partial<Switches> = {}): string | undefined =>
  turnsOff(
    standingOf(
      targetOf(phaseNamed('canary-1')!, true),
      clusterState(denis),
      { ...switchesOn(denis), ...switches },
      ledgerAt(10),
    ),
  );
const killed = (one: ReturnType<typeof read<boolean>> | ReturnType<typeof unreadable>) =>
  new Map([...switchesOn(denisState(10)).killed, ['denis-b', one]]);

describe('rollout/turnOff', () => {
  it('leaves the feature on where every pod says that it was not told to stop', () => {
    assert.equal(why(denisState(10)), undefined);
  });

  const rows: readonly [string, string | undefined, RegExp][] = [
    ['a pod was told to stop', why(denisState(10), { killed: killed(read(true)) }), /pod denis-b was told to stop/],
    [
      'a pod does not say',
      why(denisState(10), { killed: killed(unreadable('no answer')) }),
      /denis-b .*\(no answer\)$/,
    ],
    ['a pod was not asked', why(denisState(10), { killed: new Map() }), /cannot be excluded that pod denis-a/],
    ['the flag is 0', why(denisState(10), { flag: read(false) }), /the Redis flag is 0/],
    ['it is off', why(denisState(10, { effective: { pct: 10, enabled: false } })), /turned off outside of a stack/],
    [
      'nobody can tell whether it is on',
      why(denisState(10, { effective: { pct: 10, enabled: undefined } })),
      /cannot be read/,
    ],
    ['there is no Deployment', why(undefined), /does not exist/],
  ];
  for (const [when, reason, wanted] of rows) {
    it(`turns it off when ${when}, and says so`, () => assert.match(reason ?? 'stays on', wanted));
  }
});
