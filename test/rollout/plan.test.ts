import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LADDER, phaseNamed } from '../../phases/ladder';
import { PHASE_NAMES, type PhaseName } from '../../phases/phase';
import { type ClusterState, type DenisState, read, unreadable } from '../../rollout/cluster';
import type { Switches } from '../../rollout/exposure';
import { latchText } from '../../rollout/latch';
import { type Ledger, type LedgerReading, writeLedger } from '../../rollout/ledger';
import { type Standing, standingOf, targetOf } from '../../rollout/move';
import { ledgerAfter, type Plan, planOf } from '../../rollout/plan';
import { clusterState, denisState, ledgerAt, switchesOn, workersState } from '../support/clusterState';
import { BASELINE } from '../support/healthyPhase';

interface Given {
  readonly denis?: DenisState | undefined;
  readonly cluster?: Partial<ClusterState>;
  readonly switches?: Partial<Switches>;
  readonly ledger?: LedgerReading;
  readonly enabled?: boolean;
}

function standing(live: number, stack: PhaseName, given: Given = {}): Standing {
  const denis = 'denis' in given ? given.denis : denisState(live);
  const target = targetOf(phaseNamed(stack)!, given.enabled ?? true);
  const switches = { ...switchesOn(denis), ...given.switches };
  return standingOf(target, clusterState(denis, given.cluster), switches, given.ledger ?? ledgerAt(live));
}
const plan = (live: number, stack: PhaseName, given: Given = {}): Plan => planOf(standing(live, stack, given));
const AUTHOR = { by: 'eva@host', at: '2026-11-25T10:00:00Z', id: 'fresh' };
const lastMove = (own: Partial<NonNullable<Ledger['lastMove']>> = {}) => ({
  number: 3,
  stack: 'canary-10',
  percent: 10,
  enabled: true,
  direction: 'up' as const,
  at: '2026-11-24T10:00:00Z',
  by: 'eva',
  ...own,
});

