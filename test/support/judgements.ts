import fc from 'fast-check';
import type { PhaseName } from '../../phases/phase';
import { unixSeconds } from '../../phases/units';
import { type Judgement, judge } from '../../rollout/assessment';
import { read, unreadable } from '../../rollout/cluster';
import type { Occasion } from '../../rollout/evidence';
import { assessment } from './assessments';
import { denisState, podState } from './clusterState';
import { NOON, type Readings } from './healthyPhase';
import { AMBIGUOUS, NOTHING, UNREACHABLE, type ValueAt } from './series';

export const OCCASION: Occasion = {
  by: 'program',
  mode: 'update',
  revision: { commit: 'a'.repeat(40), changed: false },
  settingsHash: 'b'.repeat(64),
};

/** Time runs faster, so that a window is a few dozen samples: properties judge many of them. */
const FAST = { timeScale: 3600, scrapeInterval: '1s', minimumJobs: 5, ruleMinimumJobs: 5, ruleMinimumFailed: 3 };

const gauge = (least: number, most: number): fc.Arbitrary<ValueAt> => {
  const value = fc.double({ min: least, max: most, noNaN: true });
  const later = fc.tuple(value, value, fc.integer({ min: 1, max: 30 }));
  return fc.oneof(
    value,
    later.map(
      ([before, then, ago]) =>
        (time: number) =>
          time < NOON - ago ? before : then,
    ),
  );
};
const missing = fc.constantFrom(UNREACHABLE, AMBIGUOUS, NOTHING);
const mostly = <T, U>(one: fc.Arbitrary<T>, other: fc.Arbitrary<U>) =>
  fc.oneof({ arbitrary: one, weight: 6 }, { arbitrary: other, weight: 1 });

const readings: fc.Arbitrary<Readings> = fc.record(
  {
    materializer_success_rate: mostly(gauge(0.88, 1), missing),
    error_rate: mostly(gauge(0, 0.08), missing),
    chat_latency_p99: gauge(0.3, 0.6),
    queue_depth: mostly(gauge(0, 700), missing),
    materializer_latency_p99: gauge(0, 12),
    memory_usage: missing,
  },
  { requiredKeys: [] },
);

const override = fc.constantFrom(
  {},
  {
    override: {
      reason: 'known and being mended',
      author: 'ana',
      checks: ['materializer-p99', 'success-rate'],
      expires: new Date((NOON + 3600) * 1000).toISOString(),
    },
  },
);

/** Judgements of all kinds: permits, refusals, all verdicts, unknown exposure, kills, starts. */
export const judgements: fc.Arbitrary<Judgement> = fc
  .record({
    stack: fc.constantFrom<PhaseName>('canary-1', 'canary-10', 'canary-50', 'canary-100'),
    live: fc.constantFrom(0, 1, 10, 50, 100),
    readings,
    own: override,
    wrong: mostly(fc.constant(undefined), fc.constant('canary:redis: expected a URL')),
    flag: mostly(fc.constant(read(true)), fc.constantFrom(read(false), unreadable('Redis: refused'))),
    latch: mostly(fc.constant(undefined), fc.string()),
    ledger: mostly(fc.constant({}), fc.constantFrom(undefined, '{"version":2}', { permitted: 0 })),
    age: fc.integer({ min: 1, max: 200 }),
  })
  .map(({ stack, live, readings: readingsOf, own, wrong, flag, latch, ledger, age }) => {
    const activatedAt = unixSeconds(NOON - age);
    const newestReplicaSet = { uid: 'rs-new', createdAt: activatedAt };
    const serves = { pct: live, enabled: live > 0 };
    const pods = ['denis-a', 'denis-b'].map((name) => podState(name, { serves }));
    const denis = denisState(live, { newestReplicaSet, latch, pods });
    const settings = wrong === undefined ? {} : { settings: unreadable(wrong) };
    const given = { live, readings: readingsOf, raw: { ...FAST, ...own }, activatedAt, ledger, denis, ...settings };
    const asked = assessment(stack, given);
    return judge({ ...asked, switches: { ...asked.switches, flag } });
  });
