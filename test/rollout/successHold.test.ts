import assert from 'node:assert/strict';
import { unixSeconds } from '../../phases/units';
import { type Decision, decide } from '../../rollout/decide';
import type { Fetched } from '../../rollout/series';
import type { SuccessHold } from '../../rollout/successHold';
import { type Healthy, healthy, NOON, type Readings } from '../support/healthyPhase';
import { sampled, type ValueAt } from '../support/series';

const HOUR = 3_600;
const DAY = 24 * HOUR;
/** The first whole window ends a day after the warm-up. */
const ACTIVATED = NOON - DAY - 180;
const TURNS = NOON + DAY;

function decidedAt(now: number, success: ValueAt | Fetched, readings: Readings = {}, own: Healthy = {}): Decision {
  const all = { ...readings, materializer_success_rate: success };
  return decide(
    healthy('canary-10', {
      activatedAt: ACTIVATED,
      now,
      readings: all,
      pods: ['denis-a'],
      sampledFrom: ACTIVATED,
      ...own,
    }),
  );
}
const holdOf = (decision: Decision): SuccessHold => {
  assert.ok(decision.facts.successHold !== undefined);
  return decision.facts.successHold;
};
/** 97.5 % until a moment, and something else from then on. */
const lowUntil =
  (moment: number, then: number, until = Number.POSITIVE_INFINITY) =>
  (time: number) =>
    time >= moment && time < until ? then : 0.975;

