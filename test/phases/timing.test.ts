import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LADDER, phaseNamed } from '../../phases/ladder';
import type { Phase } from '../../phases/phase';
import { CLOCK_TOLERANCE, COMPLETE_SHARE, timingOf } from '../../phases/timing';
import { seconds } from '../../phases/units';

const phase = (name: string): Phase => phaseNamed(name)!;

describe('phases/timing', () => {
  describe('at scale 1', () => {
    const timing = timingOf(1, seconds(15));

    it("is exactly the plan's", () => {
      const { scale, scrapeInterval, minute, warmUp, staleAfter, baseline, baselineLeast, hoursCount } = timing;
      assert.deepEqual(
        { scale, scrapeInterval, minute, warmUp, staleAfter, baseline, baselineLeast, hoursCount },
        {
          scale: 1,
          scrapeInterval: 15,
          minute: 60,
          warmUp: 180,
          staleAfter: 120,
          baseline: 86_400,
          baselineLeast: 3_600,
          hoursCount: true,
        },
      );
    });

    const rows = [
      ['canary-1', 4 * 3600, 20 * 60],
      ['canary-10', 24 * 3600, 3600],
      ['canary-50', 48 * 3600, 3600],
      ['canary-100', 72 * 3600, 3600],
    ] as const;
    for (const [name, window, recent] of rows) {
      it(`gives ${name} a window of ${window / 3600} h and a recent slice of ${recent / 60} min`, () => {
        assert.equal(timing.window(phase(name)), window);
        assert.equal(timing.recentSlice(phase(name)), recent);
      });
    }

    it('is the plan whatever the scrape interval is', () => {
      const slow = timingOf(1, seconds(60));
      assert.deepEqual(
        [slow.minute, slow.warmUp, slow.staleAfter, slow.baselineLeast, slow.window(phase('canary-1'))],
        [60, 180, 120, 3_600, 14_400],
      );
    });

    it('bounds the recent slice: a twelfth of the window, at least 5 min, at most 1 h, never longer than the window', () => {
      const slice = (window: number): number => timing.recentSlice({ ...phase('canary-10'), window: seconds(window) });
      assert.equal(slice(59 * 60), 300, 'a short window has 5 min');
      assert.equal(slice(3_600), 300);
      assert.equal(slice(3_612), 301);
      assert.equal(slice(12 * 3_600), 3_600);
      assert.equal(slice(13 * 3_600), 3_600);
      assert.equal(slice(240), 240, 'a window under 5 min is its own slice');
    });
  });

  describe('faster than the plan', () => {
    it('divides every judging duration by the scale', () => {
      const timing = timingOf(10, seconds(1));
      assert.deepEqual(
        [timing.minute, timing.warmUp, timing.staleAfter, timing.baseline, timing.baselineLeast],
        [6, 18, 12, 8_640, 360],
      );
      assert.equal(timing.window(phase('canary-10')), 8_640);
      assert.equal(timing.recentSlice(phase('canary-10')), 360);
      assert.equal(timing.recentSlice(phase('canary-1')), 120);
    });

    it('ignores hours and days', () => {
      assert.equal(timingOf(10, seconds(1)).hoursCount, false);
    });

    it('never judges on less than five scrape intervals', () => {
      const timing = timingOf(1_000_000, seconds(2));
      assert.deepEqual([timing.warmUp, timing.staleAfter, timing.baseline, timing.baselineLeast], [10, 10, 10, 10]);
      for (const each of LADDER) {
        assert.equal(timing.window(each), 10, each.name);
        assert.equal(timing.recentSlice(each), 10, each.name);
      }
    });

    it('keeps two scrapes in a minute', () => assert.equal(timingOf(3_600, seconds(1)).minute, 2));

    it('keeps every duration within its bounds at any scale', () => {
      const scales = fc.double({ min: 1, max: 1e7, noNaN: true });
      const intervals = fc.double({ min: 0.1, max: 60, noNaN: true });
      fc.assert(
        fc.property(scales, intervals, fc.constantFrom(...LADDER), (scale, interval, each) => {
          fc.pre(scale > 1);
          const timing = timingOf(scale, seconds(interval));
          const floor = 5 * interval;
          for (const length of [timing.warmUp, timing.staleAfter, timing.baseline, timing.baselineLeast]) {
            assert.ok(length >= floor);
          }
          const [window, slice] = [timing.window(each), timing.recentSlice(each)];
          assert.ok(window >= floor && slice >= floor && slice <= window);
          assert.ok(window <= Math.max(each.window / scale, floor) + 1e-9);
          assert.ok(timing.minute >= 2 * interval && timing.baselineLeast <= timing.baseline);
        }),
        { numRuns: 2_000 },
      );
    });
  });

  it('completes a window with 97 % of its minutes', () => assert.equal(COMPLETE_SHARE, 0.97));
  it('tolerates clocks 30 s apart, at every scale', () => assert.equal(CLOCK_TOLERANCE, 30));
});
