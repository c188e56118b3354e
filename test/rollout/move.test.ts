import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LADDER, phaseNamed } from '../../phases/ladder';
import { PHASE_NAMES, type PhaseName } from '../../phases/phase';
import { type ClusterState, type DenisState, read, unreadable } from '../../rollout/cluster';
import { decide } from '../../rollout/decide';
import type { Switches } from '../../rollout/exposure';
import type { LedgerReading } from '../../rollout/ledger';
import {
  type Direction,
  judgeMove,
  type Permit,
  type Standing,
  standingOf,
  targetOf,
  type UpEvidence,
} from '../../rollout/move';
import { clusterState, denisState, ledgerAt, podState, switchesOn, workersState } from '../support/clusterState';
import { healthy } from '../support/healthyPhase';

const GOOD: Omit<UpEvidence, 'decision'> = {
  preflight: [],
  settings: read(true),
  clocks: new Map([
    ['the API server', 1],
    ['Prometheus', -2],
  ]),
  inHours: true,
  watching: { kind: 'alive', holder: 'watcher-1' },
};
const LADDER_PERCENT = [0, 1, 10, 50, 100] as const;
const phaseAt = (percent: number): PhaseName => LADDER.find(({ exposure }) => exposure === percent)!.name;

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

/** A standing and evidence in which everything speaks for the next phase. */
function permit(live: number, stack: PhaseName, given: Given = {}, evidence: Partial<UpEvidence> = {}): Permit {
  const decision = 'decision' in evidence || live === 0 ? undefined : decide(healthy(phaseAt(live)));
  return judgeMove(standing(live, stack, given), { ...GOOD, decision, ...evidence });
}

