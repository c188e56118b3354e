import assert from 'node:assert/strict';
import { METRIC_KEYS, type MetricKey } from '../../phases/metrics';
import { PHASE_NAMES, type PhaseName } from '../../phases/phase';
import { unixSeconds } from '../../phases/units';
import { conclude, type Decision, decide, SEVERITY, type Verdict } from '../../rollout/decide';
import { factsOf } from '../../rollout/facts';
import { BASELINE, type Healthy, healthy, NOON, type Readings, withSeries } from '../support/healthyPhase';
import { AMBIGUOUS, type FoundSeries, found, NOTHING, pairs, sampled, UNREACHABLE } from '../support/series';

const HOUR = 3_600;
const decided = (name: PhaseName, readings: Readings = {}, own: Healthy = {}): Decision =>
  decide(healthy(name, { ...own, readings }));
/** The same without line 1: what its rules say of bad values has tests of its own. */
const atEnd = (name: PhaseName, readings: Readings = {}, own: Healthy = {}): Decision =>
  conclude({ ...factsOf(healthy(name, { ...own, readings })), rules: [] });
const rules = ({ findings }: Decision): string[] => findings.map(({ verdict, rule }) => `${verdict} ${rule}`);
const until = (minutesAgo: number, value: number) => (time: number) =>
  time >= NOON - minutesAgo * 60 ? Number.NaN : value;
/** An increase of this many jobs in the window, in all pods together; the first sample has no predecessor. */
const jobs = (count: number, windowHours: number) =>
  found(
    pairs('denis-a', [
      [NOON - windowHours * HOUR, 0],
      [NOON - 90, count],
      [NOON - 30, count],
    ]),
  );

