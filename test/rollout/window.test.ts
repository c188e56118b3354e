import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LADDER, phaseNamed } from '../../phases/ladder';
import type { Phase, PhaseName } from '../../phases/phase';
import { timingOf } from '../../phases/timing';
import { seconds, unixSeconds } from '../../phases/units';
import type { Series } from '../../rollout/series';
import {
  eligibleMinutes,
  type MinuteEvidence,
  recentSliceOf,
  type Window,
  type WindowInput,
  windowOf,
} from '../../rollout/window';
import { pairs, sampled, type ValueAt } from '../support/series';

const at = (iso: string): number => Date.parse(iso) / 1000;
/** A Wednesday. */
const NOON = at('2026-11-25T12:00:00Z');
const HOUR = 3_600;

const input = (name: PhaseName, activatedAt: number, now: number, timezone = 'UTC'): WindowInput => ({
  phase: phaseNamed(name) as Phase,
  timing: timingOf(1, seconds(15)),
  timezone,
  now: unixSeconds(now),
  activatedAt: unixSeconds(activatedAt),
});

interface Evidence {
  readonly percentage?: ValueAt;
  readonly success?: ValueAt;
  readonly pods?: readonly string[];
}

/** One sample a minute, long enough for every window. */
function evidence({ phase, now }: WindowInput, own: Evidence = {}, days = 8): Required<Omit<MinuteEvidence, 'pods'>> {
  const span = { from: now - days * 86_400, to: now, every: 60 };
  const pods = own.pods ?? ['a', 'b'];
  const of = (value: ValueAt): Series[] => pods.map((pod) => sampled(pod, span, value));
  return {
    percentage: of(own.percentage ?? phase.exposure),
    hard: [{ title: 'success rate', series: of(own.success ?? 0.99), valid: [0, 1] }],
  };
}

const counted = (given: WindowInput, own: Evidence = {}): Window => windowOf(given, evidence(given, own));
/** Leaves a value out during some minutes before now. */
const without = (value: number, now: number, from: number, to: number) => (time: number) =>
  time >= now - from * 60 && time < now - to * 60 ? Number.NaN : value;