describe('rollout/move', () => {
  describe('of a rollout whose source is pinned', () => {
    const pinned = { ledger: ledgerAt(1, { source: 'prometheus http://a.test:9090' }) };

    it('is allowed up by the samples of that source', () => {
      assert.equal(permit(1, 'canary-10', pinned, { source: 'prometheus http://a.test:9090' }).allowed, true);
    });

    it('is refused up by those of another one, with both and what to do', () => {
      const { allowed, reasons, todo } = permit(1, 'canary-10', pinned, { source: 'endpoint box' });
      assert.equal(allowed, false);
      assert.deepEqual(reasons, [
        'this rollout is judged by the samples of prometheus http://a.test:9090, but the settings name endpoint box',
      ]);
      assert.match(todo.join('\n'), /^set canary:source and canary:prometheus as they were, .*docs\/endpoint\.md/);
    });

    it('is allowed down and the same whatever the settings name', () => {
      const ledger = ledgerAt(10, { source: 'prometheus http://a.test:9090' });
      for (const stack of ['canary-10', 'canary-1'] as const)
        assert.equal(permit(10, stack, { ledger }, { source: 'endpoint box' }).allowed, true);
    });
  });

  describe('with nobody who watches', () => {
    const watching = { kind: 'silent', reason: 'there is no heartbeat' } as const;

    it('is refused up, canary-1 included, saying how to begin', () => {
      for (const [live, stack] of [
        [0, 'canary-1'],
        [1, 'canary-10'],
        [50, 'canary-100'],
      ] as const) {
        const { allowed, reasons, todo } = permit(live, stack, {}, { watching });
        assert.deepEqual(
          [allowed, reasons, todo],
          [
            false,
            ['nobody watches the rollback rules: there is no heartbeat'],
            [`start the watcher and leave it running: npm run watch -- --stack ${stack}`],
          ],
        );
      }
    });

    it('is allowed down and the same', () => {
      for (const stack of ['canary-50', 'canary-10'] as const)
        assert.equal(permit(50, stack, {}, { watching }).allowed, true);
    });

    it('is allowed up where another system watches', () => {
      assert.equal(permit(1, 'canary-10', {}, { watching: { kind: 'external', name: 'the pager' } }).allowed, true);
    });
  });

  it('does not mind the source where none is pinned', () => {
    assert.equal(permit(1, 'canary-10', {}, { source: 'endpoint box' }).allowed, true);
  });

  it('asks for the percentage of the stack, or for off where it declares enabled: false', () => {
    assert.deepEqual(
      PHASE_NAMES.map((name) => targetOf(phaseNamed(name)!, true)),
      [
        { stack: 'canary-1', percent: 1 },
        { stack: 'canary-10', percent: 10 },
        { stack: 'canary-50', percent: 50 },
        { stack: 'canary-100', percent: 100 },
      ],
    );
    assert.deepEqual(targetOf(phaseNamed('canary-50')!, false), { stack: 'canary-50', percent: 0 });
  });

  describe('the direction', () => {
    // Rows: live percentage; columns: canary-1, -10, -50, -100.
    const table: readonly [live: number, ...Direction[]][] = [
      [0, 'up', 'up', 'up', 'up'],
      [1, 'same', 'up', 'up', 'up'],
      [10, 'down', 'same', 'up', 'up'],
      [25, 'down', 'down', 'up', 'up'],
      [50, 'down', 'down', 'same', 'up'],
      [100, 'down', 'down', 'down', 'same'],
    ];
    for (const [live, ...directions] of table) {
      it(`from ${live} % is ${directions.join(', ')}`, () => {
        assert.deepEqual(
          PHASE_NAMES.map((name) => standing(live, name).direction),
          directions,
        );
        for (const name of PHASE_NAMES) assert.equal(standing(live, name, { enabled: false }).direction, 'down');
      });
    }

    it('of an unknown exposure is down for off and below what is configured, else up', () => {
      const unknown = (stack: PhaseName, enabled = true): Direction =>
        standing(10, stack, { cluster: { unread: ['forbidden'] }, enabled }).direction;
      assert.deepEqual(
        PHASE_NAMES.map((name) => unknown(name)),
        ['down', 'up', 'up', 'up'],
      );
      assert.equal(unknown('canary-100', false), 'down');
      assert.equal(standing(0, 'canary-1', { denis: undefined }).direction, 'up');
      assert.equal(standing(0, 'canary-1', { denis: undefined, enabled: false }).direction, 'down');
    });

    it('counts a killed phase as 0: whatever exposes more is up', () => {
      assert.equal(standing(50, 'canary-1', { switches: { flag: read(false) } }).direction, 'up');
    });
  });

  describe('up', () => {
    for (const [index, live] of [0, 1, 10, 50].entries()) {
      const next = LADDER[index]!.name;
      it(`from ${live} % to ${next} is allowed when everything speaks for it`, () => {
        const given = permit(live, next);
        assert.deepEqual([given.allowed, given.direction, given.todo], [true, 'up', []]);
        assert.equal(given.reasons.length, 1);
      });

      for (const other of PHASE_NAMES.slice(index + 1)) {
        it(`from ${live} % to ${other} skips a phase`, () => {
          const given = permit(live, other);
          assert.equal(given.allowed, false);
          assert.deepEqual(given.reasons, [`${other} skips a phase: after ${live} % comes ${next}`]);
          assert.deepEqual(given.todo, [`pulumi up --stack ${next}`]);
        });
      }
    }

    const refusals: readonly [string, Given, Partial<UpEvidence>, RegExp][] = [
      [
        'a latch on the Deployment',
        { denis: denisState(1, { latch: 'eva' }) },
        {},
        /^the feature is off and stays off: the Deployment carries a latch \(eva\)$/,
      ],
      [
        'a latch in the ledger',
        { ledger: ledgerAt(1, { latch: { by: 'eva', at: '2026-11-25T09:00:00Z', reason: 'drill' } }) },
        {},
        /^the feature is off and stays off: latched by eva at 2026-11-25T09:00:00Z: drill$/,
      ],
      [
        'one pod that was told to stop',
        { switches: { killed: new Map([...switchesOn(denisState(1)).killed, ['denis-b', read(true)]]) } },
        {},
        /pod denis-b was told to stop through the API/,
      ],
      ['the flag at 0', { switches: { flag: read(false) } }, {}, /the Redis flag is 0/],
      ['workers at 0', { cluster: { workers: workersState({ replicas: 0 }) } }, {}, /the workers were scaled to 0/],
      ['no Deployment', { denis: undefined }, {}, /^the Deployment of Denis does not exist$/],
      [
        'variables that are not wired',
        { denis: denisState(1, { wiring: { pct: { kind: 'explicit', value: '1' }, enabled: { kind: 'wired' } } }) },
        {},
        /^a variable of the Deployment was set by hand: it no longer reads the annotations$/,
      ],
      [
        'variables that were never wired',
        {
          denis: denisState(1, {
            wiring: { pct: { kind: 'explicit', value: '1' }, enabled: { kind: 'absent' } },
            template: { pct: undefined, enabled: undefined, move: undefined },
          }),
        },
        {},
        /^the Deployment is not adopted: its two variables do not read the annotations$/,
      ],
      [
        'a flag at 0 before anything began',
        { denis: denisState(0), switches: { flag: read(false) }, ledger: ledgerAt(0) },
        {},
        /^a switch is off, so that nothing would be served: the Redis flag is 0$/,
      ],
      [
        'workers at 0 before anything began',
        { denis: denisState(0), cluster: { workers: workersState({ replicas: 0 }) }, ledger: ledgerAt(0) },
        {},
        /^a switch is off, so that nothing would be served: the workers were scaled to 0$/,
      ],
      [
        'missing annotations',
        { denis: denisState(1, { template: { pct: '1', enabled: 'true', move: undefined } }) },
        {},
        /^the Deployment is not adopted: its annotations are missing$/,
      ],
      ['no workers', { cluster: { workers: undefined } }, {}, /^the Deployment of the workers does not exist$/],
      ['a missing ledger', { ledger: { kind: 'missing' } }, {}, /^the ledger \(ConfigMap denis-canary\) is missing$/],
      [
        'a broken ledger',
        { ledger: { kind: 'broken', reason: 'not JSON' } },
        {},
        /^the ledger .* cannot be read: not JSON$/,
      ],
      [
        'an exposure that was never permitted',
        { ledger: ledgerAt(0) },
        {},
        /^1 % is live, but only 0 % was ever permitted$/,
      ],
      [
        'an unknown exposure',
        { cluster: { unread: ['pods are forbidden'] } },
        {},
        /^the live exposure is unknown: pods are forbidden$/,
      ],
      [
        'an unreadable flag',
        { switches: { flag: unreadable('refused') } },
        {},
        /^the live exposure is unknown: the Redis flag cannot be read \(refused\)/,
      ],
      ['broken settings', {}, { settings: unreadable('canary:chat: expected a URL') }, /^canary:chat: expected a URL$/],
      [
        'a clock ahead',
        {},
        { clocks: new Map([['Prometheus', 30.6]]) },
        /^the clock of Prometheus is 31 s ahead of this machine's$/,
      ],
      [
        'a clock behind',
        {},
        { clocks: new Map([['the API server', -31]]) },
        /^the clock of the API server is 31 s behind this machine's$/,
      ],
      ['the wrong hour', {}, { inHours: false }, /^outside the hours in which canary-10 may begin$/],
      ['a problem found before the start', {}, { preflight: ['/chat answers 500'] }, /^\/chat answers 500$/],
    ];
    for (const [what, given, evidence, reason] of refusals) {
      it(`is refused by ${what}`, () => {
        const refused = permit(1, 'canary-10', given, evidence);
        assert.equal(refused.direction, 'up');
        assert.equal(refused.allowed, false);
        assert.ok(
          refused.reasons.some((each) => reason.test(each)),
          refused.reasons.join('\n'),
        );
      });
    }

    it('tolerates clocks up to 30 s apart', () => {
      const clocks = new Map([
        ['Prometheus', 30],
        ['the API server', -30],
      ]);
      assert.equal(permit(1, 'canary-10', {}, { clocks }).allowed, true);
    });

    it('is refused from a percentage between two phases', () => {
      const given = permit(25, 'canary-50', {}, { decision: decide(healthy('canary-50')) });
      assert.deepEqual([given.allowed, given.reasons], [false, ['25 % is no phase of the plan']]);
    });

    it('is allowed by PROMOTE alone, and gives the findings of any other verdict', () => {
      const promote = decide(healthy('canary-1'));
      for (const verdict of ['EMERGENCY', 'ROLLBACK', 'HOLD', 'MONITOR'] as const) {
        const findings = [
          { verdict, rule: 'a', sentence: 'first' },
          { verdict, rule: 'b', sentence: 'second' },
          { verdict: 'PROMOTE' as const, rule: 'promote', sentence: 'never said' },
        ];
        const refused = permit(1, 'canary-10', {}, { decision: { ...promote, verdict, findings } });
        assert.deepEqual([refused.allowed, refused.reasons], [false, ['first', 'second']], verdict);
      }
    });

    it('is refused for every reason at once', () => {
      const refused = permit(1, 'canary-100', { ledger: { kind: 'missing' } }, { inHours: false });
      assert.equal(refused.reasons.length, 3);
    });

    it('names what to do for each state of the cluster that forbids it', () => {
      const refused = permit(1, 'canary-10', { ledger: { kind: 'missing' } });
      assert.deepEqual(refused.todo, ['npm run adopt writes a new one at 0 %']);
    });
  });

  describe('same and down', () => {
    it('say so', () => {
      assert.deepEqual(permit(10, 'canary-10'), {
        allowed: true,
        direction: 'same',
        reasons: ['10 % is live already'],
        todo: [],
      });
      assert.deepEqual(permit(10, 'canary-1').reasons, ['down to 1 % is always allowed']);
      assert.deepEqual(permit(10, 'canary-10', { enabled: false }).reasons, ['down to off is always allowed']);
    });

    it('are never refused, whatever the world is like; an unknown exposure refuses up only', () => {
      const denis = fc.constantFrom(...LADDER_PERCENT, 25, undefined).chain((percent) =>
        fc.record({
          percent: fc.constant(percent),
          latch: fc.constantFrom(undefined, 'eva'),
          wired: fc.boolean(),
          pods: fc.constantFrom('all', 'none', 'mixed', 'unknown'),
        }),
      );
      const reading = fc.constantFrom(read(true), read(false), unreadable('down'));
      const world = fc.record({
        denis,
        flag: reading,
        killed: reading,
        unread: fc.constantFrom([], ['forbidden']),
        workers: fc.constantFrom(undefined, workersState(), workersState({ replicas: 0 })),
        ledger: fc.constantFrom<LedgerReading>(
          { kind: 'missing' },
          { kind: 'broken', reason: 'x' },
          ledgerAt(0),
          ledgerAt(100),
        ),
        stack: fc.constantFrom(...PHASE_NAMES),
        enabled: fc.boolean(),
      });
      const awful: UpEvidence = {
        decision: decide(healthy('canary-100', { readings: { error_rate: 0.5 } })),
        preflight: ['everything is red'],
        settings: unreadable('broken'),
        clocks: new Map([['Prometheus', 900]]),
        inHours: false,
        watching: { kind: 'silent', reason: 'there is no heartbeat' },
      };
      let [refused, lowered] = [0, 0];
      fc.assert(
        fc.property(world, (given) => {
          const { percent, latch, wired, pods } = given.denis;
          const state =
            percent === undefined
              ? undefined
              : denisState(percent, {
                  latch,
                  ...(wired ? {} : { wiring: { pct: { kind: 'absent' }, enabled: { kind: 'other', source: 'x' } } }),
                  ...(pods === 'none' ? { pods: [] } : {}),
                  ...(pods === 'mixed'
                    ? { pods: [podState('a'), podState('b', { serves: { pct: 1, enabled: true } })] }
                    : {}),
                  ...(pods === 'unknown'
                    ? { pods: [podState('a', { serves: { pct: undefined, enabled: undefined } })] }
                    : {}),
                });
          const target = targetOf(phaseNamed(given.stack)!, given.enabled);
          const killed = new Map((state?.pods ?? []).map(({ name }) => [name, given.killed]));
          const cluster = clusterState(state, { unread: given.unread, workers: given.workers });
          const stands = standingOf(target, cluster, { flag: given.flag, killed }, given.ledger);
          const verdict = judgeMove(stands, awful);
          assert.equal(verdict.allowed, verdict.direction !== 'up');
          assert.ok(verdict.reasons.length > 0);
          if (target.percent === 0) assert.equal(verdict.direction, 'down');
          if (stands.live.kind === 'known' && target.percent < stands.live.percent)
            assert.equal(verdict.direction, 'down');
          if (stands.live.kind === 'known' && target.percent > stands.live.percent)
            assert.equal(verdict.direction, 'up');
          if (verdict.direction === 'up') refused++;
          else lowered++;
        }),
        { numRuns: 10_000 },
      );
      assert.ok(refused > 100 && lowered > 100, 'both directions were tried');
    });
  });
});
