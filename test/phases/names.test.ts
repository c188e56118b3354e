import assert from 'node:assert/strict';
import * as names from '../../phases/names';

describe('phases/names', () => {
  it('keeps the names that live clusters, Denis and the runbook already use', () => {
    assert.deepEqual(
      { ...names },
      {
        ANNOTATIONS: {
          pct: 'canary.denis.run/pct',
          enabled: 'canary.denis.run/enabled',
          move: 'canary.denis.run/move',
          latch: 'canary.denis.run/latch',
          status: 'canary.denis.run/status',
        },
        VARIABLES: { pct: 'DENIS_MATERIALIZERS_PCT', enabled: 'DENIS_MATERIALIZERS_ENABLED' },
        MANAGERS: { rollout: 'denis-rollout', kill: 'denis-kill', adopt: 'denis-adopt', resume: 'denis-resume' },
        LEDGER_NAME: 'denis-canary',
        MOVE_LEASE: 'denis-canary-move',
        WATCHER_LEASE: 'denis-canary-watcher',
        TOKEN_SECRET: 'denis-kill-switch',
        BASE_STACK: 'base',
      },
    );
  });
});
