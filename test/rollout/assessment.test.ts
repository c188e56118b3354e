import assert from 'node:assert/strict';
import { METRIC_KEYS, type MetricKey } from '../../phases/metrics';
import type { PhaseName } from '../../phases/phase';
import { unixSeconds } from '../../phases/units';
import { activatedAt, type Judgement, judge } from '../../rollout/assessment';
import { type DenisState, read, unreadable } from '../../rollout/cluster';
import type { Fetched } from '../../rollout/series';
import { freshStatus, timersOf, type WatcherStatus } from '../../rollout/watcherStatus';
import { assessment, type Given, watcherLease } from '../support/assessments';
import { clusterState, denisState, podState } from '../support/clusterState';
import { BASELINE, NOON } from '../support/healthyPhase';
import { UNREACHABLE } from '../support/series';
import { validSettings } from '../support/validSettings';

const judged = (stack: PhaseName, given: Given = {}): Judgement => judge(assessment(stack, given));
const refusal = (judgement: Judgement): string => {
  assert.equal(judgement.permit.direction, 'up');
  assert.equal(judgement.permit.allowed, false, 'the move was allowed');
  return judgement.permit.reasons.join('\n');
};

describe('rollout/assessment', () => {
  describe('activation', () => {
    const at = (own: Partial<DenisState>): number | undefined => activatedAt(clusterState(denisState(10, own)));
    const created = unixSeconds(NOON - 100);
    const newest = { uid: 'rs-new', createdAt: created };

    it('is the creation of the newest ReplicaSet, once every Ready pod belongs to it', () => {
      assert.equal(at({ newestReplicaSet: newest }), created);
      const old = podState('old', { replicaSet: 'rs-old' });
      assert.equal(at({ newestReplicaSet: newest, pods: [podState('new'), old] }), undefined);
      assert.equal(at({ newestReplicaSet: newest, pods: [podState('new'), { ...old, ready: false }] }), created);
    });

    it('is unknown without a ReplicaSet, a Ready pod or a Deployment', () => {
      assert.equal(at({ newestReplicaSet: undefined }), undefined);
      assert.equal(at({ newestReplicaSet: newest, pods: [] }), undefined);
      assert.equal(at({ newestReplicaSet: newest, pods: [podState('a', { ready: false })] }), undefined);
      assert.equal(activatedAt(clusterState(undefined)), undefined);
    });
  });

  describe('while a switch cannot be read', () => {
    const blind = (given: Given): Judgement => {
      const asked = assessment('canary-50', { live: 10, ...given });
      return judge({ ...asked, switches: { ...asked.switches, flag: unreadable('Redis: no answer') } });
    };

    it('holds a phase on which all is well, and refuses the next one', () => {
      const judgement = blind({});
      assert.deepEqual([judgement.decision?.verdict, judgement.decision?.rule], ['HOLD', 'missing:exposure']);
      assert.match(
        refusal(judgement),
        /the live exposure is unknown: the Redis flag cannot be read \(Redis: no answer\)/,
      );
    });

    it('hides no violation: the phase is watched as what the pods would serve', () => {
      const { decision } = blind({ readings: { error_rate: 0.06 } });
      assert.deepEqual(
        [decision?.phase, decision?.verdict, decision?.rule],
        ['canary-10', 'ROLLBACK', 'rule:error-above'],
      );
    });

    it('takes nothing back for being more than was permitted: it may be off', () => {
      assert.equal(blind({ ledger: { permitted: 1 } }).decision?.verdict, 'HOLD');
    });
  });

  describe('a move up', () => {
    for (const [live, stack] of [
      [1, 'canary-10'],
      [10, 'canary-50'],
      [50, 'canary-100'],
    ] as const) {
      it(`from ${live} % to ${stack} is allowed on PROMOTE, refused on anything else`, () => {
        const good = judged(stack, { live });
        assert.deepEqual([good.permit.allowed, good.decision?.verdict, good.warnings], [true, 'PROMOTE', []]);
        assert.deepEqual(good.baseline, BASELINE);
        const bad = judged(stack, { live, readings: { error_rate: 0.03 } });
        assert.match(refusal(bad), /error rate is 3\.00 % in the window/);
      });
    }

    it('passes the warnings of soft checks on', () => {
      const given = judged('canary-10', { readings: { queue_depth: 100 } });
      assert.equal(given.permit.allowed, true);
      assert.deepEqual(given.warnings, ['queue depth is 100.0 in the window, < 100 is needed']);
    });

    it('from 0 needs a clean pre-flight, and pins the baseline it measured', () => {
      const good = judged('canary-1', { live: 0, at: NOON - 3_600 });
      assert.deepEqual(
        [good.permit.allowed, good.decision, good.permit.reasons],
        [true, undefined, ['pre-flight is clean']],
      );
      assert.equal(good.baseline?.chatP99, 0.4);
      assert.match(refusal(judged('canary-1', { live: 0, at: NOON - 3_600, chat: read(503) })), /\/chat answers 503/);
      const { chat: _, ...unasked } = assessment('canary-1', { live: 0, at: NOON - 3_600 });
      assert.match(refusal(judge(unasked)), /\/chat does not answer \(it was not asked\)/);
    });

    it('to canary-1 begins in its hours only', () => {
      const at = (iso: string) => judged('canary-1', { live: 0, at: Date.parse(iso) / 1000 }).permit.allowed;
      assert.deepEqual(
        [
          '2026-11-25T05:59:59Z',
          '2026-11-25T06:00:00Z',
          '2026-11-25T11:59:59Z',
          '2026-11-25T12:00:00Z',
          '2026-11-28T10:00:00Z',
        ].map(at),
        [false, true, true, false, false],
      );
    });

    it('to canary-1 begins at any time where time runs faster than the plan', () => {
      const settings = read(validSettings({ timeScale: 60 }));
      const saturday = Date.parse('2026-11-28T22:00:00Z') / 1000;
      assert.equal(judged('canary-1', { live: 0, at: saturday, settings }).permit.allowed, true);
    });

    it('to a later phase is not bound to the hours of canary-1', () => {
      const night = Date.parse('2026-11-25T23:00:00Z') / 1000;
      assert.equal(
        judged('canary-10', { at: night, live: 1, readings: {} }).permit.reasons.join().includes('hours'),
        false,
      );
      assert.equal(judged('canary-50', { live: 10, at: night }).permit.allowed, true);
    });

    it('is refused while the present exposure is still rolling out', () => {
      const denis = denisState(1, { newestReplicaSet: { uid: 'rs-newer', createdAt: NOON } });
      const given = judged('canary-10', { denis });
      assert.equal(given.decision, undefined);
      assert.match(refusal(given), /still rolling out: some Ready pods run an older one/);
    });

    it('is refused when nothing was measured, whoever forgot it', () => {
      assert.match(refusal(judged('canary-10', { series: undefined })), /the metrics were not read/);
      assert.match(
        refusal(judged('canary-1', { live: 0, at: NOON - 3_600, series: undefined })),
        /the metrics were not read/,
      );
    });

    it('is refused with Prometheus down', () => {
      const series = Object.fromEntries(METRIC_KEYS.map((key) => [key, UNREACHABLE])) as Record<MetricKey, Fetched>;
      for (const [live, stack] of [
        [0, 'canary-1'],
        [1, 'canary-10'],
        [50, 'canary-100'],
      ] as const) {
        assert.match(
          refusal(judged(stack, { live, at: NOON - 3_600, series })),
          /unreachable \(Prometheus: timed out\)/,
          stack,
        );
      }
    });

    it('is refused with broken settings, in their words', () => {
      const settings = unreadable('canary:chat: expected a URL');
      assert.match(refusal(judged('canary-10', { settings, series: undefined })), /^canary:chat: expected a URL$/m);
    });

    it('is refused by clocks that disagree', () => {
      assert.match(
        refusal(judged('canary-10', { clocks: new Map([['Prometheus', 31]]) })),
        /the clock of Prometheus is 31 s ahead/,
      );
    });
  });

  describe('what the watcher knows', () => {
    const begun = NOON - 30 * 3600;
    const status = (own: Partial<WatcherStatus> = {}): WatcherStatus => ({
      ...freshStatus(unixSeconds(NOON)),
      activatedAt: begun,
      timers: { 'error-above': { held: 75, firedAt: begun + 900, seen: begun + 960 } },
      witness: { probes: [20, 10, 0].map((ago) => ({ at: unixSeconds(NOON - ago), result: 'down' })), ooms: [] },
      ...own,
    });
    const seen = (own: Partial<WatcherStatus> = {}, ago = 4): Judgement =>
      judged('canary-10', {
        live: 10,
        activatedAt: begun,
        cluster: { watcher: watcherLease(NOON + 4 - ago, status(own)) },
      });
    const statusOf = (judgement: Judgement, id: string) =>
      judgement.decision!.facts.rules.find((rule) => rule.id === id)!.status;

    it('is judged by everybody: a rule that fired, and what it saw itself', () => {
      const judgement = seen();
      assert.deepEqual(judgement.decision?.findings.map(({ verdict, rule }) => [verdict, rule]).slice(0, 2), [
        ['ROLLBACK', 'rule:error-above'],
        ['ROLLBACK', 'rule:chat-down'],
      ]);
      assert.equal(statusOf(judgement, 'worker-oom'), 'quiet');
    });

    it('of an earlier activation is forgotten', () => {
      const judgement = seen({ activatedAt: begun - 1 });
      assert.deepEqual([judgement.decision?.verdict, statusOf(judgement, 'chat-down')], ['PROMOTE', 'external']);
    });

    it('of a watcher that is silent keeps what fired, and sees nothing any more', () => {
      const judgement = seen({}, 61);
      assert.deepEqual(
        [statusOf(judgement, 'error-above'), statusOf(judgement, 'chat-down'), statusOf(judgement, 'worker-oom')],
        ['fired', 'external', 'external'],
      );
    });

    it('that cannot be read is nothing', () => {
      const lease = read({ heartbeat: { holder: 'w', renewedAt: unixSeconds(NOON) }, status: '{"version":2}' });
      assert.equal(judged('canary-10', { live: 10, cluster: { watcher: lease } }).decision?.verdict, 'PROMOTE');
    });

    it('itself is taken in place of what its Lease says', () => {
      const asked = assessment('canary-10', { live: 10, activatedAt: begun });
      const { decision } = judge(asked, { timers: timersOf(status()), witness: status().witness });
      assert.equal(decision?.rule, 'rule:error-above');
    });
  });

  describe('a lost ledger', () => {
    for (const [what, ledger] of [
      ['missing', undefined],
      ['broken', '{'],
    ] as const) {
      it(`that is ${what} refuses the move up, and takes nothing back`, () => {
        const up = judged('canary-10', { ledger });
        assert.match(refusal(up), /the ledger \(ConfigMap denis-canary\)/);
        assert.equal(up.decision?.verdict, 'PROMOTE');
        const same = judged('canary-1', { ledger });
        assert.deepEqual([same.permit.allowed, same.decision?.verdict], [true, 'PROMOTE']);
      });
    }
  });

  describe('an exposure that was never permitted', () => {
    it('is a ROLLBACK, watched with the limits of the next higher phase', () => {
      const given = judged('canary-100', { live: 25, ledger: { permitted: 10 } });
      assert.deepEqual([given.decision?.verdict, given.decision?.phase], ['ROLLBACK', 'canary-50']);
      assert.match(refusal(given), /25 % is live, but only 10 % was ever permitted/);
    });
  });

  describe('down and same', () => {
    it('are allowed with everything else broken', () => {
      const awful: Given = {
        live: 50,
        settings: unreadable('broken'),
        series: undefined,
        ledger: '{',
        clocks: new Map([['Prometheus', 9_999]]),
        at: Date.parse('2026-11-28T03:00:00Z') / 1000,
      };
      for (const [stack, direction] of [
        ['canary-1', 'down'],
        ['canary-10', 'down'],
        ['canary-50', 'same'],
      ] as const) {
        const { permit } = judged(stack, awful);
        assert.deepEqual([permit.allowed, permit.direction], [true, direction], stack);
      }
    });

    it('are allowed with every metric red, and still say what the live phase deserves', () => {
      const given = judged('canary-50', { live: 50, readings: { materializer_success_rate: 0.5, error_rate: 0.5 } });
      assert.deepEqual([given.permit.allowed, given.decision?.verdict], [true, 'ROLLBACK']);
    });
  });

  it('hands the dashboard on where the settings can be read', () => {
    assert.equal(judged('canary-10').grafana, 'https://grafana.denis.run/d/materializers-canary');
    assert.equal(judged('canary-10', { settings: unreadable('x'), series: undefined }).grafana, undefined);
  });

  it('is pure: the same assessment gives the same judgement', () => {
    const facts = assessment('canary-10');
    const plain = (judgement: Judgement): unknown => JSON.parse(JSON.stringify(judgement));
    assert.deepEqual(plain(judge(facts)), plain(judge(facts)));
  });
});
