import assert from 'node:assert/strict';
import type { Verdict } from '../../rollout/decide';
import { rollbackOrder } from '../../rollout/rollbackOrder';

const AUTHOR = { by: 'watcher@host', at: '2026-11-27T09:00:00.000Z' };
const decided = (verdict: Verdict) => ({ verdict, rule: 'rule:error-above', sentence: 'error rate > 5 % at 09:00:00' });

describe('rollout/rollbackOrder', () => {
  it('turns the feature off on ROLLBACK, for the reason that decided', () => {
    assert.deepEqual(rollbackOrder(decided('ROLLBACK'), AUTHOR), {
      ways: ['flag', 'api', 'environment'],
      latch: { ...AUTHOR, reason: 'ROLLBACK, rule:error-above: error rate > 5 % at 09:00:00' },
    });
  });

  it('stops the workers too on EMERGENCY', () => {
    const order = rollbackOrder(decided('EMERGENCY'), AUTHOR);
    assert.deepEqual(order?.ways, ['flag', 'api', 'environment', 'workers']);
    assert.equal(order.latch.reason, 'EMERGENCY, rule:error-above: error rate > 5 % at 09:00:00');
  });

  for (const verdict of ['HOLD', 'MONITOR', 'PROMOTE', 'COMPLETE'] as const) {
    it(`does nothing on ${verdict}`, () => assert.equal(rollbackOrder(decided(verdict), AUTHOR), undefined));
  }
});
