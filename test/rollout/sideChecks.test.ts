import assert from 'node:assert/strict';
import { conclude, decide } from '../../rollout/decide';
import { holds, judging, notConfigured, type SideCheck, sideCells, sideNotes, warns } from '../../rollout/sideChecks';
import { healthy, NOON } from '../support/healthyPhase';

const side = (kind: SideCheck['kind'], result: SideCheck['result'], sentence = `${kind} ${result}`): SideCheck => ({
  id: 'some',
  title: 'some',
  kind,
  result,
  sentence,
  at: NOON,
});
const RESULTS = ['pass', 'warn', 'fail', 'info', 'unknown', 'not-configured'] as const;

describe('rollout/sideChecks', () => {
  it('holds for a hard one that did not pass, whatever else it is', () => {
    assert.deepEqual(
      RESULTS.filter((result) => holds(side('hard', result))),
      ['warn', 'fail', 'info', 'unknown', 'not-configured'],
    );
    for (const kind of ['soft', 'information'] as const) {
      assert.ok(!RESULTS.some((result) => holds(side(kind, result))), kind);
    }
  });

  it('warns of a soft one that was looked at and did not pass', () => {
    assert.deepEqual(
      RESULTS.filter((result) => warns(side('soft', result))),
      ['warn', 'fail', 'unknown'],
    );
    assert.ok(!RESULTS.some((result) => warns(side('information', result))));
  });

  it('leaves information to the table', () => {
    assert.deepEqual(judging([side('information', 'info'), side('soft', 'pass')]), [side('soft', 'pass')]);
  });

  it('shows a system that is off as not configured, never as passed', () => {
    const [row] = sideCells([notConfigured('graph', 'graph', 'soft', 'graph')], NOON).rows;
    assert.deepEqual(row, ['graph', 'soft', '–', 'not configured', '–']);
  });

  it('shows age, result and what was found, in one plain line', () => {
    const one = { ...side('hard', 'fail', 'two\nlines\u001b[31m'), at: (NOON - 90) as typeof NOON, lines: ['a\nb'] };
    assert.deepEqual(sideCells([one], NOON).rows, [['some', 'hard', '1m30s', 'fail', 'two lines[31m']]);
    assert.deepEqual(sideNotes([one]), ['some: a b']);
  });
});

describe('rollout/decide, what is beside the metrics', () => {
  const decided = (...sides: SideCheck[]) => decide({ ...healthy('canary-50'), sides });

  it('changes nothing where nothing is there, and nothing where all passed', () => {
    const without = decide(healthy('canary-50'));
    assert.equal(without.verdict, 'PROMOTE');
    assert.deepEqual(decided(), without);
    const { verdict, findings, warnings } = decided(side('hard', 'pass'), side('soft', 'pass'));
    assert.deepEqual([verdict, findings, warnings], [without.verdict, without.findings, without.warnings]);
  });

  it('holds a promotion for a hard one, and says why', () => {
    const { verdict, rule, sentence } = decided(side('hard', 'unknown', 'it cannot be read'));
    assert.deepEqual([verdict, rule, sentence], ['HOLD', 'side:some', 'it cannot be read']);
  });

  it('promotes with the warning of a soft one', () => {
    const { verdict, warnings } = decided(side('soft', 'warn', 'it is too low'));
    assert.equal(verdict, 'PROMOTE');
    assert.ok(warnings.includes('it is too low'));
  });

  it('is concluded again from its facts', () => {
    const decision = decided(side('hard', 'fail'), side('soft', 'warn'));
    assert.deepEqual(conclude(JSON.parse(JSON.stringify(decision.facts))), JSON.parse(JSON.stringify(decision)));
  });
});
