import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { DenisState, Wiring } from '../../rollout/cluster';
import { type Killable, killPatch, latchToWrite, ledgerKilled } from '../../rollout/killPatch';
import { latchText, readLatch } from '../../rollout/latch';
import { denisState, podState } from '../support/clusterState';

const LATCH = { by: 'eva@host', at: '2026-11-26T03:12:00.000Z', reason: 'the queue runs full' };
const FIRST = { by: 'ana@host', at: '2026-11-26T03:00:00.000Z', reason: 'errors' };
const killable = (denis: DenisState, own: Partial<Killable> = {}): Killable => ({
  denis,
  paused: false,
  moveUnderWay: false,
  ...own,
});
const wish = (off: boolean, latch = LATCH) => ({ off, latch, container: 'denis' });
const annotations = (move: number) => ({
  'canary.denis.run/enabled': 'false',
  'canary.denis.run/move': String(move),
});
const ENABLED = { name: 'DENIS_MATERIALIZERS_ENABLED', value: 'false', valueFrom: null };
const wired = (enabled: Wiring, effective: boolean | undefined): Partial<DenisState> => ({
  wiring: { pct: { kind: 'wired' }, enabled },
  effective: { pct: 10, enabled: effective },
});

describe('rollout/killPatch', () => {
  it('declares off, moves on and latches in one patch, and leaves the percentage as it is', () => {
    const patch = killPatch(killable(denisState(10)), wish(true));
    assert.deepEqual(patch, {
      metadata: { annotations: { 'canary.denis.run/latch': latchText(LATCH) } },
      spec: { template: { metadata: { annotations: annotations(4) } } },
      latch: latchText(LATCH),
      move: 4,
      setEnv: false,
    });
  });

  const wirings: readonly [string, Wiring, effective: boolean | undefined, explicit: boolean][] = [
    ['an explicit true', { kind: 'explicit', value: 'true' }, true, true],
    ['an explicit false', { kind: 'explicit', value: 'false' }, false, false],
    ['another source', { kind: 'other', source: 'configMapKeyRef' }, undefined, true],
    ['no variable', { kind: 'absent' }, false, true],
  ];
  for (const [what, enabled, effective, explicit] of wirings) {
    it(`${explicit ? 'sets the variable, too,' : 'leaves the variable'} where the container has ${what}`, () => {
      const { spec, move } = killPatch(killable(denisState(10, wired(enabled, effective))), wish(true))!;
      const containers = explicit ? { spec: { containers: [{ name: 'denis', env: [ENABLED] }] } } : {};
      assert.deepEqual(spec, { template: { metadata: { annotations: annotations(4) }, ...containers } });
      assert.equal(move, 4);
    });
  }

  it('names no container that is not there, and has the plan’s command reach those that are', () => {
    const { spec, setEnv } = killPatch(killable(denisState(10, wired({ kind: 'absent' }, undefined))), wish(true))!;
    assert.deepEqual(spec, { template: { metadata: { annotations: annotations(4) } } });
    assert.equal(setEnv, true);
  });

  it('lets a paused rollout go on: its pods would never restart', () => {
    const { spec } = killPatch(killable(denisState(10), { paused: true }), wish(true))!;
    assert.deepEqual(spec, { paused: null, template: { metadata: { annotations: annotations(4) } } });
    const off = killPatch(killable(denisState(0), { paused: true }), wish(true))!;
    assert.deepEqual([off.spec, off.move], [{ paused: null }, undefined]);
    assert.equal(killPatch(killable(denisState(10), { paused: true }), wish(false))!.spec, undefined);
  });

  it('restarts nothing that was declared off, and writes nothing where the latch stands too', () => {
    const patch = killPatch(killable(denisState(0)), wish(true))!;
    assert.deepEqual([patch.spec, patch.move, patch.latch], [undefined, undefined, latchText(LATCH)]);
    assert.equal(killPatch(killable(denisState(0, { latch: latchText(FIRST) })), wish(true)), undefined);
  });

  it('takes a field of its own where a move is under way, so that the API server refuses that one', () => {
    const target = killable(denisState(0, { latch: latchText(FIRST) }), { moveUnderWay: true });
    assert.deepEqual(killPatch(target, wish(true))!.spec, { template: { metadata: { annotations: annotations(4) } } });
  });

  it('puts its own word in the place of the first one while a move is under way: a resume may be clearing that', () => {
    const standing = latchText({ ...FIRST, workers: 6 });
    const target = killable(denisState(0, { latch: standing }), { moveUnderWay: true });
    assert.equal(killPatch(target, wish(false))!.latch, latchText({ ...LATCH, workers: 6 }));
  });

  it('writes the latch alone for a kill by other ways', () => {
    const { spec, metadata } = killPatch(killable(denisState(10)), wish(false))!;
    assert.equal(spec, undefined);
    assert.deepEqual(metadata, { annotations: { 'canary.denis.run/latch': latchText(LATCH) } });
  });

  it('counts on from the highest move that anything carries, and from 0 where none is a number', () => {
    const moveOf = (move: string | undefined, pods: (number | undefined)[]): number | undefined => {
      const denis = denisState(10, {
        template: { pct: '10', enabled: 'true', move },
        pods: pods.map((carried, i) => podState(`denis-${i}`, { move: carried })),
      });
      return killPatch(killable(denis), wish(true))!.move;
    };
    assert.equal(moveOf('7', [6, 7]), 8);
    assert.equal(moveOf('7', [9, undefined]), 10);
    assert.equal(moveOf(undefined, []), 1);
    assert.equal(moveOf('seven', [undefined]), 1);
  });

  it('ends off, latched and in peace: once written, it has nothing left to write', () => {
    const wiring = fc.constantFrom<Wiring>(
      { kind: 'wired' },
      { kind: 'explicit', value: 'true' },
      { kind: 'explicit', value: 'false' },
      { kind: 'other', source: 'configMapKeyRef' },
      { kind: 'absent' },
    );
    const enabled = fc.constantFrom('true', 'false', '', undefined);
    const latch = fc.constantFrom(undefined, 'by hand', latchText(FIRST), latchText({ ...FIRST, workers: 3 }));
    fc.assert(
      fc.property(wiring, enabled, latch, fc.boolean(), fc.boolean(), (kind, text, standing, paused, underWay) => {
        const before = denisState(10, {
          template: { pct: '10', enabled: text, move: '3' },
          wiring: { pct: { kind: 'wired' }, enabled: kind },
          effective: { pct: 10, enabled: effective(kind, text) },
          latch: standing,
        });
        const patch = killPatch(killable(before, { paused, moveUnderWay: underWay }), wish(true));
        const after = patch === undefined ? before : patched(before, patch.spec, patch.latch);
        assert.equal(after.effective.enabled, false);
        assert.equal(after.template.enabled, 'false');
        assert.equal(after.template.pct, '10');
        assert.notEqual(after.latch, undefined);
        if (standing !== undefined && !underWay) assert.equal(after.latch, standing);
        assert.equal(readLatch(after.latch!)?.workers, readLatch(standing ?? '')?.workers);
        assert.equal(killPatch(killable(after), wish(true)), undefined);
      }),
    );
  });

  describe('the latch', () => {
    const text = latchText(FIRST);
    const rows: readonly [
      string,
      standing: string | undefined,
      workers: number | undefined,
      written: string | undefined,
    ][] = [
      ['is written where there is none', undefined, undefined, latchText(LATCH)],
      ['holds the workers of the kill that stopped them', undefined, 4, latchText({ ...LATCH, workers: 4 })],
      ['keeps the first one’s word', text, undefined, undefined],
      ['takes the workers of a later kill into the first one’s word', text, 4, latchText({ ...FIRST, workers: 4 })],
      ['keeps the first count of workers', latchText({ ...FIRST, workers: 6 }), 4, undefined],
      ['keeps a text that nobody here wrote', 'by hand', 4, undefined],
    ];
    for (const [what, standing, workers, written] of rows) {
      it(what, () => assert.equal(latchToWrite(standing, { ...LATCH, ...(workers && { workers }) }), written));
    }
  });

  it('ends the rollout in the ledger, and keeps the last move and the last drill', () => {
    const lastMove = {
      number: 3,
      stack: 'canary-10',
      percent: 10,
      enabled: true,
      direction: 'up',
      at: 'a',
      by: 'b',
    } as const;
    const drill = { at: 'a', by: 'b' };
    const before = {
      version: 1,
      ...{ permitted: 10, source: 'endpoint of host', lastMove, drill },
      rollout: { id: 'r', startedAt: 'a', workers: 2 },
      baseline: { chatP99: 0.3, measuredAt: 'a', covered: 24, samples: 24 },
    } as const;
    assert.deepEqual(ledgerKilled(before, LATCH), { version: 1, permitted: 0, lastMove, drill, latch: LATCH });
    assert.deepEqual(ledgerKilled(undefined, LATCH), { version: 1, permitted: 0, latch: LATCH });
    const again = ledgerKilled({ version: 1, permitted: 0, latch: FIRST }, { ...LATCH, workers: 4 });
    assert.deepEqual(again.latch, { ...FIRST, workers: 4 });
    assert.deepEqual(ledgerKilled({ version: 1, permitted: 0, latch: FIRST }, LATCH).latch, FIRST);
  });
});

/** What a container gets, as the kubelet resolves it. */
function effective(wiring: Wiring, annotation: string | undefined): boolean | undefined {
  switch (wiring.kind) {
    case 'wired':
      return annotation === 'true';
    case 'explicit':
      return wiring.value === 'true';
    case 'other':
      return undefined;
    case 'absent':
      return false;
  }
}

/** The Deployment after a patch, as the API server merges it. */
function patched(before: DenisState, spec: object | undefined, latch: string | undefined): DenisState {
  const { template } = (spec ?? {}) as {
    template?: { metadata: { annotations: Record<string, string> }; spec?: object };
  };
  const notes = template?.metadata.annotations;
  const enabled: Wiring = template?.spec === undefined ? before.wiring.enabled : { kind: 'explicit', value: 'false' };
  const text = notes?.['canary.denis.run/enabled'] ?? before.template.enabled;
  return {
    ...before,
    template: {
      pct: before.template.pct,
      enabled: text,
      move: notes?.['canary.denis.run/move'] ?? before.template.move,
    },
    wiring: { ...before.wiring, enabled },
    effective: { pct: 10, enabled: effective(enabled, text) },
    latch: latch ?? before.latch,
  };
}
