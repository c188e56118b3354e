import assert from 'node:assert/strict';
import fc from 'fast-check';
import { phaseNamed } from '../../phases/ladder';
import { METRIC_KEYS } from '../../phases/metrics';
import { seconds, type UnixSeconds, unixSeconds } from '../../phases/units';
import { type Backtest, type BacktestInput, backtest, type SegmentReport } from '../../rollout/backtest';
import { decide } from '../../rollout/decide';
import type { AllFetched } from '../../rollout/playback';
import { DAWN, HOUR, type Past, past } from '../support/pastRollout';
import { AMBIGUOUS, found } from '../support/series';

const clock = (time: number): string => new Date(time * 1000).toISOString().slice(8, 19).replace('T', ' ');
const watchedIn = ({ segments }: Backtest, percent: number): NonNullable<SegmentReport['watched']> =>
  segments.find((segment) => segment.percent === percent && segment.watched !== undefined)!.watched!;
const spansOf = (watched: NonNullable<SegmentReport['watched']>) =>
  watched.spans.map(({ verdict, rule, from, to }) => `${clock(from)}–${clock(to)} ${verdict} ${rule}`);
const ruleOf = (watched: NonNullable<SegmentReport['watched']>, id: string) =>
  watched.rules.find((rule) => rule.id === id)!;

/** Only samples up to a moment, in plain arrays: what a reading at that moment would have found. */
function upTo(series: AllFetched, moment: number): AllFetched {
  const entries = METRIC_KEYS.map((key) => {
    const fetched = series[key];
    if (fetched.kind !== 'series') return [key, fetched];
    const cut = fetched.series.map((one) => {
      const end = one.times.filter((time) => time <= moment).length;
      return { ...one, times: one.times.slice(0, end), values: one.values.slice(0, end) };
    });
    return [key, { ...fetched, series: cut.filter(({ times }) => times.length > 0) }];
  });
  return Object.fromEntries(entries) as AllFetched;
}

