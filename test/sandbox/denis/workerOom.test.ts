import assert from 'node:assert/strict';
import { oomKilledStatus } from '../../../sandbox/denis/workerOom';
import { workerPod } from './support/pods';

describe('a worker killed for its memory', () => {
  it('has run since it was started again, one restart more', () => {
    assert.deepEqual(oomKilledStatus(workerPod(1), new Date('2026-02-03T04:05:06.789Z')), {
      status: {
        containerStatuses: [
          {
            name: 'worker',
            ready: true,
            started: true,
            restartCount: 3,
            state: { running: { startedAt: '2026-02-03T04:05:06Z' } },
            lastState: {
              terminated: {
                exitCode: 137,
                reason: 'OOMKilled',
                startedAt: '2026-01-01T00:00:00Z',
                finishedAt: '2026-02-03T04:05:06Z',
              },
            },
          },
        ],
      },
    });
  });
});
