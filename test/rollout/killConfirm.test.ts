import assert from 'node:assert/strict';
import fc from 'fast-check';
import { read, unreadable } from '../../rollout/cluster';
import {
  lastNewJob,
  podsOn,
  podsUntold,
  QUIET_MS,
  quietSince,
  type Standstill,
  standsStill,
  withCount,
} from '../../rollout/killConfirm';
import { denisState, podState } from '../support/clusterState';

const counted = (...readings: readonly (readonly [atMs: number, jobs: number])[]): readonly Standstill[] =>
  readings.reduce<readonly Standstill[]>((before, [atMs, jobs]) => withCount(before, jobs, atMs), []);

describe('rollout/killConfirm', () => {
  it('holds equal readings as one stretch', () => {
    assert.deepEqual(counted([0, 5], [250, 5], [500, 6], [750, 6]), [
      { jobs: 5, fromMs: 0, toMs: 250 },
      { jobs: 6, fromMs: 500, toMs: 750 },
    ]);
  });

  const rows: readonly [string, readonly Standstill[], sinceMs: number, quiet: boolean][] = [
    ['nothing was read', [], 0, false],
    ['one reading says nothing', counted([1000, 5]), 0, false],
    ['it stood still for long enough', counted([1000, 5], [1000 + QUIET_MS, 5]), 0, true],
    ['it stood still, but not since then', counted([1000, 5], [2000, 5]), 1800, false],
    ['it stands still since then', counted([1000, 5], [2500, 5]), 2000, true],
    ['it counted a job since', counted([1000, 5], [2500, 6]), 1000, false],
    ['it counted a job, and stands still again', counted([1000, 5], [1250, 6], [2000, 6]), 1000, true],
  ];
  for (const [what, counts, sinceMs, quiet] of rows) {
    it(`is ${quiet ? 'quiet' : 'not quiet'} where ${what}`, () => assert.equal(quietSince(counts, sinceMs), quiet));
  }

  it('is never quiet on readings from before', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(5000), fc.nat(3)), { minLength: 1 }), fc.nat(5000), (readings, sinceMs) => {
        const inOrder = readings.toSorted(([a], [b]) => a - b);
        if (!quietSince(counted(...inOrder), sinceMs)) return;
        const since = inOrder.filter(([atMs]) => atMs >= sinceMs);
        assert.ok(since.length > 0);
        assert.ok(inOrder.at(-1)![0] - sinceMs >= QUIET_MS);
        assert.equal(new Set(since.filter(([atMs]) => atMs > inOrder.at(-1)![0] - QUIET_MS).map(([, n]) => n)).size, 1);
      }),
    );
  });

  it('stands still for as long as its last stretch', () => {
    assert.equal(standsStill([], 0), false);
    assert.equal(standsStill(counted([0, 5], [3000, 5]), 3000), true);
    assert.equal(standsStill(counted([0, 5], [500, 6], [3000, 6]), 3000), false);
  });

  it('finds when the last new job was counted; a restart is none', () => {
    assert.equal(lastNewJob([]), undefined);
    assert.equal(lastNewJob(counted([0, 5], [3000, 5])), undefined);
    assert.equal(lastNewJob(counted([0, 5], [250, 6], [500, 9], [3000, 9])), 500);
    assert.equal(lastNewJob(counted([0, 5], [250, 6], [500, 0], [3000, 0])), 250);
  });

  it('finds the Ready pods that do not run off: what cannot be known counts as on', () => {
    const pods = [
      podState('off', { serves: { pct: 10, enabled: false } }),
      podState('on'),
      podState('unknown', { serves: { pct: 10, enabled: undefined } }),
      podState('starting', { ready: false }),
    ];
    assert.deepEqual(
      podsOn(denisState(10, { pods })).map(({ name }) => name),
      ['on', 'unknown'],
    );
  });

  it('finds the Ready pods that did not say that they were told', () => {
    const pods = ['told', 'deaf', 'mute', 'new'].map((name) => podState(name));
    const told = new Map([
      ['told', read(true)],
      ['deaf', read(false)],
      ['mute', unreadable('it answers 401')],
    ]);
    const found = podsUntold([...pods, podState('starting', { ready: false })], told);
    assert.deepEqual(
      found.map(({ pod, reason }) => [pod.name, reason]),
      [
        ['deaf', 'it says that it was not told'],
        ['mute', 'it answers 401'],
        ['new', 'not told yet'],
      ],
    );
  });
});
