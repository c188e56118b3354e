import assert from 'node:assert/strict';
import { phaseNamed } from '../../phases/ladder';
import type { CheckId, PhaseName } from '../../phases/phase';
import { unixSeconds } from '../../phases/units';
import { type Decision, decide } from '../../rollout/decide';
import { type Override, overrideAt } from '../../rollout/override';
import { healthy, NOON, type Readings, withSeries } from '../support/healthyPhase';
import { UNREACHABLE } from '../support/series';

const iso = (time: number): string => new Date(time * 1000).toISOString();
const REASON = 'known slow disk until Friday';

function override(checks: readonly CheckId[], hours = 4): Override {
  return { reason: REASON, author: 'eva', checks: [...checks], expires: iso(NOON + hours * 3_600) };
}

const decided = (name: PhaseName, readings: Readings, given: Override): Decision =>
  decide(healthy(name, { readings, settings: { override: given } }));
const saidBy = (given: Override): string =>
  `override of ${given.checks.join(', ')} by eva until ${given.expires} (${REASON})`;

describe('rollout/override', () => {
  const reached: readonly [PhaseName, CheckId, Readings, string, 'PROMOTE' | 'COMPLETE'][] = [
    [
      'canary-50',
      'materializer-p99',
      { materializer_latency_p99: 6 },
      'materializer p99 is 6.00 s in the window, < 5 s is needed',
      'PROMOTE',
    ],
    [
      'canary-50',
      'error-rate',
      { error_rate: 0.006 },
      'error rate is 0.60 % in the window, < 0.5 % is needed',
      'PROMOTE',
    ],
    [
      'canary-10',
      'worker-seen',
      { worker_seen: (time) => time - 200 },
      'worker seen is 3m50s in the window, < 2m00s is needed',
      'PROMOTE',
    ],
    [
      'canary-100',
      'materializer-p99',
      { materializer_latency_p99: 4 },
      'materializer p99 is 4.00 s in the window, < 3 s is needed',
      'COMPLETE',
    ],
    [
      'canary-100',
      'success-rate',
      { materializer_success_rate: 0.985 },
      'success rate is 98.50 % in the window, > 99 % is needed',
      'COMPLETE',
    ],
    ['canary-100', 'uptime', { uptime: (time) => (time % 60_000 < 120 ? 0 : 1) }, 'uptime is', 'COMPLETE'],
  ];
  for (const [name, id, readings, sentence, verdict] of reached) {
    it(`of ${id} at ${name} makes its HOLD a warning`, () => {
      assert.equal(decide(healthy(name, { readings })).verdict, 'HOLD');
      const given = override([id]);
      const decision = decided(name, readings, given);
      assert.equal(decision.verdict, verdict);
      assert.equal(decision.warnings[0], saidBy(given));
      assert.ok(decision.warnings[1]?.startsWith(`overridden: ${sentence}`), decision.warnings[1]);
      assert.ok(decision.findings.every(({ rule }) => rule !== `check:${id}`));
      assert.equal(decision.checks.find(({ spec }) => spec.id === id)?.status, 'fail', 'the check itself still fails');
    });
  }

  it('of a recent slice, too', () => {
    const lately = (time: number): number => (time >= NOON - 50 * 60 ? 9 : 1);
    assert.equal(
      decided('canary-50', { materializer_latency_p99: lately }, override(['materializer-p99'])).verdict,
      'PROMOTE',
    );
  });

  it('reaches the checks that it names and no other', () => {
    const bad = { materializer_latency_p99: 6, error_rate: 0.006 };
    const one = decided('canary-50', bad, override(['materializer-p99']));
    assert.deepEqual([one.verdict, one.rule], ['HOLD', 'check:error-rate']);
    assert.equal(decided('canary-50', bad, override(['materializer-p99', 'error-rate'])).verdict, 'PROMOTE');
  });

  const bad = { materializer_latency_p99: 6 };

  describe('lasts', () => {
    for (const [title, expires, verdict, note] of [
      ['until the second before it ends', 1, 'PROMOTE', ''],
      ['not when it ends', 0, 'HOLD', ' has ended; remove canary:override'],
      ['not after it ended', -60, 'HOLD', ' has ended; remove canary:override'],
      ['24 h at most', 86_400, 'PROMOTE', ''],
      ['and not a second longer', 86_401, 'HOLD', ' is not accepted: it may last at most 24 h from now on'],
    ] as const) {
      it(title, () => {
        const given = { ...override(['materializer-p99']), expires: iso(NOON + expires) };
        const decision = decided('canary-50', bad, given);
        assert.equal(decision.verdict, verdict);
        assert.equal(decision.warnings[0], `${saidBy(given)}${note}`);
      });
    }

    it('by its own time zone', () => {
      const given = { ...override(['materializer-p99']), expires: '2026-11-25T13:30:00+01:00' };
      assert.equal(decided('canary-50', bad, given).verdict, 'PROMOTE', 'until 12:30 UTC');
      const ended = { ...given, expires: '2026-11-25T12:30:00+01:00' };
      assert.equal(decided('canary-50', bad, ended).verdict, 'HOLD', 'until 11:30 UTC');
    });
  });

  describe('never reaches', () => {
    const refused: readonly [PhaseName, CheckId, Readings][] = [
      ['canary-1', 'success-rate', { materializer_success_rate: 0.94 }],
      ['canary-1', 'error-rate', { error_rate: 0.03 }],
      ['canary-10', 'error-rate', { error_rate: 0.02 }],
      ['canary-10', 'success-rate', { materializer_success_rate: 0.96, queue_depth: 250 }],
    ];
    for (const [name, id, readings] of refused) {
      it(`${id} of ${name}, of which a failure means ROLLBACK`, () => {
        const decision = decided(name, readings, override([id]));
        assert.equal(decision.verdict, 'ROLLBACK');
        assert.ok(decision.warnings.includes(`${id} cannot be overridden at ${name}: its failure means ROLLBACK`));
      });
    }

    it('a mere HOLD of such a check either', () => {
      const decision = decided('canary-10', { materializer_success_rate: 0.97 }, override(['success-rate']));
      assert.deepEqual([decision.verdict, decision.rule], ['HOLD', 'check:success-rate']);
      const recent = (time: number): number => (time >= NOON - 15 * 60 ? 0.04 : 0);
      assert.equal(decided('canary-1', { error_rate: recent }, override(['error-rate'])).verdict, 'HOLD');
    });

    it('missing data', () => {
      const input = healthy('canary-50', {
        settings: { override: override(['materializer-p99', 'error-rate', 'chat-p99']) },
      });
      for (const key of ['materializer_latency_p99', 'error_rate', 'chat_latency_p99'] as const) {
        assert.equal(decide(withSeries(input, { [key]: UNREACHABLE })).verdict, 'HOLD', key);
      }
    });

    it('the matrix', () => {
      const readings = { materializer_success_rate: 0.979 };
      const decision = decided('canary-50', readings, override(['success-rate']));
      assert.deepEqual([decision.verdict, decision.rule], ['ROLLBACK', 'matrix:success']);
    });

    it('a rule', () => {
      const queue = decided('canary-10', { queue_depth: 501 }, override(['queue-depth']));
      assert.deepEqual([queue.verdict, queue.rule], ['ROLLBACK', 'rule:queue-above']);
      const errors = decided('canary-100', { error_rate: 0.06 }, override(['error-rate']));
      assert.equal(errors.verdict, 'EMERGENCY');
    });

    it('the window, the jobs or the permitted exposure', () => {
      const given = { settings: { override: override(['materializer-p99']) } };
      assert.equal(decide(healthy('canary-50', { ...given, activatedAt: NOON - 7_200 })).verdict, 'HOLD');
      assert.equal(decide(healthy('canary-50', { ...given, readings: { materializer_new: 0 } })).verdict, 'HOLD');
      assert.equal(decide({ ...healthy('canary-50', given), permittedPercent: 10 }).verdict, 'ROLLBACK');
    });

    it('a check that the phase does not have, and says so', () => {
      const given = override(['uptime']);
      const { warnings } = decided('canary-10', {}, given);
      assert.deepEqual(warnings, [saidBy(given), 'canary-10 has no check uptime to override']);
    });
  });

  it('is said though everything is well, and nothing is said without one', () => {
    const given = override(['materializer-p99']);
    assert.deepEqual(decided('canary-50', {}, given).warnings, [saidBy(given)]);
    assert.deepEqual(overrideAt(undefined, phaseNamed('canary-50')!, unixSeconds(NOON)), {
      checks: new Set(),
      notes: [],
    });
  });
});
