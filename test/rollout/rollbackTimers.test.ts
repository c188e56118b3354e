import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PHASE_NAMES, type PhaseName } from '../../phases/phase';
import { unixSeconds } from '../../phases/units';
import type { DecideInput } from '../../rollout/facts';
import { type RuleResult, rulesOf } from '../../rollout/rollback';
import type { TimerState } from '../../rollout/ruleTimer';
import type { RuleId, RulesInput } from '../../rollout/ruleWatches';
import type { Fetched, Series } from '../../rollout/series';
import { age, course, courseKey, levelOf, worsened } from '../support/courses';
import { FAST, fastPhase, MISSING_KINDS, missingSeries, WELL } from '../support/fastWorld';
import { NOON, withSeries } from '../support/healthyPhase';
import { ruleAt, rulesInput, SCRAPE, WATCHED } from './support/rules';

const rulesInputOf = (input: DecideInput): RulesInput => ({ ...input, baseline: input.baseline?.chatP99 });
const timersOf = (results: readonly RuleResult[]): Map<RuleId, TimerState> =>
  new Map(results.map(({ id, timer }) => [id, timer]));
const outcome = (results: readonly RuleResult[]) =>
  results.map(({ id, status, held, firedAt, value }) => ({ id, status, held, firedAt, value }));

/** What could have been read at an earlier moment. */
function seenAt(input: RulesInput, now: number, timers?: RulesInput['timers']): RulesInput {
  const cut = ({ times, values, ...rest }: Series): Series => {
    const length = times.findLastIndex((time) => time < now) + 1;
    return { ...rest, times: times.slice(0, length), values: values.slice(0, length) };
  };
  const seen = (fetched: Fetched): Fetched => {
    switch (fetched.kind) {
      case 'series':
        return { ...fetched, series: fetched.series.map(cut) };
      case 'ratio':
        return { ...fetched, part: fetched.part.map(cut), whole: fetched.whole.map(cut) };
      case 'histogram':
        return { ...fetched, buckets: fetched.buckets.map(({ le, series }) => ({ le, series: series.map(cut) })) };
      case 'ambiguous':
      case 'unreachable':
      case 'off':
        return fetched;
    }
  };
  const series = Object.fromEntries(
    Object.entries(input.series).map(([key, fetched]) => [key, seen(fetched)]),
  ) as unknown as RulesInput['series'];
  return { ...input, series, now: unixSeconds(now), ...(timers === undefined ? {} : { timers }) };
}

describe('rollout/rollback, timers', function () {
  this.timeout(120_000);
  const names = fc.constantFrom(...PHASE_NAMES);
  const world = fc.record({ course, age, counted: fc.boolean() });
  const input = (name: PhaseName, given: Parameters<typeof fastPhase>[1]): RulesInput =>
    rulesInputOf(fastPhase(name, given));

  it('taken up again give the same as one run, whatever the ticks', () => {
    // Half of the ticks lie between two samples.
    const ticks = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(names, world, ticks, (name, given, halves) => {
        const whole = input(name, given);
        let timers: RulesInput['timers'];
        for (const before of [...halves].sort((a, b) => b - a)) {
          const now = NOON - before / 2;
          if (now > whole.activatedAt) timers = timersOf(rulesOf(seenAt(whole, now, timers)));
        }
        const last = rulesOf({ ...whole, ...(timers === undefined ? {} : { timers }) });
        const once = rulesOf(whole);
        assert.deepEqual(outcome(last), outcome(once));
        assert.deepEqual(timersOf(last), timersOf(once));
      }),
      { numRuns: 10_000 },
    );
  });

  it('can be written down and read again', () => {
    const first = rulesOf(rulesInput('canary-10', WATCHED + 300, { queue_depth: 600 }));
    const timers = new Map(JSON.parse(JSON.stringify([...timersOf(first)])) as [RuleId, TimerState][]);
    const now = WATCHED + SCRAPE + 600;
    const row = { phase: 'canary-10', id: 'queue-above' } as const;
    const later = rulesOf({ ...rulesInput('canary-10', now, { queue_depth: 600 }), timers });
    assert.equal(later.find(({ id }) => id === row.id)?.firedAt, ruleAt(row, now, { queue_depth: 600 }).firedAt);
  });

  it('go on where the samples before them can no longer be read', () => {
    const early = rulesOf(rulesInput('canary-10', WATCHED + 300, { queue_depth: 600 }));
    const own = { sampledFrom: WATCHED + 300 };
    const late = rulesInput('canary-10', WATCHED + SCRAPE + 600, { queue_depth: 600 }, own);
    const queue = (given: RulesInput) => rulesOf(given).find(({ id }) => id === 'queue-above')!;
    assert.equal(queue({ ...late, timers: timersOf(early) }).firedAt, WATCHED + SCRAPE + 600);
    assert.equal(queue(late).firedAt, undefined);
  });

  it('of an earlier activation are left out', () => {
    const old = rulesOf(rulesInput('canary-10', WATCHED + 900, { queue_depth: 600 }));
    const again = rulesInput('canary-10', NOON, {}, { activatedAt: NOON - 900 });
    const results = rulesOf({ ...again, timers: timersOf(old) });
    assert.ok(results.every(({ firedAt, held }) => firedAt === undefined && held === 0));
    const violated = rulesOf(rulesInput('canary-10', WATCHED + 300, { queue_depth: 600 }));
    const begun = rulesInput('canary-10', WATCHED + 900, { queue_depth: 600 }, { activatedAt: WATCHED + 300 });
    assert.deepEqual(outcome(rulesOf({ ...begun, timers: timersOf(violated) })), outcome(rulesOf(begun)));
  });

  it('a rule that fired before its series went missing stays fired', () => {
    const bad = courseKey.chain((key) => fc.record({ key: fc.constant(key), level: levelOf(key) }));
    let fired = 0;
    const all = { from: 0, length: 1_000 };
    fc.assert(
      fc.property(names, fc.boolean(), bad, fc.nat(MISSING_KINDS - 1), (name, counted, { key, level }, kind) => {
        const whole = input(name, { counted, course: { [key]: worsened(key, WELL[key], all, level) } });
        const before = rulesOf(whole);
        for (const { id, firedAt } of before) {
          if (firedAt === undefined) continue;
          fired++;
          // Its samples stop as soon as it fired.
          const stopped = { ...seenAt(whole, firedAt), now: unixSeconds(firedAt + 10 * FAST.staleAfter) };
          assert.equal(rulesOf(stopped).find((one) => one.id === id)?.firedAt, firedAt);
        }
        const gone = Object.fromEntries(
          (Object.keys(whole.series) as (keyof typeof whole.series)[]).map((one) => [one, missingSeries(one, kind)]),
        );
        const { series } = withSeries(whole as unknown as DecideInput, gone);
        const after = rulesOf({ ...whole, series, timers: timersOf(before) });
        assert.deepEqual(
          after.map(({ firedAt }) => firedAt),
          before.map(({ firedAt }) => firedAt),
        );
      }),
      { numRuns: 10_000 },
    );
    assert.ok(fired > 1_000);
  });
});
