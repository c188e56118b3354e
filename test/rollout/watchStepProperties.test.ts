import assert from 'node:assert/strict';
import fc from 'fast-check';
import { unixSeconds } from '../../phases/units';
import { WAYS } from '../../rollout/kill';
import { freshStatus, type WatcherStatus } from '../../rollout/watcherStatus';
import { type Deed, step } from '../../rollout/watchStep';
import type { Witness } from '../../rollout/witness';
import { workersState } from '../support/clusterState';
import { NOON } from '../support/healthyPhase';
import { AMBIGUOUS, NOTHING, UNREACHABLE } from '../support/series';
import { killed, living, observation, off, reread, TIMING, type World } from '../support/watchTicks';

/** What may be found while a phase is live. */
const BLIND: readonly (World | string)[] = [
  'Prometheus: timed out',
  living(100, { error_rate: UNREACHABLE }),
  living(100, { materializer_success_rate: NOTHING, queue_depth: AMBIGUOUS }),
  living(100, {}, { cluster: { unread: ['forbidden'] } }),
  living(100, {}, { series: undefined }),
];
const WELL: readonly World[] = [living(100), living(100, { queue_depth: 250, chat_latency_p99: 0.45 })];
const BAD: readonly World[] = [living(100, { materializer_success_rate: 0.5 }), living(100, { queue_depth: 9_000 })];
const EMERGENCY: World = living(100, { error_rate: 0.3 });
const noWorkers = off(100, {}, { cluster: { workers: workersState({ replicas: 0, readyPods: 0 }) } });
const OFF: readonly (World | string)[] = [noWorkers, noWorkers, 'the API server does not answer'];

const names = (deeds: readonly Deed[]): string[] =>
  deeds.map((deed) => (deed.kind === 'kill' ? 'kill' : deed.event.kind));
const witness: Witness = { probes: [{ at: unixSeconds(NOON + 9_000), result: 'good' }], ooms: [] };

const tick = fc.record({
  /** Seconds since the last one. */
  after: fc.integer({ min: 0, max: 700 }),
  pick: fc.nat(99),
  what: fc.constantFrom('well', 'blind', 'bad', 'emergency'),
  twice: fc.boolean(),
  restart: fc.boolean(),
  /** Whether a kill that was ordered has ended by the next tick, and whether that is told. */
  kills: fc.constantFrom('works', 'works untold', 'fails', 'takes long'),
});
const ticks = fc.array(tick, { minLength: 1, maxLength: 25 });
const of = <T>(all: readonly T[], pick: number): T => all[pick % all.length]!;

/** A world in which a kill that works turns it off, and nobody turns it on again. */
function run(course: readonly (typeof tick extends fc.Arbitrary<infer T> ? T : never)[]) {
  let status: WatcherStatus = freshStatus(NOON);
  let now = 0;
  let [isOff, wasBad] = [false, false];
  let ended: ReturnType<typeof killed> | undefined;
  const all: string[] = [];
  for (const { after, pick, what, twice, restart, kills } of course) {
    now += after;
    const found = isOff
      ? of(OFF, pick)
      : what === 'well'
        ? of(WELL, pick)
        : what === 'blind'
          ? of(BLIND, pick)
          : what === 'bad'
            ? of(BAD, pick)
            : EMERGENCY;
    wasBad ||= !isOff && (what === 'bad' || what === 'emergency');
    const seen = observation({ after: now, world: found, witness, ...(ended === undefined ? {} : { killed: ended }) });
    ended = undefined;
    const before = restart ? reread(status) : status;
    const next = step(before, seen, TIMING);
    if (twice) {
      const again = step(restart ? reread(next.status) : next.status, seen, TIMING);
      assert.deepEqual(again.status, next.status);
      const orders = (deeds: readonly Deed[]) => deeds.filter(({ kind }) => kind === 'kill');
      assert.deepEqual(again.deeds, orders(next.deeds), 'only the order of a kill is repeated');
    }
    status = next.status;
    all.push(...names(next.deeds));
    const order = next.deeds.find((deed) => deed.kind === 'kill');
    if (order !== undefined) {
      assert.ok(wasBad, 'it killed, and nothing was bad');
      if (kills === 'works' || kills === 'works untold') isOff = true;
      if (kills === 'works') ended = killed(order.ways);
      if (kills === 'fails') ended = killed([], { latched: 'the API server does not answer' });
    }
  }
  return { all, status, now, wasBad, isOff };
}

describe('rollout/watchStep, whatever comes in whatever order', function () {
  this.timeout(60_000);
  const count = (all: readonly string[], kind: string): number => all.filter((one) => one === kind).length;

  it('opens one incident at most, says everything of it once, and kills only where something was bad', () => {
    let opened = 0;
    fc.assert(
      fc.property(ticks, (course) => {
        const { all, wasBad, status } = run(course);
        for (const kind of ['rollback', 'emergency', 'off-confirmed', 'recovered', 'not-recovered'])
          assert.ok(count(all, kind) <= (kind === 'off-confirmed' ? 2 : 1), `${kind}: ${all.join(' ')}`);
        assert.equal(status.incident !== undefined, wasBad);
        if (wasBad) opened++;
      }),
      { numRuns: 400 },
    );
    assert.ok(opened > 100);
  });

  it('never kills while nothing is known but that it is blind or well', () => {
    const calm = fc.array(
      tick.map((one) => ({
        ...one,
        what: one.what === 'bad' || one.what === 'emergency' ? ('blind' as const) : one.what,
      })),
      { minLength: 1, maxLength: 40 },
    );
    fc.assert(
      fc.property(calm, (course) => {
        const { all, status } = run(course);
        assert.deepEqual([count(all, 'kill'), status.incident], [0, undefined]);
      }),
      { numRuns: 200 },
    );
  });

  it('ends every incident off, once a kill works and is told', () => {
    fc.assert(
      fc.property(ticks, (course) => {
        const { status, now } = run(course);
        if (status.incident === undefined) return;
        const found = observation({ after: now + 10, world: noWorkers, witness, killed: killed(WAYS) });
        const next = step(status, found, TIMING);
        const well = step(next.status, observation({ after: now + 20, world: noWorkers, witness }), TIMING);
        assert.notEqual(well.status.incident?.killedAt, undefined);
        assert.deepEqual(
          names(well.deeds).filter((one) => one === 'kill'),
          [],
        );
      }),
      { numRuns: 200 },
    );
  });
});
