import assert from 'node:assert/strict';
import { type Completion, turnEnded, turnOf } from '../../rollout/completion';
import { readLedger, writeLedger } from '../../rollout/ledger';

const NOW = new Date('2026-11-28T09:00:00.000Z');
const later = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);
const ask = (before: Completion | undefined, by: string, now = NOW) => turnOf(before, { by, now, until: later(60) });
const telling = { by: 'watcher', until: later(60).toISOString() };

describe('rollout/completion', () => {
  it('lets one tell it at a time', () => {
    const first = ask(undefined, 'watcher');
    assert.deepEqual(first, { kind: 'ours', complete: { telling } });
    assert.deepEqual(ask({ telling }, 'validate'), { kind: 'others', ...telling });
    assert.deepEqual(ask({ telling }, 'validate', later(59)), { kind: 'others', ...telling });
  });

  it('lets nobody tell it that was told', () => {
    const told = turnEnded({ telling }, { by: 'watcher', now: later(3), arrived: true });
    assert.deepEqual(told, { told: { at: later(3).toISOString(), by: 'watcher' } });
    assert.equal(ask(told, 'validate', later(9_000)).kind, 'told');
  });

  it('gives the turn back when it did not arrive, and frees the turn of one that died', () => {
    const validated = { at: NOW.toISOString(), by: 'ana' };
    const failed = turnEnded({ telling, validated }, { by: 'watcher', now: later(3), arrived: false });
    assert.deepEqual(failed, { validated });
    assert.equal(ask(failed, 'validate').kind, 'ours');
    assert.equal(ask({ telling }, 'validate', later(60)).kind, 'ours');
  });

  it('writes nothing into the turn of another, nor into a rollout that has ended', () => {
    for (const before of [undefined, {}, { telling: { ...telling, by: 'validate' } }]) {
      assert.equal(turnEnded(before, { by: 'watcher', now: later(3), arrived: true }), undefined);
    }
  });

  it('is part of the ledger', () => {
    const complete = { telling, told: { at: 'x', by: 'y' }, validated: { at: 'x', by: 'z' } };
    const stored = { text: writeLedger({ version: 1, permitted: 100, complete }), resourceVersion: '1' };
    const read = readLedger(stored);
    assert.ok(read.kind === 'ledger');
    assert.deepEqual(read.ledger.complete, complete);
  });
});
