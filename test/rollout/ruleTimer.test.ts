import assert from 'node:assert/strict';
import fc from 'fast-check';
import { seconds } from '../../phases/units';
import {
  coverUntil,
  KEEPS,
  NEVER_VIOLATED,
  type RuleSample,
  run,
  step,
  type TimerState,
  UNKNOWN,
  VIOLATES,
} from '../../rollout/ruleTimer';

const OPTIONS = { for: seconds(60), most: seconds(30) };
const violated = (...times: number[]): RuleSample[] => times.map((time) => ({ time, violates: true }));
const kept = (time: number): RuleSample => ({ time, violates: false });
const taken = (samples: readonly RuleSample[], from: TimerState = NEVER_VIOLATED, options = OPTIONS): TimerState =>
  samples.reduce((state, sample) => step(state, sample, options).state, from);

/** Adds up by definition: every sample since the last good one covers the time to the next, or to now. */
function naive(samples: readonly RuleSample[], now: number, { for: needed, most } = OPTIONS) {
  let held = 0;
  let firedAt: number | undefined;
  samples.forEach(({ time, violates }, index) => {
    if (!violates) {
      held = 0;
      return;
    }
    const until = Math.min(samples[index + 1]?.time ?? now, time + most);
    if (held + until - time >= needed) firedAt ??= time + Math.max(0, needed - held);
    held += until - time;
  });
  return { held, firedAt };
}

describe('rollout/ruleTimer', () => {
  const rows: readonly [string, readonly RuleSample[], now: number, held: number, firedAt: number | undefined][] = [
    ['nothing', [], 100, 0, undefined],
    ['one violation, counted up to now', violated(0), 10, 10, undefined],
    ['one violation covers two scrape intervals at most', violated(0), 1_000, 30, undefined],
    ['steady violations fire when they covered it', violated(0, 15, 30, 45, 60), 60, 60, 60],
    ['and not a second earlier', violated(0, 15, 30, 45), 59, 59, undefined],
    ['also between two samples', violated(0, 20, 40), 65, 65, 60],
    ['a good sample resets', [...violated(0, 15, 30), kept(45), ...violated(60)], 75, 15, undefined],
    ['a gap neither counts nor resets', violated(0, 15, 500), 510, 15 + 30 + 10, undefined],
    ['and the rest fires after it', violated(0, 15, 500), 515, 60, 515],
    ['good samples alone', [kept(0), kept(15)], 30, 0, undefined],
    ['fired stays fired', [...violated(0, 15, 30, 45, 60), kept(75)], 100, 0, 60],
  ];
  for (const [title, samples, now, held, firedAt] of rows) {
    it(title, () => {
      const state = taken(samples);
      const covered = coverUntil(state, now, OPTIONS);
      assert.deepEqual([covered.held, covered.firedAt], [held, firedAt]);
      assert.deepEqual(naive(samples, now), { held, firedAt });
    });
  }

  it('tells when the violation began', () => {
    assert.equal(taken(violated(5, 20)).since, 5);
    assert.equal(taken([...violated(5), kept(20), ...violated(35, 50)]).since, 35);
    assert.equal(taken([...violated(5), kept(20)]).since, undefined);
  });

  it('fires at once without a duration', () => {
    const at = { for: seconds(0), most: seconds(30) };
    const { state, fired } = step(NEVER_VIOLATED, { time: 7, violates: true }, at);
    assert.deepEqual([fired, state.firedAt], [true, 7]);
    assert.equal(step(NEVER_VIOLATED, kept(7), at).fired, false);
  });

  it('takes no sample in twice, and none that comes late', () => {
    const state = taken(violated(0, 15, 30));
    assert.deepEqual(step(state, kept(30), OPTIONS).state, state);
    assert.deepEqual(step(state, kept(10), OPTIONS).state, state);
  });

  it('is plain data', () => {
    for (const state of [
      NEVER_VIOLATED,
      taken(violated(0, 15)),
      taken(violated(0, 15, 30, 45, 60)),
      taken([kept(1)]),
    ]) {
      assert.deepEqual(JSON.parse(JSON.stringify(state)), state);
    }
  });

  const stream = fc
    .array(fc.tuple(fc.integer({ min: 1, max: 50 }), fc.boolean()), { maxLength: 40 })
    .map((steps): RuleSample[] => {
      let time = 1_000;
      return steps.map(([ahead, violates]) => {
        time += ahead;
        return { time, violates };
      });
    });

  it('counts what a walk over all samples counts', () => {
    fc.assert(
      fc.property(stream, fc.nat(100), (samples, later) => {
        const now = (samples.at(-1)?.time ?? 1_000) + later;
        const { held, firedAt } = coverUntil(taken(samples), now, OPTIONS);
        assert.deepEqual({ held, firedAt }, naive(samples, now));
      }),
      { numRuns: 10_000 },
    );
  });

  it('gives the same in whatever pieces the stream comes, read twice or kept as text between', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat(40), { maxLength: 4 }), fc.nat(5), (samples, cuts, again) => {
        let state = NEVER_VIOLATED;
        let done = 0;
        for (const cut of [...cuts, samples.length].sort((a, b) => a - b)) {
          const upTo = Math.min(cut, samples.length);
          state = taken(samples.slice(Math.max(0, done - again), upTo), state);
          // A tick between two samples notes what fired by then.
          const now = samples[upTo]?.time ?? Number.POSITIVE_INFINITY;
          const covered = coverUntil(state, Math.min(now, (state.seen ?? 0) + 17), OPTIONS);
          state = JSON.parse(JSON.stringify({ ...state, ...covered.fired })) as TimerState;
          done = upTo;
        }
        const end = (samples.at(-1)?.time ?? 0) + 17;
        assert.deepEqual(coverUntil(state, end, OPTIONS), coverUntil(taken(samples), end, OPTIONS));
      }),
      { numRuns: 10_000 },
    );
  });

  it('never holds less when a sample violates that did not', () => {
    fc.assert(
      fc.property(stream, fc.nat(40), (samples, which) => {
        const worse = samples.map((sample, index) => (index === which ? { ...sample, violates: true } : sample));
        const now = (samples.at(-1)?.time ?? 0) + 10;
        const [a, b] = [samples, worse].map((one) => coverUntil(taken(one), now, OPTIONS));
        assert.ok(b!.held >= a!.held);
        assert.ok((b!.firedAt ?? Number.POSITIVE_INFINITY) <= (a!.firedAt ?? Number.POSITIVE_INFINITY));
      }),
      { numRuns: 10_000 },
    );
  });

  it('runs over slots as step does over their samples, up to the last one that is over', () => {
    const says = fc.array(fc.constantFrom(VIOLATES, VIOLATES, KEEPS, UNKNOWN), { maxLength: 40 });
    fc.assert(
      fc.property(says, fc.nat(40), fc.integer({ min: 0, max: 600 }), (slots, seen, until) => {
        const interval = seconds(15);
        const samples = slots.flatMap((one, slot): RuleSample[] =>
          one === UNKNOWN ? [] : [{ time: (slot + 1) * 15, violates: one === VIOLATES }],
        );
        const before = taken(samples.slice(0, seen));
        const over = samples.filter(({ time }) => time <= until);
        assert.deepEqual(
          run(before, { first: 0, violates: Int8Array.from(slots), interval, until }, OPTIONS),
          taken(over, before),
        );
      }),
      { numRuns: 10_000 },
    );
  });
});
