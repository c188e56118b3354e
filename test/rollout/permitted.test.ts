import assert from 'node:assert/strict';
import type { DenisState } from '../../rollout/cluster';
import { permittedNow } from '../../rollout/permitted';
import { clusterState, denisState, ledgerAt, podState } from '../support/clusterState';
import { NOON } from '../support/healthyPhase';

/** Live at 50 % as move 3, and the ledger's last move. */
function permitted(number: number, direction: 'up' | 'down', own: Partial<DenisState> = {}, ago = 30) {
  const at = new Date((NOON - ago) * 1000).toISOString();
  const lastMove = { number, stack: 'canary-10', percent: 10, enabled: true, direction, at, by: 'ana' };
  return permittedNow({ cluster: clusterState(denisState(50, own)), ledger: ledgerAt(10, { lastMove }) }, NOON);
}

describe('rollout/permitted', () => {
  it('is what the ledger says', () => {
    assert.equal(permittedNow({ cluster: clusterState(denisState(50)), ledger: ledgerAt(50) }, NOON), 50);
    assert.equal(permitted(3, 'down'), 10);
    assert.equal(permitted(3, 'up'), 10);
    assert.equal(permittedNow({ cluster: clusterState(denisState(50)), ledger: { kind: 'missing' } }, NOON), undefined);
  });

  it('is not known while a step down is under way', () => {
    assert.equal(permitted(4, 'down'), undefined);
    const pods = [podState('old'), podState('new', { move: 4 })];
    const template = { pct: '10', enabled: 'true', move: '4' };
    assert.equal(permitted(4, 'down', { template, pods }), undefined);
    const gone = [podState('old', { ready: false }), podState('new', { move: 4 })];
    assert.equal(permitted(4, 'down', { template, pods: gone }), 10);
  });

  it('is what the ledger says once a step down takes longer than 5 min, and for every other move', () => {
    assert.equal(permitted(4, 'down', {}, 301), 10);
    assert.equal(permitted(4, 'up'), 10);
  });
});