describe('rollout/decide', () => {
  it('ranks EMERGENCY > ROLLBACK > HOLD > MONITOR > PROMOTE > COMPLETE', () => {
    assert.deepEqual([...SEVERITY], ['COMPLETE', 'PROMOTE', 'MONITOR', 'HOLD', 'ROLLBACK', 'EMERGENCY']);
  });

  describe('line 5: a healthy phase', () => {
    const rows = [
      ['canary-1', 'PROMOTE', 'promote', 'every hard check held for 4h00m'],
      ['canary-10', 'PROMOTE', 'promote', 'every hard check held for 24h00m'],
      ['canary-50', 'PROMOTE', 'promote', 'every hard check held for 48h00m'],
      ['canary-100', 'COMPLETE', 'complete', 'every hard check held for 72h00m at 100 %'],
    ] as const;
    for (const [name, verdict, rule, sentence] of rows) {
      it(`${name}: ${verdict}, without a warning`, () => {
        const decision = decided(name);
        assert.deepEqual(
          [decision.phase, decision.verdict, decision.rule, decision.sentence, decision.warnings],
          [name, verdict, rule, sentence, []],
        );
        assert.ok(decision.checks.every(({ status }) => status === 'pass'));
        assert.ok(decision.facts.window.complete && decision.jobs !== undefined && decision.jobs > 100);
      });
    }

    it('is promoted with warnings when only soft checks fail', () => {
      const decision = decided('canary-50', { queue_depth: 300, api: 0.8, workers: 0.7, graph_write_latency_p99: 1 });
      assert.equal(decision.verdict, 'PROMOTE');
      assert.deepEqual(decision.warnings, [
        'queue depth is 300.0 in the window, < 300 is needed',
        'graph write p99 is 1.00 s in the window, < 1 s is needed',
        'memory api is 80.00 % in the window, < 80 % is needed',
        'memory workers is 70.00 % in the window, < 70 % is needed',
      ]);
    });

    it('is promoted with a warning when a soft check that is no rule has no data or no baseline', () => {
      const decision = decide({
        ...withSeries(healthy('canary-1'), { queue_depth: UNREACHABLE }),
        baseline: undefined,
      });
      assert.equal(decision.verdict, 'PROMOTE');
      assert.deepEqual(decision.warnings, [
        'chat p99: no baseline is pinned; npm run baseline repairs it',
        'queue depth: unreachable (Prometheus: timed out)',
      ]);
    });

    it('says with every verdict who pinned the baseline in place of a lost one', () => {
      const baseline = { ...BASELINE, set: { by: 'ana@laptop', reason: 'lost' } };
      const decision = decide({ ...healthy('canary-50'), baseline });
      assert.equal(decision.verdict, 'PROMOTE');
      assert.equal(decision.warnings.length, 1);
      assert.match(decision.warnings[0]!, /; pinned by hand by ana@laptop: lost$/);
    });

    it('shows a check that is switched off and does not judge it', () => {
      const off = { kind: 'off', reason: 'no such series' } as const;
      const decision = decide(withSeries(healthy('canary-100'), { uptime: off, materializer_latency_p99: off }));
      assert.equal(decision.verdict, 'COMPLETE');
      assert.deepEqual(
        decision.checks.filter(({ status }) => status === 'off').map(({ sentence }) => sentence),
        ['materializer p99 is switched off: no such series', 'uptime is switched off: no such series'],
      );
    });
  });

  describe('line 2: a missing measurement of a hard check holds', () => {
    const hard: readonly [PhaseName, MetricKey, string][] = [
      ['canary-1', 'materializer_success_rate', 'success-rate'],
      ['canary-1', 'error_rate', 'error-rate'],
      ['canary-10', 'materializer_success_rate', 'success-rate'],
      ['canary-10', 'error_rate', 'error-rate'],
      ['canary-10', 'worker_seen', 'worker-seen'],
      ['canary-50', 'materializer_success_rate', 'success-rate'],
      ['canary-50', 'error_rate', 'error-rate'],
      ['canary-50', 'materializer_latency_p99', 'materializer-p99'],
      ['canary-100', 'materializer_success_rate', 'success-rate'],
      ['canary-100', 'error_rate', 'error-rate'],
      ['canary-100', 'materializer_latency_p99', 'materializer-p99'],
      ['canary-100', 'uptime', 'uptime'],
    ];
    for (const [name, key, id] of hard) {
      it(`${name}: ${key}`, () => {
        for (const missing of [NOTHING, AMBIGUOUS, UNREACHABLE]) {
          const decision = decide(withSeries(healthy(name), { [key]: missing }));
          assert.equal(decision.verdict, 'HOLD', missing.kind);
          assert.ok(rules(decision).includes(`HOLD missing:${id}`), missing.kind);
        }
        const well = { worker_seen: NOON, error_rate: 0.0002 };
        const stale = decided(name, { [key]: until(3, key in well ? well[key as keyof typeof well] : 0.999) });
        assert.equal(stale.verdict, 'HOLD', 'stale');
        assert.ok(rules(stale).includes(`HOLD missing:${id}`), 'stale');
      });
    }

    const ofRules: readonly [PhaseName, MetricKey, string][] = [
      ['canary-10', 'queue_depth', 'queue-above'],
      ['canary-50', 'queue_depth', 'queue-above'],
      ['canary-50', 'memory_usage', 'memory-above'],
      ['canary-50', 'chat_latency_p99', 'chat-p99-above-baseline'],
      ['canary-100', 'queue_depth', 'queue-above'],
      ['canary-100', 'memory_usage', 'memory-above'],
      ['canary-100', 'chat_latency_p99', 'chat-p99-above-baseline'],
    ];
    for (const [name, key, id] of ofRules) {
      it(`${name}: ${key}, which no hard check needs but the rule ${id} does`, () => {
        const old = found(sampled('denis-a', { from: NOON - 900, to: NOON - 180, every: 30 }, 0.1, 'api'));
        for (const missing of [NOTHING, AMBIGUOUS, UNREACHABLE, old]) {
          const decision = decide(withSeries(healthy(name), { [key]: missing }));
          assert.deepEqual(rules(decision).slice(0, 1), [`HOLD missing:rule:${id}`], missing.kind);
        }
      });
    }

    it('when there is no baseline for a rule', () => {
      for (const [name, verdict] of [
        ['canary-10', 'PROMOTE'],
        ['canary-50', 'HOLD'],
        ['canary-100', 'HOLD'],
      ] as const) {
        assert.equal(decide({ ...healthy(name), baseline: undefined }).verdict, verdict, name);
      }
    });

    it('when it is out of range, with the hint about percent', () => {
      const decision = decided('canary-10', { materializer_success_rate: 99.8 });
      assert.equal(decision.verdict, 'HOLD');
      assert.match(
        decision.sentence,
        /^success rate: out of range \(99\.8 is outside 0–1; if the service writes percent, set unit: percent for this metric\)$/,
      );
    });

    it('when the jobs are missing', () => {
      for (const missing of [NOTHING, AMBIGUOUS, UNREACHABLE]) {
        const decision = decide(withSeries(healthy('canary-10'), { materializer_new: missing }));
        assert.deepEqual([decision.verdict, decision.rule, decision.jobs], ['HOLD', 'missing:jobs', undefined]);
      }
    });

    it('when the reported percentage is missing or stopped coming', () => {
      for (const missing of [NOTHING, AMBIGUOUS, UNREACHABLE]) {
        const decision = decide(withSeries(healthy('canary-10'), { materializer_pct: missing }));
        assert.ok(rules(decision).includes('HOLD missing:exposure'), missing.kind);
      }
      const stale = decided('canary-10', { materializer_pct: until(3, 10) });
      assert.deepEqual([stale.verdict, stale.rule], ['HOLD', 'missing:exposure']);
      assert.equal(stale.facts.window.complete, true, 'the window alone would not hold it');
    });

    it('never rolls back, whatever else is missing', () => {
      for (const name of PHASE_NAMES) {
        const nothing = Object.fromEntries(METRIC_KEYS.map((key) => [key, UNREACHABLE]));
        assert.equal(decide(withSeries(healthy(name), nothing)).verdict, 'HOLD', name);
      }
    });

    it('never hides a violation of another one', () => {
      const stale = { materializer_success_rate: until(3, 0.999), error_rate: 0.015 };
      const decision = decided('canary-10', stale);
      assert.equal(decision.verdict, 'ROLLBACK');
      assert.deepEqual(rules(decision), ['ROLLBACK check:error-rate', 'HOLD missing:success-rate', 'PROMOTE promote']);
      const silent = decide(
        withSeries(healthy('canary-10', { readings: { error_rate: 0.015 } }), {
          materializer_success_rate: UNREACHABLE,
          materializer_pct: NOTHING,
        }),
      );
      assert.equal(silent.verdict, 'ROLLBACK', 'though no minute of the window counts');
      assert.deepEqual([silent.facts.window.counted, silent.facts.ended], [0, true]);
      const jobless = withSeries(healthy('canary-50', { readings: { materializer_success_rate: 0.97 } }), {
        materializer_new: UNREACHABLE,
      });
      assert.equal(decide(jobless).verdict, 'ROLLBACK');
    });

    it('is judged by no other line', () => {
      // Success was bad as long as it came; now that it is stale, neither its check nor the matrix speaks of it.
      const decision = atEnd('canary-50', { materializer_success_rate: until(3, 0.5) });
      assert.deepEqual(rules(decision), ['HOLD missing:success-rate', 'PROMOTE promote']);
    });

    it('leaves the window to the matrix where only the recent slice is missing', () => {
      // Most minutes of the last hour have no sample; the window's value passes its check and misses the matrix.
      const settings = { matrixSuccess: 99 };
      const silent = { from: NOON - 26 * 60, to: NOON };
      const success = (time: number): number => (time >= silent.from && time < silent.to ? Number.NaN : 0.985);
      const input = healthy('canary-50', { settings, readings: { materializer_success_rate: success } });
      const odd = pairs('denis-c', [
        [NOON - 20 * 60, 7],
        [NOON - 10, 7],
      ]);
      const { series } = input.series.materializer_success_rate as FoundSeries;
      const decision = decide(withSeries(input, { materializer_success_rate: found(...series, odd) }));
      assert.ok(rules(decision).includes('HOLD missing:success-rate'));
      assert.equal(decision.verdict, 'ROLLBACK');
      assert.equal(decision.rule, 'matrix:success');
    });
  });

  describe('line 3: an incomplete window', () => {
    it('that has only begun is the one thing that is said: no check is missing yet, and none warns', () => {
      for (const [name, verdict] of [
        ['canary-1', 'HOLD'],
        ['canary-100', 'MONITOR'],
      ] as const) {
        const decision = decide(healthy(name, { activatedAt: NOON - 200 }));
        assert.deepEqual([decision.verdict, decision.rule], [verdict, 'window']);
        assert.deepEqual(
          decision.findings.filter(({ rule }) => rule.startsWith('missing:')),
          [],
        );
        assert.deepEqual(decision.warnings, []);
      }
    });

    for (const [name, verdict] of [
      ['canary-1', 'HOLD'],
      ['canary-10', 'HOLD'],
      ['canary-50', 'HOLD'],
      ['canary-100', 'MONITOR'],
    ] as const) {
      it(`${name}: ${verdict}, and says when it can change`, () => {
        const decision = decided(name, {}, { activatedAt: NOON - 3 * HOUR - 180 });
        assert.deepEqual([decision.verdict, decision.rule], [verdict, 'window']);
        assert.ok(decision.changesAt !== undefined && decision.changesAt > NOON);
        assert.match(
          decision.sentence,
          /^window 3h00m of \d+h00m, complete 2026-11-\d\d \d\d:\d\d UTC at the earliest$/,
        );
      });
    }

    it('judges no check yet: a failing one neither rolls back nor promotes', () => {
      const bad = { materializer_success_rate: 0.91, error_rate: 0.045 };
      const young = { activatedAt: NOON - 2 * HOUR };
      assert.deepEqual(rules(atEnd('canary-1', bad, young)), ['HOLD window', 'PROMOTE promote']);
      assert.deepEqual(rules(atEnd('canary-100', bad, young)), ['MONITOR window', 'COMPLETE complete']);
    });

    it('says which minutes did not count', () => {
      const decision = decided('canary-10', { materializer_pct: (time) => (time < NOON - 20 * HOUR ? 1 : 10) });
      assert.equal(decision.verdict, 'HOLD');
      assert.match(decision.sentence, /\(not counted: 4h00m: a pod reports another percentage than 10\)$/);
    });

    it('is what a percentage that is no phase stays in', () => {
      const decision = decide({ ...healthy('canary-50', { readings: { materializer_pct: 25 } }), livePercent: 25 });
      assert.deepEqual([decision.verdict, decision.facts.window.counted], ['HOLD', 0]);
    });
  });

  describe('line 3: too few jobs', () => {
    it('hold below 100, and not from 100 on', () => {
      const few = decided('canary-10', { materializer_new: jobs(99, 24) });
      assert.deepEqual(
        [few.verdict, few.rule, few.sentence, few.jobs],
        ['HOLD', 'jobs', 'not enough jobs in the window: 99.0 of 100', 99],
      );
      assert.equal(decided('canary-10', { materializer_new: jobs(100, 24) }).verdict, 'PROMOTE');
    });

    it('hold canary-100, too', () => {
      assert.equal(decided('canary-100', { materializer_new: jobs(99, 72) }).verdict, 'HOLD');
    });

    it('are counted by the setting', () => {
      const own = { settings: { minimumJobs: 20 } };
      assert.equal(decided('canary-10', { materializer_new: jobs(20, 24) }, own).verdict, 'PROMOTE');
      assert.equal(decided('canary-10', { materializer_new: jobs(19, 24) }, own).verdict, 'HOLD');
    });

    it('judge neither success nor its cell of the matrix', () => {
      for (const name of PHASE_NAMES) {
        const decision = atEnd(name, { materializer_new: jobs(99, 4), materializer_success_rate: 0.5 });
        assert.equal(decision.verdict, 'HOLD', name);
        assert.ok(!rules(decision).some((rule) => /success/.test(rule)), name);
      }
    });

    it('do not hide a violation of another check', () => {
      const decision = decided('canary-10', { materializer_new: jobs(99, 24), error_rate: 0.02 });
      assert.deepEqual(rules(decision).slice(0, 2), ['ROLLBACK check:error-rate', 'HOLD jobs']);
    });
  });

  describe('the permitted exposure', () => {
    it('rolls back at once above it, also before the window is complete and with nothing known', () => {
      const young = { ...healthy('canary-50', { activatedAt: NOON - HOUR }), livePercent: 25, permittedPercent: 10 };
      const nothing = Object.fromEntries(METRIC_KEYS.map((key) => [key, UNREACHABLE]));
      for (const input of [young, withSeries(young, nothing)]) {
        const decision = decide(input);
        assert.deepEqual(
          [decision.verdict, decision.rule, decision.sentence],
          ['ROLLBACK', 'permitted-exposure', '25 % is live, but only 10 % was ever permitted'],
        );
      }
    });

    it('allows what it permits and anything below', () => {
      for (const permitted of [10, 50]) {
        assert.equal(decide({ ...healthy('canary-10'), permittedPercent: permitted }).verdict, 'PROMOTE');
      }
    });

    it('says nothing where it is not known', () => {
      assert.equal(decide({ ...healthy('canary-10'), permittedPercent: undefined }).verdict, 'PROMOTE');
    });
  });

  describe('the most severe of what is known', () => {
    const rows: readonly [string, PhaseName, Readings, Verdict][] = [
      ['EMERGENCY beats ROLLBACK', 'canary-100', { error_rate: 0.06, materializer_success_rate: 0.9 }, 'EMERGENCY'],
      ['EMERGENCY beats HOLD', 'canary-100', { error_rate: 0.06, uptime: until(3, 1) }, 'EMERGENCY'],
      ['ROLLBACK beats HOLD', 'canary-10', { error_rate: 0.02, worker_seen: (time) => time - 500 }, 'ROLLBACK'],
      ['HOLD beats PROMOTE', 'canary-10', { worker_seen: (time) => time - 500 }, 'HOLD'],
    ];
    for (const [title, name, readings, verdict] of rows) {
      it(title, () => {
        const decision = decided(name, readings);
        assert.equal(decision.verdict, verdict);
        const ranks = decision.findings.map((one) => SEVERITY.indexOf(one.verdict));
        assert.deepEqual(
          ranks,
          [...ranks].sort((a, b) => b - a),
        );
        assert.deepEqual(decision.findings[0]?.sentence, decision.sentence);
      });
    }

    it('HOLD beats MONITOR', () => {
      const young = { activatedAt: NOON - 5 * HOUR };
      assert.equal(decided('canary-100', { error_rate: UNREACHABLE }, young).verdict, 'HOLD');
    });
  });

  it('reads neither clock nor environment: the same input gives the same decision', () => {
    const input = healthy('canary-10');
    const plain = (decision: Decision): unknown => JSON.parse(JSON.stringify(decision));
    assert.deepEqual(plain(decide(input)), plain(decide(input)));
    assert.equal(
      decide({ ...input, now: unixSeconds(NOON + HOUR) }).verdict,
      'HOLD',
      'an hour later everything is stale',
    );
  });
});
