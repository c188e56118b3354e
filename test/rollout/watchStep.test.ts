import assert from 'node:assert/strict';
import { type UnixSeconds, unixSeconds } from '../../phases/units';
import { read, unreadable } from '../../rollout/cluster';
import { WAYS } from '../../rollout/kill';
import { freshStatus } from '../../rollout/watcherStatus';
import { type Deed, step } from '../../rollout/watchStep';
import type { Witness } from '../../rollout/witness';
import { denisState, workersState } from '../support/clusterState';
import { NOON } from '../support/healthyPhase';
import { UNREACHABLE } from '../support/series';
import {
  killed,
  LATCH,
  living,
  namesOf,
  observation,
  off,
  podsAt,
  TIMING,
  type Tick,
  ticked,
  type World,
} from '../support/watchTicks';

const KILL = 'kill flag+api+environment';
const KILL_ALL = 'kill flag+api+environment+workers';
/** Until the window of the fast phases is over nothing promotes. */
const well = (live: number): World => living(live, {}, { readings: { materializer_success_rate: 0.998 } });
const failing = living(50, { materializer_success_rate: 0.5 });
const erring = living(100, { error_rate: 0.2 });
const good: Witness = {
  probes: [20, 30, 900].map((after) => ({ at: unixSeconds(NOON + after), result: 'good' as const })),
  ooms: [],
};
/** Moments from 0 on. */
const every = (apart: number, until: number): number[] =>
  Array.from({ length: Math.floor(until / apart) + 1 }, (_, index) => index * apart);
const done = (ticks: readonly Tick[]): string[][] => ticked(ticks).deeds.map(namesOf);
const events = (deeds: readonly (readonly Deed[])[], kind: string) =>
  deeds.flat().flatMap((deed) => (deed.kind === 'notify' && deed.event.kind === kind ? [deed.event] : []));

