import assert from 'node:assert/strict';
import { LADDER } from '../../phases/ladder';
import type { PhaseName } from '../../phases/phase';
import { unixSeconds } from '../../phases/units';
import { type RuleResult, rulesOf } from '../../rollout/rollback';
import type { TimerState } from '../../rollout/ruleTimer';
import type { RuleId, RulesInput } from '../../rollout/ruleWatches';
import { NOTHING_SEEN, type Witness, witnessed } from '../../rollout/witness';
import { NOON } from '../support/healthyPhase';
import { traffic } from '../support/traffic';
import { ACTIVATED, firstTaken, ROWS, reading, resultIn, rulesInput, SCRAPE } from './support/rules';

/** Seconds between two ticks of the watcher. */
const TICK = 10;
const HOURS = 3_600;

/** Judges at every tick with the timers of the one before; the moment of the first at which the rule has fired. */
function firstFired(
  id: RuleId,
  from: number,
  until: number,
  at: (now: number) => RulesInput,
): { readonly tick?: number; readonly results: readonly RuleResult[] } {
  let timers: ReadonlyMap<RuleId, TimerState> = new Map();
  let results: readonly RuleResult[] = [];
  for (let now = from; now <= until; now += TICK) {
    results = rulesOf({ ...at(now), timers });
    timers = new Map(results.map((result) => [result.id, result.timer]));
    if (resultIn(results, id).status === 'fired') return { tick: now, results };
  }
  return { results };
}

/** The first tick that is not before a moment. */
const tickAt = (moment: number, from: number): number => from + Math.ceil((moment - from) / TICK) * TICK;

describe('the watcher in simulated time', function () {
  this.timeout(60_000);

  describe('fires at the first tick after the time a rule takes, and not one tick earlier', () => {
    for (const row of ROWS) {
      it(`${row.phase}, ${row.title}: ${row.for} s`, () => {
        const bad = reading(row, row.bad);
        const due = firstTaken(row) + row.for;
        // Ticks fall on scrapes, or between them.
        for (const offset of [0, 3, 7]) {
          const from = ACTIVATED + SCRAPE + offset;
          const { tick } = firstFired(row.id, from, due + 60, (now) => rulesInput(row.phase, now, bad));
          assert.equal(tick, tickAt(due, from), `offset ${offset}`);
        }
      });
    }

    for (const { name, rules } of LADDER) {
      const seenBy = (now: number, all: Witness): Witness =>
        witnessed(NOTHING_SEEN, {
          probes: all.probes.filter(({ at }) => at < now),
          ooms: all.ooms.filter(({ at }) => at < now),
        });
      const first = (id: RuleId, all: Witness) => {
        const at = (now: number): RulesInput => ({ ...rulesInput(name, now), witness: seenBy(now, all) });
        return firstFired(id, ACTIVATED + 5, ACTIVATED + 300, at).tick;
      };

      it(`${name}, /chat down: 3 probes`, () => {
        const down = ACTIVATED + 60;
        const probes = Array.from({ length: 30 }, (_, index) => {
          const at = unixSeconds(ACTIVATED + index * TICK);
          return { at, result: at < down ? ('good' as const) : ('down' as const) };
        });
        assert.equal(first('chat-down', { probes, ooms: [] }), down + 2 * TICK + 5);
      });

      if (rules.some(({ id }) => id === 'worker-oom')) {
        it(`${name}, worker OOM-killed: at once`, () => {
          const at = unixSeconds(ACTIVATED + 61);
          const ooms = [{ pod: 'denis-workers-a', container: 'worker', at }];
          assert.equal(first('worker-oom', { probes: [], ooms }), ACTIVATED + 65);
        });
      }
    }
  });

  /** Rules of a phase over jobs that fail by chance, with an error rate of 1,000 requests a minute. */
  function over(
    phase: PhaseName,
    length: number,
    perMinute: number,
    failing: (time: number) => number,
    seed: number,
    settings = {},
  ) {
    const now = NOON;
    const activatedAt = now - length;
    const span = { from: activatedAt, to: now, every: SCRAPE };
    const { counters, gauge, jobs } = traffic({ ...span, perMinute, failing, seed });
    const errors = traffic({ ...span, perMinute: 1_000, failing: () => 0.0005, seed: seed + 1 });
    const own = { activatedAt, sampledFrom: activatedAt, settings };
    const shared = { materializer_new: jobs, error_rate: errors.failures };
    return [counters, gauge].map((success) =>
      rulesOf(rulesInput(phase, now, { ...shared, materializer_success_rate: success }, own)),
    );
  }

  describe('none fires on healthy jobs, 99.5 % of which succeed, in 30 h', () => {
    for (const perMinute of [1, 10, 1_000]) {
      for (const { name } of LADDER) {
        it(`${name}, ${perMinute} a minute`, () => {
          for (let seed = 1; seed <= 6; seed++) {
            for (const results of over(name, 30 * HOURS, perMinute, () => 0.005, 100 * seed + perMinute)) {
              const fired = results.filter(({ status }) => status === 'fired').map(({ title }) => title);
              assert.deepEqual(fired, [], `seed ${seed}`);
            }
          }
        });
      }
    }
  });

  it('with 3 failed jobs as the least chance would fire', () => {
    const settings = { ruleMinimumFailed: 3 };
    const all = Array.from({ length: 6 }, (_, seed) => over('canary-50', 30 * HOURS, 10, () => 0.005, seed, settings));
    const fired = all.flat().filter((results) => resultIn(results, 'success-below').status === 'fired');
    assert.ok(fired.length >= 6, `${fired.length} of 12`);
  });

  it('half of the jobs failing at 10 a minute fires within 4 min, in the middle within 2.5', () => {
    const onset = NOON - 600;
    const took: number[] = [];
    for (let seed = 1; seed <= 40; seed++) {
      const failing = (time: number): number => (time < onset ? 0.005 : 0.5);
      for (const results of over('canary-50', HOURS, 10, failing, seed)) {
        const { firedAt } = resultIn(results, 'success-below');
        assert.ok(firedAt !== undefined && firedAt > onset, `seed ${seed}`);
        took.push(firedAt - onset);
      }
    }
    took.sort((a, b) => a - b);
    assert.ok(took.at(-1)! <= 240, `${took.at(-1)} s`);
    assert.ok(took[took.length / 2]! <= 165, `${took[took.length / 2]} s`);
  });
});
