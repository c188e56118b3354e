import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type DrillMethod, type DrillRun, drillExitCode, drillOutcome, isFullDrill } from '../../rollout/drill';
import { drillTable, runSentence } from '../../rollout/drillTable';
import { drillRun } from '../support/actions';

const runs = (method: DrillMethod, ...times: number[]): DrillRun[] =>
  times.map((lastJobMs) => drillRun({ method, lastJobMs }));
const PROBLEM = 'new jobs went on for 30 s';
const unconfirmed = (method: DrillMethod): DrillRun => {
  const { lastJobMs: _, ...run } = drillRun({ method, exitCode: 1, problem: PROBLEM });
  return run;
};

describe('rollout/drill', () => {
  describe('statistics', () => {
    const twenty = Array.from({ length: 20 }, (_, index) => (index + 1) * 100);
    const cases: readonly [what: string, times: readonly number[], p50: number, p95: number, max: number][] = [
      ['one run is all of them', [300], 300, 300, 300],
      ['of two the median is the first', [100, 200], 100, 200, 200],
      ['of twenty the 95th percentile is the 19th', twenty, 1_000, 1_900, 2_000],
      ['the order of the runs does not matter', [...twenty].reverse(), 1_000, 1_900, 2_000],
      ['of 21 it is the 20th', [...twenty, 2_100], 1_100, 2_000, 2_100],
      ['a kill before the next job takes no time', [0, 0, 0], 0, 0, 0],
    ];
    for (const [what, times, p50, p95, max] of cases) {
      it(`are by nearest rank: ${what}`, () => {
        const [result] = drillOutcome(runs('flag', ...times)).methods;
        assert.deepEqual(result, { method: 'flag', runs: times.length, p50, p95, max, result: 'good' });
      });
    }

    it('are always times that were measured, and in order', () => {
      fc.assert(
        fc.property(fc.array(fc.integer({ min: 0, max: 9_999 }), { minLength: 1, maxLength: 60 }), (times) => {
          const [result] = drillOutcome(runs('api', ...times)).methods;
          const { p50, p95, max } = result!;
          assert.ok([p50, p95, max].every((time) => times.includes(time!)));
          assert.ok(p50! <= p95! && p95! <= max!);
          assert.ok(times.filter((time) => time <= p95!).length >= 0.95 * times.length);
        }),
      );
    });
  });

  describe('outcome', () => {
    const cases: readonly [what: string, runs: readonly DrillRun[], exitCode: number, good: boolean, full: boolean][] =
      [
        ['nothing at all', [], 1, false, false],
        [
          'every default way in budget',
          [...runs('flag', 1), ...runs('api', 1), ...runs('environment', 9_000)],
          0,
          true,
          true,
        ],
        ['the three ways together', runs('default', 900), 0, true, true],
        ['one way alone', runs('flag', 900), 0, true, false],
        ['the workers alone', runs('workers', 900), 0, true, false],
        ['exactly the budget', runs('default', 10_000), 0, true, true],
        ['a goal missed in budget', runs('default', 9_000), 0, true, true],
        ['one run above the budget', runs('default', 900, 10_001), 4, false, false],
        ['one run unconfirmed', [...runs('default', 900), unconfirmed('default')], 1, false, false],
        ['every run unconfirmed', [unconfirmed('flag')], 1, false, false],
        ['unconfirmed beside above the budget', [...runs('flag', 20_000), unconfirmed('api')], 1, false, false],
      ];
    for (const [what, given, exitCode, good, full] of cases) {
      it(`of ${what} is exit code ${exitCode}${full ? ', and speaks for the rollout' : ''}`, () => {
        const outcome = drillOutcome(given);
        assert.deepEqual([drillExitCode(outcome), outcome.good, isFullDrill(outcome)], [exitCode, good, full]);
        assert.deepEqual(outcome.runs, given);
      });
    }
  });

  describe('table', () => {
    it('has a line a method, with its goal, and says what misses it', () => {
      const outcome = drillOutcome([
        ...runs('flag', 400, 500, 1_600),
        ...runs('environment', 4_000),
        unconfirmed('api'),
        ...runs('workers', 12_000),
      ]);
      assert.equal(
        drillTable(outcome),
        [
          '  method       runs  p50      p95      max      goal         result',
          '  flag         3     0.50 s   1.60 s   1.60 s   p95 ≤ 1.5 s  good',
          '  environment  1     4.00 s   4.00 s   4.00 s   p95 ≤ 10 s   good',
          '  api          1     –        –        –        p95 ≤ 1.5 s  unconfirmed',
          '  workers      1     12.00 s  12.00 s  12.00 s  p95 ≤ 5 s    over',
          `  api: ${PROBLEM}`,
          '  flag: p95 is above its goal',
          '  workers: p95 is above its goal',
          '  before each kill there were 100 new jobs per second',
        ].join('\n'),
      );
    });

    it('says when too few jobs make the figures coarse', () => {
      const slow = drillOutcome([drillRun({ method: 'default', jobsPerSecond: 0.4 })]);
      assert.match(drillTable(slow), /there were 0\.4 new jobs per second\n.*no more exact than the time between two/);
      assert.doesNotMatch(drillTable(drillOutcome([drillRun()])), /no more exact/);
    });

    it('tells each run while it goes on', () => {
      assert.equal(
        runSentence(drillRun(), '3/20'),
        'flag 3/20: last new job after 0.70 s; command ended after 0.90 s with exit code 0',
      );
      assert.equal(runSentence(unconfirmed('flag'), '4/20'), `flag 4/20: ${PROBLEM}`);
    });
  });
});