describe('rollout/successHold', function () {
  this.timeout(30_000);

  it('holds canary-10 at the end of its window, and says when that turns into ROLLBACK', () => {
    const decision = decidedAt(NOON, 0.975);
    assert.deepEqual(
      [decision.verdict, decision.rule, decision.sentence, decision.changesAt],
      [
        'HOLD',
        'matrix:success',
        'success rate is 97.50 %, the matrix needs more than 98 %; ROLLBACK 2026-11-26 12:00 UTC if it stays so',
        TURNS,
      ],
    );
    assert.deepEqual(holdOf(decision), { held: 0, needed: DAY, rollbackAt: TURNS });
  });

  it('turns into ROLLBACK 24 h after the end of the first whole window, not a minute earlier', () => {
    const before = decidedAt(TURNS - 60, 0.975);
    assert.deepEqual([before.verdict, before.rule, before.changesAt], ['HOLD', 'matrix:success', TURNS]);
    assert.equal(holdOf(before).held, DAY - 60);
    const then = decidedAt(TURNS, 0.975);
    assert.deepEqual(
      [then.verdict, then.rule, then.sentence],
      [
        'ROLLBACK',
        'matrix:success-held',
        'success rate is 97.50 %, the matrix needs more than 98 %; it stayed so for 24h00m',
      ],
    );
    assert.equal(holdOf(then).firedAt, TURNS);
  });

  it('counts from the end of a whole window at the earliest: a low value before it counts for nothing', () => {
    const young = decidedAt(NOON - HOUR, 0.975);
    assert.deepEqual([young.verdict, young.rule], ['HOLD', 'window']);
    assert.deepEqual(holdOf(young), { held: 0, needed: DAY });
  });

  it('is at the line what it is below it, and nothing above', () => {
    assert.equal(decidedAt(TURNS, 0.98).rule, 'matrix:success-held');
    const above = decidedAt(TURNS, 0.980_01);
    assert.deepEqual([above.verdict, holdOf(above)], ['PROMOTE', { held: 0, needed: DAY }]);
  });

  it('is divided where the setting says', () => {
    assert.equal(decidedAt(TURNS, 0.985, {}, { settings: { matrixSuccess: 99 } }).rule, 'matrix:success-held');
    assert.equal(decidedAt(TURNS, 0.975, {}, { settings: { matrixSuccess: 97.4 } }).verdict, 'PROMOTE');
  });

  it('starts anew after one window value above the line', () => {
    // Perfect for six hours: the window's value is 98.125 % at the end of them and falls once they slide out.
    const rose = NOON + 2 * HOUR;
    const better = lowUntil(rose, 1, rose + 6 * HOUR);
    assert.equal(decidedAt(rose + 6 * HOUR, better).verdict, 'PROMOTE');
    const again = decidedAt(rose + 6 * HOUR + DAY, better);
    assert.equal(again.verdict, 'HOLD', 'more than a day after the end of the window');
    const { rollbackAt } = holdOf(again);
    // 4.8 h of 100 % are 98 % of a window: that many are left in it 1.2 h after the first of them slid out.
    const low = rose + DAY + 1.2 * HOUR;
    assert.equal(rollbackAt, low + DAY);
    assert.equal(decidedAt(low + DAY - 60, better).verdict, 'HOLD');
    assert.equal(decidedAt(low + DAY, better).verdict, 'ROLLBACK');
  });

  it('starts anew after it fired, too, once the value rose above the line', () => {
    const rose = TURNS + HOUR;
    const better = lowUntil(rose, 1, rose + 6 * HOUR);
    assert.equal(decidedAt(rose, better).verdict, 'ROLLBACK');
    assert.equal(decidedAt(rose + 6 * HOUR, better).verdict, 'PROMOTE');
    const low = rose + DAY + 1.2 * HOUR;
    const after = decidedAt(low + 600, better);
    assert.deepEqual([after.verdict, holdOf(after).rollbackAt, holdOf(after).firedAt], ['HOLD', low + DAY, undefined]);
  });

  it('is stopped by missing data, and not reset', () => {
    // Two hours without a sample: windows are whole again once all but 43 minutes of them slid out.
    const gone = NOON + 4 * HOUR;
    const silent = lowUntil(gone, Number.NaN, gone + 2 * HOUR);
    const during = decidedAt(gone + HOUR, silent);
    assert.deepEqual([during.verdict, during.rule], ['HOLD', 'missing:success-rate']);
    // Until 44 minutes were missing the clock ran; the newest value covers two minutes.
    const stopped = 4 * HOUR + (43 + 2) * 60;
    assert.equal(holdOf(during).held, stopped);
    const whole = gone + 2 * HOUR - 43 * 60 + DAY;
    const back = decidedAt(whole, silent);
    assert.deepEqual([back.rule, holdOf(back).held], ['matrix:success', stopped]);
    assert.equal(decidedAt(whole + DAY - stopped - 60, silent).verdict, 'HOLD');
    assert.equal(decidedAt(whole + DAY - stopped, silent).verdict, 'ROLLBACK');
  });

  it('goes on after several gaps, however long ago it began', () => {
    const gaps = [NOON + 4 * HOUR, NOON + 34 * HOUR];
    const success = (time: number): number =>
      gaps.some((gap) => time >= gap && time < gap + 2 * HOUR) ? Number.NaN : 0.975;
    // Each gap stops the clock from its 46th minute until all but 43 minutes of it slid out of the window.
    const stopped = gaps.length * (DAY + 2 * HOUR - (43 + 43 + 2) * 60);
    const fires = TURNS + stopped;
    assert.equal(decidedAt(fires - 60, success).verdict, 'HOLD');
    const then = decidedAt(fires, success);
    assert.deepEqual([then.verdict, then.rule], ['ROLLBACK', 'matrix:success-held']);
  });

  it('is not stopped by another series that is missing', () => {
    const { error_rate } = healthy('canary-10').series;
    const unreachable = { kind: 'unreachable', query: error_rate.kind, reason: 'timed out' } as const;
    assert.equal(decidedAt(TURNS, 0.975, { error_rate: unreachable }).verdict, 'ROLLBACK');
  });

  it('reads counters exactly', () => {
    const span = { from: ACTIVATED, to: TURNS, every: 30 };
    const counter = (perSample: number) => sampled('denis-a', span, (time) => ((time - ACTIVATED) / 30) * perSample);
    const counted = (part: number): Fetched => ({
      kind: 'ratio',
      query: 'part / whole',
      part: [counter(part)],
      whole: [counter(1_000)],
      notANumber: 0,
    });
    assert.equal(decidedAt(TURNS, counted(980)).rule, 'matrix:success-held');
    assert.equal(decidedAt(TURNS, counted(981)).verdict, 'PROMOTE');
  });

  it('is of canary-10 alone', () => {
    for (const name of ['canary-1', 'canary-50', 'canary-100'] as const) {
      assert.equal(decide(healthy(name)).facts.successHold, undefined, name);
    }
  });

  it('runs in scaled time', () => {
    // A window of 36 s, and a hold of the same length; a scaled minute has two seconds.
    const settings = { timeScale: 2_400, scrapeInterval: '1s', minimumJobs: 1 };
    const activatedAt = NOON - 36 - 5 - 1;
    const own = { settings, every: 1, activatedAt, sampledFrom: activatedAt };
    const at = (now: number): Decision => decidedAt(now, 0.975, {}, { ...own, now: unixSeconds(now) });
    const { rollbackAt, needed } = holdOf(at(NOON));
    assert.deepEqual([needed, rollbackAt], [36, NOON + 36]);
    assert.equal(at(NOON + 34).rule, 'matrix:success');
    assert.equal(at(NOON + 36).rule, 'matrix:success-held');
  });
});