describe('rollout/backtest', function () {
  this.timeout(60_000);

  describe('of a whole rollout with an incident', () => {
    const [one, ten, fifty, hundred] = [1.8, 6.5, 56.5, 106.5].map((hours) => DAWN + hours * HOUR);
    const flood = [ten! + 5 * HOUR, ten! + 5 * HOUR + 25 * 60] as const;
    const silence = [ten! + 48 * HOUR, ten! + 48 * HOUR + 9 * 60] as const;
    const input = past({
      moves: [
        [one!, 1],
        [ten!, 10],
        [fifty!, 50],
        [hundred!, 100],
      ],
      before: 24 * HOUR,
      to: DAWN + 181 * HOUR,
      readings: {
        queue_depth: (time) => (time >= flood[0] && time < flood[1] ? 700 : 12),
        materializer_success_rate: (time) => (time >= silence[0] && time < silence[1] ? Number.NaN : 0.998),
        // What chat does in the day before, and nothing of what it does later.
        chat_latency_p99: (time) => (time < one! ? 0.4 : 0.41),
      },
    });
    let result: Backtest;
    let took: number;
    before(() => {
      const started = performance.now();
      result = backtest(input);
      took = (performance.now() - started) / 1000;
    });

    it('finds the segments, and what came next', () => {
      assert.deepEqual(
        result.segments.map(({ percent, from, to, next, watched }) => [percent, from, to, next, watched?.phase]),
        [
          [0, DAWN, one, 1, undefined],
          [1, one, ten, 10, 'canary-1'],
          [10, ten, fifty, 50, 'canary-10'],
          [50, fifty, hundred, 100, 'canary-50'],
          [100, hundred, input.to, undefined, 'canary-100'],
        ],
      );
      assert.deepEqual(result.warnings, []);
    });

    it('promotes each phase at the end of its window', () => {
      const first = [1, 10, 50, 100].map((percent) => {
        const { promoted } = watchedIn(result, percent);
        return promoted === undefined ? 'never' : `${clock(promoted.at)} ${promoted.verdict}`;
      });
      // Canary-1 counts from 08:00; canary-10 was taken back before; the others begin after the warm-up of 3 minutes.
      assert.deepEqual(first, ['24 12:00:00 PROMOTE', 'never', '28 14:33:00 PROMOTE', '01 16:33:00 COMPLETE']);
      assert.deepEqual(spansOf(watchedIn(result, 1)), [
        '24 07:48:00–24 12:00:00 HOLD window',
        '24 12:00:00–24 12:30:00 PROMOTE promote',
      ]);
      assert.deepEqual(spansOf(watchedIn(result, 100)), [
        '28 16:30:00–01 16:33:00 MONITOR window',
        '01 16:33:00–01 19:00:00 COMPLETE complete',
      ]);
    });

    it('tells to the second when a rule fired, and how long what fired it lasted', () => {
      const canary10 = watchedIn(result, 10);
      const { firedAt, held, status } = ruleOf(canary10, 'queue-above');
      assert.equal(status, 'fired');
      assert.equal(clock(firedAt!), '24 17:40:15');
      assert.ok(Math.abs(held - 25 * 60) <= 60, String(held));
      assert.deepEqual(
        [canary10.takenBack?.at, canary10.takenBack?.verdict, canary10.takenBack?.rule],
        [firedAt, 'ROLLBACK', 'rule:queue-above'],
      );
      assert.match(canary10.takenBack!.sentence, /^queue depth > 500 for 10m00s at 2026-11-24 17:40:15 UTC, now 700/);
      for (const { id, status: other } of canary10.rules) {
        const expected =
          id === 'queue-above' ? 'fired' : ['chat-down', 'worker-oom'].includes(id) ? 'unknown' : 'quiet';
        assert.equal(other, expected, id);
      }
      assert.deepEqual(spansOf(canary10), [
        '24 12:30:00–24 17:40:15 HOLD window',
        '24 17:40:15–26 14:30:00 ROLLBACK rule:queue-above',
      ]);
    });

    it('measures the baseline before the rollout and keeps it', () => {
      const baselines = [1, 10, 50, 100].map((percent) => watchedIn(result, percent).baseline?.chatP99);
      assert.deepEqual(baselines, [0.4, 0.4, 0.4, 0.4]);
      assert.equal(watchedIn(result, 1).baseline?.measuredAt, new Date(one! * 1000).toISOString());
    });

    it('counts the jobs of each segment', () => {
      assert.deepEqual(
        [1, 10, 50, 100].map((percent) => watchedIn(result, percent).jobs),
        [ten! - one!, fifty! - ten!, hundred! - fifty!, input.to - hundred!],
      );
    });

    it('needs seconds, because it judges few moments', () => {
      const judged = result.segments.reduce((sum, { watched }) => sum + (watched?.judged ?? 0), 0);
      assert.ok(judged < 400, String(judged));
      assert.ok(took < 30, String(took));
    });
  });

  describe('of a phase', () => {
    /** Canary-10 from dawn on, for 26 hours. */
    const canary10 = (own: Partial<Past> = {}, more: Partial<BacktestInput> = {}): Backtest =>
      backtest({ ...past({ moves: [[DAWN + HOUR, 10]], to: DAWN + 27 * HOUR, before: 24 * HOUR, ...own }), ...more });

    it('holds while a metric is stale, to the minute, however coarse the grid is', () => {
      const at = DAWN + 26 * HOUR;
      const readings = { materializer_success_rate: (t: number) => (t >= at && t < at + 9 * 60 ? Number.NaN : 0.998) };
      assert.deepEqual(spansOf(watchedIn(canary10({ readings }, { step: seconds(2 * HOUR) }), 10)), [
        '24 07:00:00–25 07:03:00 HOLD window',
        '25 07:03:00–25 08:02:00 PROMOTE promote',
        '25 08:02:00–25 08:09:00 HOLD missing:success-rate',
        '25 08:09:00–25 09:00:00 PROMOTE promote',
      ]);
    });

    it('tells how long a rule that did not fire was violated at most', () => {
      const at = DAWN + 10 * HOUR;
      const readings = { queue_depth: (t: number) => (t >= at && t < at + 6 * 60 ? 700 : 12) };
      const watched = watchedIn(canary10({ readings, to: DAWN + 11 * HOUR }, { step: seconds(60) }), 10);
      const { status, held, firedAt } = ruleOf(watched, 'queue-above');
      assert.equal(status, 'quiet');
      assert.equal(firedAt, undefined);
      assert.ok(held >= 5 * 60 && held <= 6 * 60, String(held));
    });

    it('takes back at the end of the window too', () => {
      const watched = watchedIn(canary10({ readings: { error_rate: 0.02 } }), 10);
      assert.deepEqual(
        [clock(watched.takenBack!.at), watched.takenBack!.rule, watched.promoted],
        ['25 07:03:00', 'check:error-rate', undefined],
      );
    });

    it('leaves an override of the present out', () => {
      const expires = new Date((DAWN + 40 * HOUR) * 1000).toISOString();
      const override = { reason: 'workers are being replaced', author: 'a', checks: ['worker-seen'], expires };
      const readings = { worker_seen: (time: number) => time - 600 };
      const watched = watchedIn(canary10({ readings, settings: { override } }), 10);
      assert.equal(watched.promoted, undefined);
      assert.equal(watched.spans.at(-1)!.rule, 'check:worker-seen');
    });

    it('judges minutes as the gate does where workers measure a hard check and report no percentage', () => {
      const input = past({ moves: [[DAWN + HOUR, 10]], to: DAWN + 27 * HOUR, before: 24 * HOUR });
      const { worker_seen: seen } = input.series;
      assert.ok(seen.kind === 'series');
      const workers = found(
        ...seen.series.map((one, index) => ({ ...one, pod: `denis-workers-5d9c7b6f4-aaaa${index}` })),
      );
      const watched = watchedIn(backtest({ ...input, series: { ...input.series, worker_seen: workers } }), 10);
      assert.equal(clock(watched.promoted!.at), '25 07:03:00');
    });

    it('watches a percentage between two phases with the limits of the next higher one, and counts no minute', () => {
      const result = canary10({
        moves: [[DAWN + HOUR, 25]],
        readings: { error_rate: (t) => (t > DAWN + 9 * HOUR ? 0.04 : 0) },
      });
      const watched = watchedIn(result, 25);
      assert.equal(watched.phase, 'canary-50');
      assert.match(result.warnings.join('\n'), /^25 % is no phase's: watched with the limits of canary-50/m);
      assert.equal(watched.takenBack?.rule, 'rule:error-above');
      assert.match(watched.spans[0]!.sentence, /a pod reports another percentage than 50/);
    });

    it('says what began before the span', () => {
      const result = canary10({ moves: [[DAWN - HOUR, 10]] });
      assert.match(
        result.warnings.join('\n'),
        /^10 % may be live since before 2026-11-24 06:00 UTC: its clock begins there/m,
      );
      assert.equal(clock(watchedIn(result, 10).promoted!.at), '25 06:03:00');
    });

    it('judges at the moments of a given step, in whole minutes', () => {
      const { step, segments } = canary10({}, { step: seconds(590) });
      assert.equal(step, 600);
      assert.ok(segments.at(-1)!.watched!.judged >= 26 * 6);
    });
  });

  describe('of a baseline', () => {
    const rollout = (own: Partial<Past>, more: Partial<BacktestInput> = {}) =>
      backtest({ ...past({ moves: [[DAWN + HOUR, 50]], to: DAWN + 3 * HOUR, ...own }), ...more });

    it('warns when there is less than an hour of it, and uses what is there', () => {
      const result = rollout({ before: 0, moves: [[DAWN + 0.5 * HOUR, 50]] });
      assert.equal(watchedIn(result, 50).baseline?.chatP99, 0.4);
      assert.match(result.warnings.join('\n'), /^the baseline of chat p99 has only 30m00s of samples; a rollout/m);
    });

    it('is the one that is given', () => {
      const result = rollout({ readings: { chat_latency_p99: 0.4 } }, { baseline: seconds(0.3) });
      const watched = watchedIn(result, 50);
      assert.equal(watched.baseline?.chatP99, 0.3);
      assert.equal(watched.takenBack?.rule, 'rule:chat-p99-above-baseline');
      assert.deepEqual(result.warnings, []);
    });

    it('is said to be missing where chat p99 was not measured', () => {
      const result = rollout({ readings: { chat_latency_p99: (time) => (time < DAWN + HOUR ? Number.NaN : 0.4) } });
      assert.match(result.warnings.join('\n'), /^baseline of chat p99: no data .*; give one with --baseline SECONDS$/m);
      const watched = watchedIn(result, 50);
      assert.equal(watched.baseline, undefined);
      assert.equal(ruleOf(watched, 'chat-p99-above-baseline').status, 'unknown');
    });

    it('is measured anew for a rollout that begins after an off', () => {
      const moves: Past['moves'] = [
        [DAWN + HOUR, 10],
        [DAWN + 2 * HOUR, 0],
        [DAWN + 3 * HOUR, 10],
      ];
      const chat = (time: number): number => (time < DAWN + HOUR ? 0.4 : 0.8);
      const result = rollout({ moves, to: DAWN + 4 * HOUR, readings: { chat_latency_p99: chat } });
      const baselines = result.segments.map(({ watched }) => watched?.baseline?.chatP99);
      assert.deepEqual(baselines, [undefined, 0.4, undefined, 0.8]);
    });
  });

  describe('that assumes a phase', () => {
    it('judges the whole span as that phase, from its begin on, by pods that report no percentage yet', () => {
      const input = past({ moves: [], to: DAWN + 49 * HOUR, before: 24 * HOUR });
      const bare = { ...input, series: { ...input.series, materializer_pct: found() } };
      for (const one of [input, bare]) {
        const result = backtest({ ...one, assume: phaseNamed('canary-50')! });
        const [segment] = result.segments;
        assert.equal(result.segments.length, 1);
        assert.deepEqual([segment!.percent, segment!.from, segment!.to], [50, DAWN, DAWN + 49 * HOUR]);
        assert.equal(clock(segment!.watched!.promoted!.at), '26 06:03:00');
        assert.equal(result.assumed, 'canary-50');
        assert.deepEqual(result.warnings, []);
      }
    });
  });

  describe('of a span without a rollout', () => {
    it('says that no pod reports a percentage', () => {
      const input = past({ moves: [], to: DAWN + HOUR });
      const result = backtest({ ...input, series: { ...input.series, materializer_pct: found() } });
      assert.deepEqual(result.segments, []);
      assert.match(result.warnings.join('\n'), /^no pod reports a percentage in the span; --assume PHASE/);
    });

    it('says that what the pods report is ambiguous', () => {
      const input = past({ moves: [], to: DAWN + HOUR });
      const result = backtest({ ...input, series: { ...input.series, materializer_pct: AMBIGUOUS } });
      assert.match(result.warnings[0]!, /^reported percentage: ambiguous \(two series for pod denis-a\)$/);
    });

    it('says that time is scaled, and watches no percentage beyond the last phase', () => {
      const result = backtest(past({ moves: [[DAWN, 150]], to: DAWN + HOUR, settings: { timeScale: 60 } }));
      assert.match(result.warnings[0]!, /^canary:timeScale is 60: durations are that much shorter/);
      assert.deepEqual(
        result.segments.map(({ percent, watched }) => [percent, watched]),
        [[150, undefined]],
      );
    });

    it('shows an off span, unwatched', () => {
      const { segments } = backtest(past({ moves: [], to: DAWN + HOUR }));
      assert.deepEqual(segments, [{ percent: 0, from: DAWN, to: DAWN + HOUR }]);
    });
  });

  describe('at any moment', () => {
    const MINUTE = 30;
    const SPAN = 3000;
    /** Time runs 240 times faster: a window of 24 h is 6 min, a minute is 30 s. */
    const settings = { timeScale: 240, minimumJobs: 5 };
    const trouble = fc.record({
      metric: fc.constantFrom('error_rate', 'materializer_success_rate', 'queue_depth', 'chat_latency_p99' as const),
      at: fc.integer({ min: 0, max: SPAN }),
      lasts: fc.integer({ min: 30, max: 900 }),
      how: fc.constantFrom('bad', 'worse', 'silent' as const),
    });
    const VALUES = {
      error_rate: { good: 0.0002, bad: 0.02, worse: 0.2 },
      materializer_success_rate: { good: 0.998, bad: 0.975, worse: 0.5 },
      queue_depth: { good: 12, bad: 250, worse: 900 },
      chat_latency_p99: { good: 0.4, bad: 0.45, worse: 2 },
    } as const;
    const pastOf = (troubles: readonly { metric: keyof typeof VALUES; at: number; lasts: number; how: string }[]) => {
      const readings = Object.fromEntries(
        Object.entries(VALUES).map(([metric, values]) => [
          metric,
          (time: number): number => {
            const one = troubles.find(
              ({ metric: of, at, lasts }) => of === metric && time >= DAWN + at && time < DAWN + at + lasts,
            );
            if (one?.how === 'silent') return Number.NaN;
            return one === undefined ? values.good : values[one.how as 'bad' | 'worse'];
          },
        ]),
      );
      const moves = [
        [DAWN + 300, 1],
        [DAWN + 700, 10],
        [DAWN + 1600, 50],
      ] as const;
      return past({ moves, to: DAWN + SPAN, before: 600, every: 15, readings, settings });
    };

    it('says what decide says with the samples up to that moment alone', () => {
      const anywhere = fc.tuple(fc.array(trouble, { maxLength: 4 }), fc.integer({ min: 0, max: SPAN / MINUTE }));
      fc.assert(
        fc.property(anywhere, ([troubles, minutes]) => {
          const input = pastOf(troubles);
          const now = DAWN + minutes * MINUTE;
          const result = backtest({ ...input, step: seconds(MINUTE) });
          const segment = result.segments.find(({ from, to, watched }) => watched && from <= now && now < to);
          if (segment?.watched === undefined) return;
          const span = segment.watched.spans.find(({ from, to }) => from <= now && now < to)!;
          const decision = decide({
            phase: phaseNamed(segment.watched.phase)!,
            now: unixSeconds(now),
            activatedAt: segment.from,
            settings: input.settings,
            series: upTo(input.series, now),
            baseline: segment.watched.baseline,
            pods: [],
            livePercent: segment.percent,
            permittedPercent: undefined,
          });
          // Before its first whole minute a segment shows what that minute says.
          if (now < Math.ceil(segment.from / MINUTE) * MINUTE) return;
          assert.deepEqual([span.verdict, span.rule], [decision.verdict, decision.rule]);
        }),
        { numRuns: 60 },
      );
    });

    it('has said the same by then, whatever came later', () => {
      const anywhere = fc.tuple(
        fc.array(trouble, { maxLength: 4 }),
        fc.array(trouble, { maxLength: 3 }),
        fc.integer({ min: 800, max: SPAN }),
      );
      const firsts = (result: Backtest, until: UnixSeconds) =>
        result.segments.map(({ percent, watched }) => [
          percent,
          ...[watched?.promoted, watched?.takenBack].map((one) => (one && one.at <= until ? one : undefined)),
          ...(watched?.rules ?? []).map(({ firedAt }) =>
            firedAt !== undefined && firedAt <= until ? firedAt : undefined,
          ),
        ]);
      fc.assert(
        fc.property(anywhere, ([troubles, later, cut]) => {
          const until = unixSeconds(DAWN + Math.floor(cut / MINUTE) * MINUTE);
          const known = pastOf(troubles.filter(({ at }) => DAWN + at <= until));
          const other = pastOf([
            ...troubles.filter(({ at }) => DAWN + at <= until),
            ...later.filter(({ at }) => DAWN + at > until),
          ]);
          const step = seconds(MINUTE);
          const [one, two] = [backtest({ ...known, step }), backtest({ ...other, step })].map((all) =>
            firsts(all, until),
          );
          assert.deepEqual(one, two);
        }),
        { numRuns: 40 },
      );
    });

    it('finds what rules did with a coarse grid too', () => {
      fc.assert(
        fc.property(fc.array(trouble, { maxLength: 4 }), (troubles) => {
          const input = pastOf(troubles);
          const [coarse, fine] = [8 * MINUTE, MINUTE].map((step) =>
            backtest({ ...input, step: seconds(step) }).segments.map(({ watched }) =>
              watched?.rules.map(({ firedAt }) => firedAt),
            ),
          );
          assert.deepEqual(coarse, fine);
        }),
        { numRuns: 40 },
      );
    });
  });
});
