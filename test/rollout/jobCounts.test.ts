import assert from 'node:assert/strict';
import { jobsCounted, lastJobAt, type PodCounts } from '../../rollout/jobCounts';
import { withCount } from '../../rollout/killConfirm';

const pod = (fromZero: boolean, ...readings: readonly (readonly [atMs: number, jobs: number])[]): PodCounts => ({
  fromZero,
  counts: readings.reduce<PodCounts['counts']>((counts, [at, jobs]) => withCount(counts, jobs, at), []),
});

describe('rollout/jobCounts', () => {
  const cases: readonly [what: string, pods: readonly PodCounts[], jobs: number, last: number | undefined][] = [
    ['no pod', [], 0, undefined],
    ['a pod that was not read', [pod(false)], 0, undefined],
    ['a counter that stands', [pod(false, [0, 7], [50, 7], [100, 7])], 0, undefined],
    ['a counter that grows, then stands', [pod(false, [0, 7], [50, 9], [100, 10], [150, 10])], 3, 100],
    ['a pod that came later with jobs', [pod(true, [200, 4], [250, 4])], 4, 200],
    ['a pod that came later without any', [pod(true, [200, 0], [250, 0])], 0, undefined],
    ['a counter that began anew', [pod(false, [0, 90], [50, 2], [100, 2])], 2, 50],
    ['a counter that began anew at 0', [pod(false, [0, 90], [50, 92], [100, 0], [150, 0])], 2, 50],
    ['the latest of several pods', [pod(false, [0, 1], [50, 2]), pod(false, [20, 1], [70, 3])], 3, 70],
  ];
  for (const [what, pods, jobs, last] of cases) {
    it(`counts ${jobs} of ${what}`, () => assert.deepEqual([jobsCounted(pods), lastJobAt(pods)], [jobs, last]));
  }
});