describe('rollout/watchStep', () => {
  describe('a decision that takes the phase back', () => {
    it('opens one incident, kills at every tick until it is confirmed and latched, then sees it recover', () => {
      const { deeds, status } = ticked([
        { after: 0, world: failing },
        { after: 10, world: failing },
        { after: 20, world: failing, killed: killed() },
        { after: 30, world: off(50), witness: good },
        { after: 40, world: off(50), witness: good },
      ]);
      assert.deepEqual(deeds.map(namesOf), [[KILL, 'rollback'], [KILL], ['off-confirmed'], ['recovered'], []]);
      const [first] = deeds[0]!;
      assert.ok(first?.kind === 'kill');
      assert.match(first.reason, /^ROLLBACK: success rate < 95 % for /);
      const { killedAt, recoveredAt, since, verdict, phase, rule } = status.incident!;
      assert.deepEqual(
        { since, killedAt, recoveredAt, verdict, phase, rule },
        {
          since: '2026-11-25T12:00:00.000Z',
          killedAt: '2026-11-25T12:00:20.000Z',
          recoveredAt: '2026-11-25T12:00:30.000Z',
          verdict: 'ROLLBACK',
          phase: 'canary-50',
          rule: 'rule:success-below',
        },
      );
      assert.match(
        events(deeds, 'off-confirmed')[0]!.sentence,
        /^off and latched 20 s after it began, confirmed by flag, api, environment; it was ROLLBACK: success rate < 95 % /,
      );
    });

    it('stops the workers too in an emergency, and needs them confirmed', () => {
      assert.deepEqual(
        done([
          { after: 0, world: erring },
          { after: 10, world: erring, killed: killed() },
          { after: 20, world: erring, killed: killed(WAYS) },
        ]),
        [[KILL_ALL, 'emergency'], [KILL_ALL], ['off-confirmed']],
      );
    });

    it('becomes an emergency while it is open', () => {
      const slow = living(100, { materializer_success_rate: 0.97 });
      const { deeds, status } = ticked([
        { after: 0, world: slow },
        { after: 10, world: erring },
        { after: 20, world: erring },
      ]);
      assert.deepEqual(deeds.map(namesOf), [[KILL, 'rollback'], [KILL_ALL, 'emergency'], [KILL_ALL]]);
      assert.equal(status.incident?.since, '2026-11-25T12:00:00.000Z');
    });

    it('kills on, whatever can no longer be read', () => {
      assert.deepEqual(
        done([
          { after: 0, world: failing },
          { after: 10, world: 'the cluster cannot be read' },
          { after: 20, world: off(50, { latch: undefined }, {}) },
        ]).map(([kill]) => kill),
        [KILL, KILL, KILL],
      );
    });

    for (const [what, outcome] of [
      ['no way is confirmed', killed([], {})],
      ['the latch could not be written', killed(undefined, { latched: 'the API server is down' })],
    ] as const) {
      it(`kills on while ${what}`, () => {
        assert.deepEqual(
          done([
            { after: 0, world: failing },
            { after: 10, world: failing, killed: outcome },
          ])[1],
          [KILL],
        );
      });
    }

    it('is another incident after a resume', () => {
      const again = living(
        1,
        { error_rate: 0.2 },
        {
          denis: denisState(1, {
            template: { pct: '1', enabled: 'true', move: '6' },
            newestReplicaSet: { uid: 'rs-new', createdAt: unixSeconds(NOON - 200) },
            pods: podsAt(1),
          }),
        },
      );
      const { deeds, status } = ticked([
        { after: 0, world: failing },
        { after: 10, world: failing, killed: killed() },
        { after: 20, world: off(50), witness: good },
        { after: 9_000, world: well(1) },
        { after: 9_010, world: again },
      ]);
      assert.deepEqual([namesOf(deeds[3]!).includes(KILL), status.incident?.phase], [false, 'canary-1']);
      assert.deepEqual(namesOf(deeds[4]!).slice(0, 2), [KILL, 'rollback']);
    });

    it('says nothing anew when the judgement is from before the kill', () => {
      const { deeds } = ticked([
        { after: 0, world: failing },
        { after: 10, world: failing, killed: killed() },
      ]);
      const late = step(
        ticked([
          { after: 0, world: failing },
          { after: 10, world: failing, killed: killed() },
        ]).status,
        { ...observation({ after: 20, world: failing }), judgement: read(failing(unixSeconds(NOON + 5))) },
        TIMING,
      );
      assert.deepEqual(namesOf(deeds[1]!), ['off-confirmed']);
      assert.deepEqual(events([late.deeds], 'rollback'), []);
    });
  });

  describe('more live than permitted', () => {
    const half = { ledger: { permitted: 10 } };

    it('is taken back, with metrics and without, and while pods still roll out', () => {
      const silent = living(50, {}, { ...half, series: undefined });
      const rolling = living(
        50,
        {},
        {
          ...half,
          denis: denisState(50, { newestReplicaSet: { uid: 'rs-newer', createdAt: unixSeconds(NOON) } }),
        },
      );
      for (const world of [living(50, {}, half), silent, rolling]) {
        const { deeds, status } = ticked([{ after: 0, world }]);
        assert.deepEqual(namesOf(deeds[0]!).slice(0, 2), [KILL, 'rollback']);
        assert.equal(status.incident?.sentence, '50 % is live, but only 10 % was ever permitted');
      }
    });

    it('is none while a step down is under way, nor while a kill is', () => {
      const lastMove = {
        number: 4,
        stack: 'canary-10',
        percent: 10,
        enabled: true,
        direction: 'down',
        by: 'ana',
      } as const;
      const at = new Date(NOON * 1000).toISOString();
      const lowering = living(50, {}, { ledger: { permitted: 10, lastMove: { ...lastMove, at } } });
      assert.deepEqual(ticked([{ after: 0, world: lowering }]).status.incident, undefined);
      const beingKilled = living(50, {}, { ledger: { permitted: 0, latch: LATCH } });
      assert.deepEqual(
        done([{ after: 0, world: beingKilled }])[0]!.filter((one) => one !== 'warning-started'),
        [KILL],
      );
    });
  });

  describe('recovery', () => {
    const killedAt = (world: World, witness: Witness, ...afters: number[]) =>
      done([
        { after: 0, world: failing },
        { after: 10, world: failing, killed: killed() },
        ...afters.map((after) => ({ after, world, witness })),
      ]).slice(2);

    it('pages once when Denis is not well within 10 min, and says when it is', () => {
      const slow = off(50, {}, { readings: { error_rate: 0.2 } });
      assert.deepEqual(killedAt(slow, good, 300, 609, 610, 620), [[], [], ['not-recovered'], []]);
      const { deeds } = ticked([
        { after: 0, world: failing },
        { after: 10, world: failing, killed: killed() },
        { after: 620, world: slow, witness: good },
        { after: 700, world: off(50), witness: good },
      ]);
      assert.match(
        events(deeds, 'not-recovered')[0]!.sentence,
        /not well again: error rate is 20\.00 %, 3\.00 % is the most/,
      );
      assert.equal(events(deeds, 'recovered').length, 1);
    });

    for (const [what, world, witness] of [
      ['/chat is down', off(50), { probes: [{ at: unixSeconds(NOON + 700), result: 'down' as const }], ooms: [] }],
      [
        '/chat was not probed since',
        off(50),
        { probes: [{ at: unixSeconds(NOON), result: 'good' as const }], ooms: [] },
      ],
      ['the queue is long', off(50, {}, { readings: { queue_depth: 501 } }), good],
      ['chat is slow', off(50, {}, { readings: { chat_latency_p99: 0.53 } }), good],
      ['a metric is silent', off(50, {}, { readings: { error_rate: UNREACHABLE } }), good],
      ['nothing was measured', off(50, {}, { series: undefined }), good],
    ] as const) {
      it(`is none while ${what}`, () => {
        assert.deepEqual(killedAt(world, witness, 300, 700), [[], ['not-recovered']]);
      });
    }

    it('does not wait for a queue that nobody drains after an emergency', () => {
      const frozen = off(
        100,
        {},
        {
          readings: { queue_depth: 9_000, workers: Number.NaN },
          cluster: { workers: workersState({ replicas: 0, readyPods: 0 }) },
        },
      );
      assert.deepEqual(
        done([
          { after: 0, world: erring },
          { after: 10, world: erring, killed: killed(WAYS) },
          { after: 30, world: frozen, witness: good },
        ])[2],
        ['recovered'],
      );
    });
  });

  describe('a kill that somebody else made', () => {
    it('is made whole, without an incident', () => {
      const byHand = living(50);
      const told: World = (at) => {
        const judgement = byHand(at);
        const { standing } = judgement;
        return {
          ...judgement,
          standing: { ...standing, live: { kind: 'known', percent: 0 }, kills: ['the Redis flag is 0'] },
          decision: undefined,
        };
      };
      const { deeds, status } = ticked([
        { after: 0, world: told },
        { after: 10, world: told },
        { after: 20, world: off(50) },
      ]);
      assert.deepEqual(deeds.map(namesOf), [[KILL, 'kill-completed'], [KILL], []]);
      assert.equal(status.incident, undefined);
      const [kill] = deeds[0]!;
      assert.ok(kill?.kind === 'kill' && kill.incident === undefined);
      assert.equal(kill.reason, 'completes a kill: the Redis flag is 0');
    });
  });

  describe('a latch', () => {
    const on = { template: { pct: '50', enabled: 'true', move: '5' }, effective: { pct: 50, enabled: true } };
    it('that holds is left alone', () => {
      assert.deepEqual(done([{ after: 0, world: off(50) }]), [[]]);
    });

    for (const [what, world] of [
      ['the Deployment declares it on again', off(50, on)],
      ['a pod still serves', off(50, { pods: podsAt(50) })],
    ] as const) {
      it(`under which ${what} is killed again at once, and pages when that lasts`, () => {
        assert.deepEqual(
          done([
            { after: 0, world },
            { after: 20, world },
            { after: 30, world },
            { after: 40, world },
          ]),
          [[KILL], [KILL], [KILL, 'latch-broken'], [KILL]],
        );
      });
    }

    it('of an emergency holds the workers at 0', () => {
      const latch = JSON.stringify({ ...LATCH, workers: 6 });
      const world = off(50, { latch });
      assert.deepEqual(done([{ after: 0, world }]), [[KILL_ALL]]);
      const none = off(50, { latch }, { cluster: { workers: workersState({ replicas: 0 }) } });
      assert.deepEqual(done([{ after: 0, world: none }]), [[]]);
    });
  });

  describe('blind', () => {
    const dark = 'Prometheus: timed out';
    const silent = living(50, { error_rate: UNREACHABLE });

    for (const [what, world] of [
      ['nothing can be read', dark],
      ['a measurement is missing', silent],
      ['the live exposure is unknown', living(50, {}, { cluster: { unread: ['forbidden'] } })],
    ] as const) {
      it(`warns at once and pages after 15 min when ${what}, and never kills`, () => {
        const afters = every(10, 920);
        const names = done(afters.map((after) => ({ after, world })));
        const told = names.flatMap((each, index) => each.map((one) => [afters[index], one] as const));
        assert.deepEqual(
          told.filter(([, one]) => one.includes('blind') || one.startsWith('kill')),
          [
            [0, 'blind'],
            [900, 'page-blind'],
          ],
        );
      });
    }

    it('keeps since when, and says when it sees again', () => {
      const { status, deeds } = ticked([
        { after: 0, world: dark },
        { after: 60, world: dark },
      ]);
      assert.equal(status.blindSince, NOON);
      assert.match(events(deeds, 'blind')[0]!.sentence, /^blind, the phase stays as it is: Prometheus: timed out$/);
      const again = ticked([
        { after: 0, world: dark },
        { after: 10, world: well(50) },
        { after: 130, world: well(50) },
        { after: 140, world: well(50) },
      ]);
      assert.equal(again.status.blindSince, undefined);
      assert.deepEqual(
        again.deeds.map((each) => namesOf(each).filter((one) => one === 'sees-again')),
        [[], [], [], []].map((none, index) => (index === 2 ? ['sees-again'] : none)),
      );
    });

    it('takes back what is known to be bad', () => {
      const both = living(50, { error_rate: UNREACHABLE, materializer_success_rate: 0.5 });
      assert.ok(done([{ after: 0, world: both }])[0]!.includes('rollback'));
    });

    it('is not said of a rollout that takes its time', () => {
      const rolling = living(
        50,
        {},
        {
          denis: denisState(50, { newestReplicaSet: { uid: 'rs-newer', createdAt: unixSeconds(NOON) } }),
        },
      );
      const names = done(every(60, 300).map((after) => ({ after, world: rolling })));
      assert.deepEqual(names, [[], [], [], [], [], ['blind']]);
    });
  });

  describe('says', () => {
    const at = (world: World | string, ...afters: number[]): Tick[] => afters.map((after) => ({ after, world }));

    it('once that a promotion is possible, and then that it was made', () => {
      const { deeds } = ticked([...at(well(10), 0, 10, 20), ...at(well(50), 600)]);
      assert.deepEqual(deeds.slice(0, 3).map(namesOf), [['promotion-possible'], [], []]);
      assert.deepEqual(
        events(deeds, 'promoted').map(({ sentence, stack }) => [sentence, stack]),
        [['50 % is live, after 10 %', 'canary-50']],
      );
    });

    it('once that the rollout is complete', () => {
      assert.deepEqual(done(at(well(100), 0, 10, 7_200)), [['complete'], [], []]);
    });

    it('each warning once, and its end when it stays away for 5 min', () => {
      const slow = living(10, { queue_depth: 250 });
      const { deeds } = ticked([
        ...at(slow, 0, 10),
        ...at(well(10), 20, 200),
        ...at(slow, 250),
        ...at(well(10), 260, 549, 550),
      ]);
      assert.deepEqual(
        deeds.map((each) => namesOf(each).filter((one) => one.startsWith('warning'))),
        [['warning-started'], [], [], [], [], [], [], ['warning-ended']],
      );
      assert.equal(events(deeds, 'warning-ended')[0]!.sentence, 'queue depth: no warning any more');
    });

    it('that it holds for long, once, and not while the window is still open', () => {
      const holding = living(1, { materializer_success_rate: 0.97 });
      const names = done(at(holding, ...every(60, 3_660)));
      assert.deepEqual(
        names.flatMap((each, index) => (each.includes('hold-long') ? [index * 60] : [])),
        [3_600],
      );
      const open = living(
        10,
        {},
        {
          activatedAt: NOON - 8,
          denis: denisState(10, {
            pods: podsAt(10),
            newestReplicaSet: { uid: 'rs-new', createdAt: unixSeconds(NOON - 8) },
          }),
        },
      );
      assert.deepEqual(
        done(at(open, ...every(60, 3_660)))
          .flat()
          .filter((one) => one === 'hold-long'),
        [],
      );
    });

    it('that the live move is not the one of the ledger, when that lasts', () => {
      const lastMove = {
        number: 9,
        stack: 'canary-10',
        percent: 10,
        enabled: true,
        direction: 'up',
        by: 'ana',
        at: LATCH.at,
      } as const;
      const world = living(10, {}, { ledger: { permitted: 10, lastMove } });
      const { deeds } = ticked(at(world, ...every(60, 360)));
      assert.deepEqual(
        deeds.flatMap((each, index) => (namesOf(each).includes('moves-differ') ? [index * 60] : [])),
        [300],
      );
      assert.match(
        events(deeds, 'moves-differ')[0]!.sentence,
        /^the ledger's last move is 9, but the Deployment carries move 3, and denis-a, denis-b carry another one$/,
      );
    });
  });

  it('does not let a pause make time: what was seen before it is not taken for lasting', () => {
    const warned = ticked([
      { after: 0, world: 'dark' },
      { after: 10, world: well(50) },
      { after: 9_000, world: 'dark' },
    ]);
    assert.deepEqual(events(warned.deeds, 'page-blind'), []);
  });

  it('begins from nothing', () => {
    const { status } = step(freshStatus(NOON), observation({ after: 0, world: 'dark' }), TIMING);
    assert.deepEqual([status.timers, status.blindSince, status.live], [{}, NOON, undefined]);
    const seen = { at: NOON as UnixSeconds, judgement: unreadable('x'), witness: good };
    assert.equal(step(freshStatus(NOON), seen, TIMING).status.witness.probes.length, 3);
  });
});