describe('rollout/window', () => {
  it('counts a hard check that workers measure: only pods of Denis must report a percentage', () => {
    const given = input('canary-10', NOON - 100 * HOUR, NOON);
    const both = evidence(given);
    const measuredByWorkers = { ...both, hard: evidence(given, { pods: ['worker-a'] }).hard };
    assert.equal(windowOf(given, { ...measuredByWorkers, pods: ['a', 'b'] }).complete, true);
    assert.equal(windowOf(given, { ...measuredByWorkers, pods: ['a', 'b', 'worker-a'] }).complete, false);
    assert.equal(windowOf(given, measuredByWorkers).complete, false);
  });

  describe('the minutes that may count', () => {
    it('are whole, the newest last, as many as the phase needs at most', () => {
      const minutes = eligibleMinutes(input('canary-10', NOON - 100 * HOUR, NOON + 59));
      assert.equal(minutes.length, 24 * 60);
      assert.equal(minutes.at(-1), NOON / 60 - 1);
      assert.equal(minutes[0], NOON / 60 - 24 * 60);
    });

    it('begin after the warm-up of three minutes, never before activation', () => {
      const first = (activatedAt: number): number | undefined =>
        eligibleMinutes(input('canary-10', activatedAt, NOON))[0];
      assert.equal(first(NOON - HOUR), NOON / 60 - 57);
      assert.equal(first(NOON - HOUR + 1), NOON / 60 - 56, 'a minute that began during the warm-up');
      assert.equal(first(NOON - 240), NOON / 60 - 1);
      assert.equal(first(NOON - 239), undefined);
    });

    it('lie in the hours of canary-1', () => {
      const minutes = eligibleMinutes(input('canary-1', NOON - 6 * HOUR, NOON));
      assert.equal(minutes.length, 240);
      assert.equal(minutes[0], at('2026-11-25T08:00:00Z') / 60);
    });

    it('are never more than the window needs, in order, and all after activation', () => {
      const ages = fc.integer({ min: 0, max: 30 * 86_400 });
      fc.assert(
        fc.property(fc.constantFrom(...LADDER), ages, fc.integer({ min: 0, max: 7 * 86_400 }), (phase, age, shift) => {
          const given = input(phase.name, NOON + shift - age, NOON + shift);
          const minutes = eligibleMinutes(given);
          assert.ok(minutes.length <= phase.window / 60);
          minutes.forEach((minute, index) => {
            assert.ok(minute * 60 >= given.activatedAt + 180 && (minute + 1) * 60 <= given.now);
            assert.ok(index === 0 || minute > minutes[index - 1]!);
          });
        }),
        { numRuns: 300 },
      );
    });
  });

  describe('a window', () => {
    const rows = [
      ['canary-1', 4],
      ['canary-10', 24],
      ['canary-50', 48],
      ['canary-100', 72],
    ] as const;
    for (const [name, hours] of rows) {
      it(`of ${name} is complete after warm-up and ${hours} h, not a minute earlier`, () => {
        const activatedAt = name === 'canary-1' ? at('2026-11-25T07:57:00Z') : NOON - hours * HOUR - 180;
        const whole = counted(input(name, activatedAt, NOON));
        assert.equal(whole.complete, true);
        assert.equal(whole.needed, hours * HOUR);
        assert.equal(whole.counted, hours * HOUR);
        assert.equal(whole.completeAt, undefined);
        assert.deepEqual(whole.uncounted, []);
        assert.equal(whole.from, NOON - hours * HOUR);
        assert.equal(whole.to, NOON);

        const early = counted(input(name, activatedAt, NOON - 1));
        assert.equal(early.complete, false);
        assert.equal(early.counted, hours * HOUR - 60);
        assert.equal(early.completeAt, NOON);
      });
    }

    it('counts only the moments of its good minutes', () => {
      const given = input('canary-10', NOON - 30 * HOUR, NOON);
      const { counts } = counted(given, { success: without(0.99, NOON, 10, 8) });
      assert.ok(counts !== undefined);
      assert.equal(counts(NOON - 1), true);
      assert.equal(counts(NOON - 11 * 60), true);
      assert.equal(counts(NOON - 10 * 60), false);
      assert.equal(counts(NOON - 8 * 60 - 1), false);
      assert.equal(counts(NOON - 8 * 60), true);
      assert.equal(counts(NOON), false, 'the minute that has just begun');
      assert.equal(counts(NOON - 24 * HOUR - 1), false, 'before the window');
    });

    it('is complete with 97 % of its minutes and not with one less', () => {
      const given = input('canary-10', NOON - 30 * HOUR, NOON);
      // 1440 minutes; 97 % are 1396.8, so that 43 may be missing.
      const missing = (minutes: number) => counted(given, { success: without(0.99, NOON, 100 + minutes, 100) });
      assert.equal(missing(43).complete, true);
      assert.equal(missing(43).counted, (1440 - 43) * 60);
      assert.equal(missing(44).complete, false);
    });

    it('never counts a minute twice to make up for one that is missing', () => {
      const given = input('canary-10', NOON - 200 * HOUR, NOON);
      assert.equal(counted(given, { success: without(0.99, NOON, 200, 100) }).complete, false);
    });

    it('is empty right after activation', () => {
      const young = counted(input('canary-10', NOON, NOON + 60));
      assert.deepEqual([young.counted, young.complete], [0, false]);
      assert.equal(young.completeAt, NOON + 180 + 24 * HOUR);
      assert.equal(young.counts?.(NOON + 30), false);
    });
  });

  describe('a minute does not count', () => {
    const given = input('canary-10', NOON - 30 * HOUR, NOON);
    const span = { from: NOON - 30 * HOUR, to: NOON, every: 60 };
    const lost = (window: Window): [number, readonly string[]] => [24 * 60 - window.counted / 60, window.uncounted];

    it('while a pod reports another percentage', () => {
      const mixed = evidence(given);
      const old = sampled('b', span, (time) => (time < NOON - 20 * HOUR ? 1 : 10));
      assert.deepEqual(lost(windowOf(given, { ...mixed, percentage: [mixed.percentage[0]!, old] })), [
        240,
        ['4h00m: a pod reports another percentage than 10'],
      ]);
    });

    it('while no pod reports its percentage', () => {
      assert.deepEqual(lost(counted(given, { percentage: without(10, NOON, 30, 10) })), [
        20,
        ['20m00s: no pod reports its percentage'],
      ]);
    });

    it('while a pod that serves does not report its percentage', () => {
      const all = evidence(given);
      const silent = sampled('b', span, without(10, NOON, 30, 10));
      assert.deepEqual(lost(windowOf(given, { ...all, percentage: [all.percentage[0]!, silent] })), [
        20,
        ['20m00s: a pod does not report its percentage'],
      ]);
    });

    it('without a sample of every hard check', () => {
      assert.deepEqual(lost(counted(given, { success: without(0.99, NOON, 30, 10) })), [
        20,
        ['20m00s: no valid sample of success rate'],
      ]);
      const two = evidence(given);
      const error = {
        title: 'error rate',
        series: [sampled('a', span, without(0, NOON, 9, 8))],
        valid: [0, 1] as const,
      };
      assert.deepEqual(lost(windowOf(given, { ...two, hard: [...two.hard, error] })), [
        1,
        ['1m00s: no valid sample of error rate'],
      ]);
    });

    it('when its only sample is out of range', () => {
      const odd = (time: number): number => (time === NOON - 600 ? 98 : 0.99);
      assert.deepEqual(lost(counted(given, { success: odd })), [1, ['1m00s: no valid sample of success rate']]);
    });

    it('for the most frequent reason first', () => {
      const both = evidence(given, { success: without(0.99, NOON, 30, 25), percentage: without(10, NOON, 20, 10) });
      assert.deepEqual(windowOf(given, both).uncounted, [
        '10m00s: no pod reports its percentage',
        '5m00s: no valid sample of success rate',
      ]);
    });
  });

  it('counts minutes of a check whose own query leaves no pod label', () => {
    const given = input('canary-10', NOON - 30 * HOUR, NOON);
    const span = { from: NOON - 30 * HOUR, to: NOON, every: 60 };
    const hard = [{ title: 'success rate', series: [sampled('', span, 0.99)], valid: [0, 1] as const }];
    assert.equal(windowOf(given, { ...evidence(given), hard }).complete, true);
  });

  it('counts minutes in which pods come and go, as long as each reports', () => {
    const given = input('canary-10', NOON - 30 * HOUR, NOON);
    const change = NOON - 12 * HOUR;
    const before = { from: NOON - 30 * HOUR, to: change, every: 60 };
    const after = { from: change, to: NOON, every: 60 };
    const of = (value: number): Series[] => [sampled('a', before, value), sampled('c', after, value)];
    const hard = [{ title: 'success rate', series: of(0.99), valid: [0, 1] as const }];
    assert.equal(windowOf(given, { percentage: of(10), hard }).complete, true);
  });

  describe('when a window can be complete', () => {
    it('is where its last minute ends, if every minute from now on counts', () => {
      const young = counted(input('canary-50', NOON - 10 * HOUR, NOON));
      assert.equal(young.completeAt, NOON - 10 * HOUR + 180 + 48 * HOUR);
    });

    it('waits until enough of the missing minutes have slid out of the window', () => {
      const given = input('canary-10', NOON - 30 * HOUR, NOON);
      // The 60 minutes that lie 100 to 160 minutes back; 17 of them must slide out of the far end.
      const gap = counted(given, { success: without(0.99, NOON, 160, 100) });
      assert.equal(gap.complete, false);
      assert.equal(gap.completeAt, NOON + (24 * 60 - 160 + 17) * 60);
    });

    it('skips nights and weekends for canary-1', () => {
      // Activated on Friday at 09:57: two hours count that day, the other two on Monday.
      const friday = at('2026-11-27T09:57:00Z');
      const saturday = counted(input('canary-1', friday, at('2026-11-28T09:00:00Z')));
      assert.deepEqual([saturday.counted, saturday.complete], [2 * HOUR, false]);
      assert.equal(saturday.completeAt, at('2026-11-30T10:00:00Z'));
      const monday = counted(input('canary-1', friday, at('2026-11-30T10:00:00Z')));
      assert.equal(monday.complete, true);
      assert.equal(monday.from, at('2026-11-27T10:00:00Z'));
      assert.equal(monday.counts?.(at('2026-11-28T10:00:00Z')), false, 'Saturday does not count');
    });

    it('keeps a complete canary-1 complete over the weekend', () => {
      const friday = at('2026-11-27T07:00:00Z');
      const sunday = counted(input('canary-1', friday, at('2026-11-29T20:00:00Z')));
      assert.deepEqual([sunday.complete, sunday.counted], [true, 4 * HOUR]);
    });

    it('follows the time zone', () => {
      const madrid = counted(
        input('canary-1', at('2026-11-25T06:00:00Z'), at('2026-11-25T11:00:00Z'), 'Europe/Madrid'),
      );
      assert.deepEqual([madrid.complete, madrid.from], [true, at('2026-11-25T07:00:00Z')]);
    });

    it('is really complete then, and not a minute earlier', () => {
      const gaps = fc.array(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 6 })), {
        maxLength: 6,
      });
      // A window of 36 scaled minutes of 2 s, so that one run costs nothing.
      const timing = timingOf(1_200, seconds(1));
      fc.assert(
        fc.property(gaps, fc.integer({ min: 1, max: 60 }), (holes, age) => {
          const base = { phase: phaseNamed('canary-10')!, timing, timezone: 'UTC', activatedAt: unixSeconds(NOON) };
          const now = NOON + timing.warmUp + age * 2;
          const good = (time: number): number => {
            const minute = (time - NOON - timing.warmUp) / 2;
            const hole = time < now && holes.some(([from, length]) => minute >= from && minute < from + length);
            return hole ? Number.NaN : 0.99;
          };
          const windowAt = (time: number): Window => {
            const span = { from: NOON, to: time, every: 1 };
            return windowOf(
              { ...base, now: unixSeconds(time) },
              {
                percentage: [sampled('a', span, 10)],
                hard: [{ title: 'success rate', series: [sampled('a', span, good)], valid: [0, 1] }],
              },
            );
          };
          const { complete, completeAt } = windowAt(now);
          if (complete) return assert.equal(completeAt, undefined);
          assert.ok(completeAt !== undefined && completeAt > now);
          assert.equal(windowAt(completeAt).complete, true);
          assert.equal(windowAt(completeAt - 1).complete, false);
        }),
        { numRuns: 2_000 },
      );
    });
  });

  it('never counts more than it needs, and never an uncounted moment', () => {
    const timing = timingOf(1_200, seconds(1));
    const samples = fc.array(
      fc.tuple(fc.integer({ min: -200, max: 10 }), fc.constantFrom(10, 1, 0.99), fc.constantFrom(0.99, 50)),
      { maxLength: 150 },
    );
    fc.assert(
      fc.property(samples, fc.integer({ min: 0, max: 300 }), (any, age) => {
        const sorted = [...new Map(any.map((one) => [one[0], one])).values()].sort(([a], [b]) => a - b);
        const given = {
          ...input('canary-10', NOON - age, NOON),
          timing,
        };
        const window = windowOf(given, {
          percentage: [
            pairs(
              'a',
              sorted.map(([time, value]) => [NOON + time, value] as const),
            ),
          ],
          hard: [
            {
              title: 'success rate',
              series: [
                pairs(
                  'a',
                  sorted.map(([time, , value]) => [NOON + time, value] as const),
                ),
              ],
              valid: [0, 1],
            },
          ],
        });
        assert.ok(window.counted >= 0 && window.counted <= window.needed);
        assert.ok(!window.complete || window.counted >= 0.97 * window.needed);
        for (let time = NOON - 400; time < NOON + 20; time++) {
          if (window.counts?.(time)) {
            assert.ok(time >= given.activatedAt + timing.warmUp && time < NOON && time >= window.from);
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });

  describe('the recent slice', () => {
    it('is wall-clock time up to now, also outside the counted hours', () => {
      const evening = at('2026-11-25T20:00:00Z');
      assert.deepEqual(recentSliceOf(input('canary-1', NOON - 5 * HOUR, evening)), {
        from: evening - 1_200,
        to: evening,
      });
      assert.deepEqual(recentSliceOf(input('canary-50', NOON - 90 * HOUR, NOON)), { from: NOON - HOUR, to: NOON });
    });

    it('never reaches before activation and warm-up', () => {
      assert.deepEqual(recentSliceOf(input('canary-10', NOON - 600, NOON)), { from: NOON - 420, to: NOON });
    });
  });
});
