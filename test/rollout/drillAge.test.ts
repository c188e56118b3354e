import assert from 'node:assert/strict';
import { judge } from '../../rollout/assessment';
import { evidenceOf, replay } from '../../rollout/evidence';
import { moveName, table } from '../../rollout/table';
import { assessment, type Given } from '../support/assessments';
import { NOON } from '../support/healthyPhase';
import { OCCASION } from '../support/judgements';

const DAY = 86_400;
const drilled = (daysAgo: number) => ({
  drill: { at: new Date((NOON - daysAgo * DAY) * 1000).toISOString(), by: 'ana' },
});
const NONE = { drill: undefined };
const warningsOf = (stack: Parameters<typeof assessment>[0], given: Given): readonly string[] =>
  judge(assessment(stack, given)).warnings;

describe('rollout/drillAge', () => {
  const NEVER = 'no good kill drill is on record; npm run drill times every way to off (docs/kill.md)';
  const cases: readonly [
    what: string,
    stack: Parameters<typeof assessment>[0],
    given: Given,
    says: readonly string[],
  ][] = [
    ['without a drill', 'canary-10', { ledger: NONE }, [NEVER]],
    ['from canary-10 on, too', 'canary-50', { live: 10, ledger: NONE }, [NEVER]],
    ['from canary-50 on, too', 'canary-100', { live: 50, ledger: NONE }, [NEVER]],
    ['after 29 days', 'canary-10', { ledger: drilled(29) }, []],
    ['after exactly 30 days', 'canary-10', { ledger: drilled(30) }, []],
    [
      'after more than 30 days',
      'canary-10',
      { ledger: drilled(30.01) },
      [
        'the last good kill drill was at 2026-10-26T11:45:36.000Z, more than 30 days ago; npm run drill times every way to off (docs/kill.md)',
      ],
    ],
    [
      'after a drill of tomorrow',
      'canary-10',
      { ledger: drilled(-1) },
      [
        'the last good kill drill was at 2026-11-26T12:00:00.000Z, which is no time in the past; npm run drill times every way to off (docs/kill.md)',
      ],
    ],
    [
      'after a drill without a time',
      'canary-10',
      { ledger: { drill: { at: 'lately', by: 'ana' } } },
      [
        'the last good kill drill was at lately, which is no time in the past; npm run drill times every way to off (docs/kill.md)',
      ],
    ],
    ['to canary-1, which is where a drill is possible', 'canary-1', { live: 0, at: NOON - 3_600, ledger: NONE }, []],
    ['to the same phase', 'canary-10', { live: 10, ledger: NONE }, []],
    ['down', 'canary-10', { live: 50, ledger: NONE }, []],
    [
      'in time that runs faster, where a month stays a month',
      'canary-10',
      { ledger: drilled(29), raw: { timeScale: 60 } },
      [],
    ],
  ];
  for (const [what, stack, given, says] of cases) {
    it(`${says.length === 0 ? 'is silent' : 'warns'} of a move ${what}`, () => {
      const found = warningsOf(stack, given).filter((warning) => warning.includes('drill'));
      assert.deepEqual(found, says);
    });
  }

  it('never holds a move, and is shown and recorded', () => {
    const judgement = judge(assessment('canary-10', { ledger: NONE }));
    assert.deepEqual([judgement.permit.allowed, judgement.decision?.verdict], [true, 'PROMOTE']);
    assert.ok(table(judgement).includes(`\n  warning: ${NEVER}`));
    const record = evidenceOf(judgement, OCCASION, moveName(judgement));
    assert.deepEqual(record.warnings, [NEVER]);
    assert.deepEqual(replay(record), []);
  });
});