describe('rollout/plan', () => {
  describe('the values', () => {
    it('are those of the stack, on and with the next move number, on the way up', () => {
      const { pct, enabled, move, manner, rewire } = plan(1, 'canary-10');
      assert.deepEqual(
        { pct, enabled, move, manner, rewire },
        { pct: 10, enabled: true, move: 4, manner: 'up', rewire: false },
      );
    });

    it('are those of the stack, on and with the next move number, on the way down', () => {
      const { pct, enabled, move, manner, rewire } = plan(50, 'canary-10');
      assert.deepEqual(
        { pct, enabled, move, manner, rewire },
        { pct: 10, enabled: true, move: 4, manner: 'down', rewire: false },
      );
    });

    it('keep the percentage of the stack when it declares off', () => {
      const { pct, enabled, move, manner } = plan(50, 'canary-50', { enabled: false });
      assert.deepEqual({ pct, enabled, move, manner }, { pct: 50, enabled: false, move: 4, manner: 'down' });
    });
  });

  describe('the move number', () => {
    it('is kept while nothing changes, so that the second update is unchanged', () => {
      const again = plan(10, 'canary-10');
      assert.deepEqual([again.move, again.changes], [3, []]);
    });

    it('is raised for a stack that was applied before, though its own state says unchanged', () => {
      assert.equal(plan(10, 'canary-1').move, 4);
    });

    it('is raised when something is latched or killed, though the values are the same', () => {
      const off = denisState(10, {
        template: { pct: '10', enabled: 'false', move: '3' },
        effective: { pct: 10, enabled: false },
      });
      const declared = ledgerAt(10, { lastMove: lastMove({ enabled: false }) });
      assert.equal(plan(10, 'canary-10', { denis: off, enabled: false, ledger: declared }).move, 3);
      assert.equal(
        plan(10, 'canary-10', { denis: { ...off, latch: 'eva' }, enabled: false, ledger: declared }).move,
        4,
      );
      assert.equal(plan(10, 'canary-10', { denis: off, enabled: false }).move, 4, 'turned off by hand');
    });

    it('begins at 1 without annotations', () => {
      const bare = denisState(0, { template: { pct: undefined, enabled: undefined, move: undefined } });
      assert.equal(plan(0, 'canary-1', { denis: bare }).move, 1);
      assert.equal(plan(0, 'canary-1', { denis: undefined, enabled: false }).move, 1);
    });

    it('goes on from the ledger when somebody broke the annotation, and never blocks the way down', () => {
      for (const move of ['', 'three', '-1', '2.5', 'NaN', '1e99']) {
        const denis = denisState(10, { template: { pct: '10', enabled: 'true', move } });
        const ledger = ledgerAt(10, { lastMove: lastMove({ number: 7 }) });
        const stands = standing(10, 'canary-1', { denis, ledger });
        const next = planOf(stands);
        assert.equal(next.move, 8, move);
        assert.doesNotThrow(() => writeLedger(ledgerAfter(stands, next, undefined, AUTHOR)));
        assert.equal(plan(10, 'canary-10', { denis, ledger }).move, 8, 'the same values are written anew');
        assert.equal(plan(10, 'canary-1', { denis, ledger: { kind: 'missing' } }).move, 1);
      }
    });
  });

  describe('the manner', () => {
    it('of a repeated move is that of the last one, so that nothing changes', () => {
      assert.equal(
        plan(10, 'canary-10', { ledger: ledgerAt(10, { lastMove: lastMove({ direction: 'down' }) }) }).manner,
        'down',
      );
      assert.equal(plan(10, 'canary-10', { ledger: ledgerAt(10, { lastMove: lastMove() }) }).manner, 'up');
      assert.equal(plan(10, 'canary-10', { ledger: { kind: 'missing' } }).manner, 'up');
    });

    it('of a move down is down, whatever the last one was', () => {
      assert.equal(plan(10, 'canary-1', { ledger: ledgerAt(10, { lastMove: lastMove() }) }).manner, 'down');
    });
  });

  describe('a move down never turns the feature on', () => {
    const killed = (own: [string, ReturnType<typeof read<boolean>> | ReturnType<typeof unreadable>][]) => ({
      killed: new Map([...switchesOn(denisState(50)).killed, ...own]),
    });
    const rows: readonly [string, Given][] = [
      ['off', { denis: denisState(50, { effective: { pct: 50, enabled: false } }) }],
      ['latched', { denis: denisState(50, { latch: 'eva' }) }],
      ['latched in the ledger', { ledger: ledgerAt(50, { latch: { by: 'eva', at: 'now', reason: 'drill' } }) }],
      ['not known to be on', { denis: denisState(50, { effective: { pct: 50, enabled: undefined } }) }],
      ['killed on one pod through the API', { switches: killed([['denis-b', read(true)]]) }],
      ['not able to tell the kill state of one pod', { switches: killed([['denis-b', unreadable('timed out')]]) }],
      ['not asked for its kill state', { switches: { killed: new Map() } }],
    ];
    for (const [what, given] of rows) {
      it(`when Denis is ${what}`, () => {
        const { enabled, pct, manner } = plan(50, 'canary-10', given);
        assert.deepEqual([enabled, pct, manner], [false, 10, standing(50, 'canary-10', given).direction]);
      });
    }

    it('when there is no Deployment to read', () => {
      assert.equal(plan(0, 'canary-10', { denis: undefined, enabled: false }).enabled, false);
    });

    it('but keeps it on while it is surely on', () => assert.equal(plan(50, 'canary-10').enabled, true));

    it('in any world', () => {
      const reading = fc.constantFrom(read(true), read(false), unreadable('down'));
      const enabled = fc.constantFrom(true, false, undefined);
      fc.assert(
        fc.property(
          fc.constantFrom(1, 10, 25, 50, 100),
          fc.constantFrom(...PHASE_NAMES),
          enabled,
          reading,
          reading,
          fc.constantFrom(undefined, 'eva'),
          (live, stack, on, flag, kill, latch) => {
            const denis = denisState(live, { effective: { pct: live, enabled: on }, latch });
            const stands = standing(live, stack, {
              denis,
              switches: { flag, killed: new Map(denis.pods.map(({ name }) => [name, kill])) },
            });
            const next = planOf(stands);
            if (stands.direction === 'up') return;
            if (on !== true || latch !== undefined || kill.kind !== 'read' || kill.value)
              assert.equal(next.enabled, false);
            assert.ok(next.pct === phaseNamed(stack)!.exposure && Number.isInteger(next.move));
          },
        ),
        { numRuns: 2_000 },
      );
    });
  });

  describe('the workers', () => {
    const floors = [
      ['canary-1', 0, 2],
      ['canary-10', 1, 3],
      ['canary-50', 10, 6],
      ['canary-100', 50, 10],
    ] as const;
    for (const [stack, live, floor] of floors) {
      it(`are ${floor} at least on the way up to ${stack}`, () => {
        const few = { cluster: { workers: workersState({ replicas: 1 }) } };
        assert.deepEqual(plan(live, stack, few).workers, { kind: 'replicas', replicas: floor });
      });
    }

    it('are never lowered, below what runs or what ran when the rollout began', () => {
      const many = { cluster: { workers: workersState({ replicas: 12 }) } };
      assert.deepEqual(plan(1, 'canary-10', many).workers, { kind: 'replicas', replicas: 12 });
      const began = { ledger: ledgerAt(1, { rollout: { id: 'r', startedAt: 'then', workers: 8 } }) };
      assert.deepEqual(plan(1, 'canary-10', began).workers, { kind: 'replicas', replicas: 8 });
    });

    it('are left as they run on the way down, off or the same', () => {
      for (const [stack, enabled] of [
        ['canary-1', true],
        ['canary-10', true],
        ['canary-10', false],
      ] as const) {
        for (const replicas of [0, 1, 12]) {
          const given = { cluster: { workers: workersState({ replicas }) }, enabled };
          const { direction } = standing(10, stack, given);
          if (direction === 'up') continue;
          assert.deepEqual(plan(10, stack, given).workers, { kind: 'replicas', replicas }, `${stack} ${replicas}`);
        }
      }
    });

    it('are raised through their autoscaler, whose most follows its least', () => {
      const scaled = (min: number, max: number) => ({
        cluster: { workers: workersState({ autoscaler: { kind: 'HorizontalPodAutoscaler', name: 'hpa', min, max } }) },
      });
      assert.deepEqual(plan(10, 'canary-50', scaled(2, 4)).workers, {
        kind: 'autoscaler',
        name: 'hpa',
        min: 6,
        max: 6,
      });
      assert.deepEqual(plan(10, 'canary-50', scaled(2, 20)).workers, {
        kind: 'autoscaler',
        name: 'hpa',
        min: 6,
        max: 20,
      });
      assert.deepEqual(plan(10, 'canary-50', scaled(9, 20)).workers, {
        kind: 'autoscaler',
        name: 'hpa',
        min: 9,
        max: 20,
      });
      assert.deepEqual(plan(10, 'canary-1', scaled(1, 4)).workers, { kind: 'autoscaler', name: 'hpa', min: 1, max: 4 });
    });

    it('keep what ran when the rollout began under an autoscaler, too', () => {
      const autoscaler = { kind: 'HorizontalPodAutoscaler', name: 'hpa', min: 2, max: 20 };
      const given = {
        cluster: { workers: workersState({ autoscaler }) },
        ledger: ledgerAt(10, { rollout: { id: 'r', startedAt: 'then', workers: 8 } }),
      };
      assert.deepEqual(plan(10, 'canary-50', given).workers, { kind: 'autoscaler', name: 'hpa', min: 8, max: 20 });
      assert.deepEqual(plan(10, 'canary-1', given).workers, { kind: 'autoscaler', name: 'hpa', min: 2, max: 20 });
    });

    it('are nobody without a Deployment of theirs', () => {
      assert.equal(plan(10, 'canary-1', { cluster: { workers: undefined } }).workers, undefined);
    });
  });

  describe('the changes', () => {
    it('name every value that changes, and no other', () => {
      assert.deepEqual(plan(1, 'canary-10', { cluster: { workers: workersState({ replicas: 2 }) } }).changes, [
        'exposure 1 % → 10 %',
        'move 3 → 4',
        'workers 2 → 3',
      ]);
      assert.deepEqual(plan(10, 'canary-10', { enabled: false }).changes, ['enabled true → false', 'move 3 → 4']);
      assert.deepEqual(plan(0, 'canary-1').changes, ['exposure 0 % → 1 %', 'enabled false → true', 'move 3 → 4']);
      const autoscaler = { kind: 'HorizontalPodAutoscaler', name: 'hpa', min: 2, max: 4 };
      assert.deepEqual(plan(10, 'canary-50', { cluster: { workers: workersState({ autoscaler }) } }).changes, [
        'exposure 10 % → 50 %',
        'move 3 → 4',
        'workers (autoscaler) 2–4 → 6–6',
      ]);
    });

    it('begin from unknown values without a Deployment', () => {
      assert.deepEqual(plan(0, 'canary-1', { denis: undefined, enabled: false }).changes, [
        'exposure ? % → 1 %',
        'enabled ? → false',
        'move none → 1',
      ]);
    });
  });

  it('wires the variables again unless the move goes up', () => {
    const explicit = (live: number) =>
      denisState(live, { wiring: { pct: { kind: 'explicit', value: String(live) }, enabled: { kind: 'wired' } } });
    assert.equal(plan(50, 'canary-10', { denis: explicit(50) }).rewire, true);
    assert.equal(plan(1, 'canary-10', { denis: explicit(1) }).rewire, false);
    assert.equal(plan(10, 'canary-10', { denis: explicit(10) }).rewire, true);
    assert.equal(plan(50, 'canary-10').rewire, false);
  });

  describe('the ledger after a move', () => {
    const written = (
      live: number,
      stack: PhaseName,
      given: Given = {},
      baseline = BASELINE as typeof BASELINE | undefined,
      source?: string,
    ) => {
      const stands = standing(live, stack, given);
      return ledgerAfter(stands, planOf(stands), baseline, AUTHOR, source);
    };

    it('begins a rollout at the first canary-1, with its workers and its baseline', () => {
      assert.deepEqual(written(0, 'canary-1', { cluster: { workers: workersState({ replicas: 5 }) } }), {
        version: 1,
        permitted: 1,
        rollout: { id: 'fresh', startedAt: AUTHOR.at, workers: 5 },
        baseline: BASELINE,
        lastMove: {
          number: 4,
          stack: 'canary-1',
          percent: 1,
          enabled: true,
          direction: 'up',
          at: AUTHOR.at,
          by: 'eva@host',
        },
      });
    });

    it('says that the rollout is complete until 100 % is left', () => {
      const complete = { told: { at: AUTHOR.at, by: 'watcher' } };
      const ledger = ledgerAt(100, { complete });
      assert.deepEqual(written(100, 'canary-100', { ledger }).complete, complete);
      assert.equal(written(100, 'canary-50', { ledger }).complete, undefined);
    });

    it('pins the source of the samples when a rollout begins, and keeps it as long as the rollout', () => {
      const started = written(0, 'canary-1', {}, BASELINE, 'endpoint box');
      assert.equal(started.source, 'endpoint box');
      const ledger = ledgerAt(1, { rollout: started.rollout, source: 'endpoint box' });
      assert.equal(written(1, 'canary-10', { ledger }, BASELINE, 'endpoint other').source, 'endpoint box');
      assert.equal(written(10, 'canary-1', { ledger }, BASELINE, 'endpoint other').source, 'endpoint box');
      assert.equal(written(1, 'canary-10', { switches: { flag: read(false) }, ledger }).source, undefined);
    });

    it('pins no source in the middle of a rollout that has none', () => {
      const rollout = { id: 'first', startedAt: 'then', workers: 4 };
      assert.equal(
        written(1, 'canary-10', { ledger: ledgerAt(1, { rollout }) }, BASELINE, 'endpoint box').source,
        undefined,
      );
    });

    it('keeps the rollout that has begun', () => {
      const rollout = { id: 'first', startedAt: 'then', workers: 4 };
      assert.deepEqual(written(1, 'canary-10', { ledger: ledgerAt(1, { rollout }) }).rollout, rollout);
      assert.deepEqual(written(0, 'canary-1', { ledger: ledgerAt(0, { rollout }) }).rollout, rollout);
    });

    it('raises the permitted exposure on the way up, and lowers it on the way down', () => {
      assert.equal(written(10, 'canary-50').permitted, 50);
      assert.equal(written(50, 'canary-10').permitted, 10);
      assert.equal(written(50, 'canary-10', { enabled: false }).permitted, 0);
      assert.equal(written(50, 'canary-50', { ledger: ledgerAt(50) }).permitted, 50);
    });

    it('never raises it by a move that is not up', () => {
      assert.equal(written(50, 'canary-10', { ledger: ledgerAt(1) }).permitted, 1);
      assert.equal(written(50, 'canary-50', { ledger: ledgerAt(10) }).permitted, 10);
    });

    it('latches a kill that the move meets, and ends the rollout with its baseline', () => {
      const killed = written(50, 'canary-50', {
        enabled: false,
        switches: { flag: read(false) },
        ledger: ledgerAt(50, { baseline: BASELINE, rollout: { id: 'r', startedAt: 'then', workers: 2 } }),
      });
      assert.deepEqual(killed.latch, { by: AUTHOR.by, at: AUTHOR.at, reason: 'the Redis flag is 0' });
      assert.deepEqual([killed.baseline, killed.rollout, killed.permitted], [undefined, undefined, 0]);
    });

    it('keeps the first latch, and the baseline of a rollout that only steps down', () => {
      const latch = { by: 'eva', at: 'then', reason: 'drill' };
      assert.deepEqual(written(50, 'canary-10', { ledger: ledgerAt(50, { latch }) }, undefined).latch, latch);
      const lowered = written(50, 'canary-10', { ledger: ledgerAt(50, { baseline: BASELINE }) }, undefined);
      assert.deepEqual(lowered.baseline, BASELINE);
      assert.equal(
        written(50, 'canary-10', {}, BASELINE).baseline,
        undefined,
        'a baseline is pinned on the way up only',
      );
    });

    it('copies the latch of the Deployment, with the workers that a resume gives back', () => {
      const latch = { by: 'eva', at: 'then', reason: 'drill', workers: 6 };
      const denis = denisState(50, { latch: latchText(latch) });
      assert.deepEqual(written(50, 'canary-10', { denis, enabled: false }).latch, latch);
    });

    it('can always be written', () => {
      for (const live of [0, 1, 10, 25, 50, 100]) {
        for (const { name } of LADDER) {
          for (const enabled of [true, false]) assert.doesNotThrow(() => writeLedger(written(live, name, { enabled })));
        }
      }
    });
  });
});
