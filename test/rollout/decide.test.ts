import assert from 'node:assert/strict';
import fc from 'fast-check';
import { METRIC_KEYS, type MetricKey } from '../../phases/metrics';
import { PHASE_NAMES, type PhaseName } from '../../phases/phase';
import { unixSeconds } from '../../phases/units';
import { type Decision, decide, SEVERITY, type Verdict } from '../../rollout/decide';
import type { DecideInput } from '../../rollout/facts';
import { type Healthy, healthy, NOON, type Readings, withSeries } from '../support/healthyPhase';
import { AMBIGUOUS, type FoundSeries, found, NOTHING, pairs, sampled, UNREACHABLE } from '../support/series';

const HOUR = 3_600;
const decided = (name: PhaseName, readings: Readings = {}, own: Healthy = {}): Decision =>
  decide(healthy(name, { ...own, readings }));
const rules = ({ findings }: Decision): string[] => findings.map(({ verdict, rule }) => `${verdict} ${rule}`);
/** Bad only within the last minutes. */
const lately = (minutes: number, bad: number, well: number) => (time: number) =>
  time >= NOON - minutes * 60 ? bad : well;
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

    it('is promoted with a warning when a soft check has no data or no baseline', () => {
      const decision = decide({
        ...withSeries(healthy('canary-10'), { queue_depth: UNREACHABLE }),
        baseline: undefined,
      });
      assert.equal(decision.verdict, 'PROMOTE');
      assert.deepEqual(decision.warnings, [
        'chat p99: no baseline is pinned',
        'queue depth: unreachable (Prometheus: timed out)',
      ]);
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
        const stale = decided(name, { [key]: until(3, key === 'worker_seen' ? NOON : 0.999) });
        assert.equal(stale.verdict, 'HOLD', 'stale');
        assert.ok(rules(stale).includes(`HOLD missing:${id}`), 'stale');
      });
    }

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
      const jobless = withSeries(healthy('canary-50', { readings: { materializer_success_rate: 0.97 } }), {
        materializer_new: UNREACHABLE,
      });
      assert.equal(decide(jobless).verdict, 'ROLLBACK');
    });

    it('is judged by no other line', () => {
      // Success was bad as long as it came; now that it is stale, neither its check nor the matrix speaks of it.
      const decision = decided('canary-50', { materializer_success_rate: until(3, 0.5) });
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
      assert.deepEqual(rules(decided('canary-1', bad, young)), ['HOLD window', 'PROMOTE promote']);
      assert.deepEqual(rules(decided('canary-100', bad, young)), ['MONITOR window', 'COMPLETE complete']);
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
        const decision = decided(name, { materializer_new: jobs(99, 4), materializer_success_rate: 0.5 });
        assert.equal(decision.verdict, 'HOLD', name);
        assert.ok(!rules(decision).some((rule) => /success/.test(rule)), name);
      }
    });

    it('do not hide a violation of another check', () => {
      const decision = decided('canary-10', { materializer_new: jobs(99, 24), error_rate: 0.02 });
      assert.deepEqual(rules(decision).slice(0, 2), ['ROLLBACK check:error-rate', 'HOLD jobs']);
    });
  });

  describe('line 4: a check at the end of the window', () => {
    const rows: readonly [PhaseName, Readings, Verdict, string][] = [
      ['canary-1', { materializer_success_rate: 0.95 }, 'ROLLBACK', 'check:success-rate'],
      ['canary-1', { error_rate: 0.02 }, 'ROLLBACK', 'check:error-rate'],
      ['canary-1', { materializer_latency_p99: 10 }, 'PROMOTE', 'promote'],
      ['canary-1', { chat_latency_p99: 0.45 }, 'PROMOTE', 'promote'],
      ['canary-1', { queue_depth: 100 }, 'PROMOTE', 'promote'],
      ['canary-10', { materializer_success_rate: 0.97 }, 'HOLD', 'check:success-rate'],
      ['canary-10', { materializer_success_rate: 0.97, queue_depth: 200 }, 'ROLLBACK', 'check:success-rate'],
      ['canary-10', { materializer_success_rate: 0.97, materializer_latency_p99: 8 }, 'ROLLBACK', 'check:success-rate'],
      ['canary-10', { materializer_success_rate: 0.97, chat_latency_p99: 0.43 }, 'ROLLBACK', 'check:success-rate'],
      ['canary-10', { materializer_success_rate: 0.975, queue_depth: 200 }, 'HOLD', 'matrix:success'],
      ['canary-10', { error_rate: 0.01 }, 'ROLLBACK', 'check:error-rate'],
      ['canary-10', { worker_seen: (time) => time - 200 }, 'HOLD', 'check:worker-seen'],
      ['canary-10', { decisiontrace_drops: (time) => time }, 'PROMOTE', 'promote'],
      ['canary-50', { materializer_latency_p99: 5 }, 'HOLD', 'check:materializer-p99'],
      ['canary-50', { error_rate: 0.005 }, 'HOLD', 'check:error-rate'],
      ['canary-50', { error_rate: 0.049 }, 'HOLD', 'check:error-rate'],
      ['canary-50', { materializer_success_rate: 0.98 }, 'ROLLBACK', 'matrix:success'],
      ['canary-100', { materializer_success_rate: 0.99 }, 'HOLD', 'check:success-rate'],
      ['canary-100', { materializer_latency_p99: 3 }, 'HOLD', 'check:materializer-p99'],
      ['canary-100', { error_rate: 0.001 }, 'HOLD', 'check:error-rate'],
      ['canary-100', { uptime: (time) => (time % 60_000 < 120 ? 0 : 1) }, 'HOLD', 'check:uptime'],
      ['canary-100', { chat_latency_p99: 0.42 }, 'COMPLETE', 'complete'],
    ];
    for (const [name, readings, verdict, rule] of rows) {
      const what = Object.entries(readings).map(
        ([key, value]) => `${key} ${typeof value === 'number' ? value : 'bad'}`,
      );
      it(`${name}, ${what.join(', ')}: ${verdict} by ${rule}`, () => {
        const decision = decided(name, readings);
        assert.deepEqual([decision.verdict, decision.rule], [verdict, rule]);
      });
    }

    it('does not roll back for a soft check whose data is missing', () => {
      const input = healthy('canary-10', { readings: { materializer_success_rate: 0.97 } });
      assert.equal(decide(withSeries(input, { queue_depth: UNREACHABLE })).verdict, 'HOLD');
    });

    it('only holds for a recent slice, also where failing means ROLLBACK', () => {
      const recent: readonly [PhaseName, Readings][] = [
        ['canary-1', { error_rate: lately(15, 0.04, 0) }],
        ['canary-1', { materializer_success_rate: lately(15, 0.9, 1) }],
        ['canary-10', { error_rate: lately(50, 0.09, 0) }],
        ['canary-50', { materializer_success_rate: lately(50, 0.9, 1) }],
        ['canary-100', { error_rate: lately(50, 0.05, 0) }],
      ];
      for (const [name, readings] of recent) {
        const decision = decided(name, readings);
        assert.equal(decision.verdict, 'HOLD', `${name} ${Object.keys(readings)}`);
        assert.match(decision.sentence, /in the recent slice/);
      }
    });

    it('does not take a soft recent slice for the soft failure that rolls canary-10 back', () => {
      const decision = decided('canary-10', { materializer_success_rate: 0.97, queue_depth: lately(60, 900, 1) });
      assert.equal(decision.checks.find(({ spec }) => spec.id === 'queue-depth')?.failedIn, 'recent');
      assert.equal(decision.verdict, 'HOLD');
    });
  });

  describe('line 4: the matrix', () => {
    const cells: readonly [PhaseName, success: Verdict, notAbove: Verdict, error: Verdict][] = [
      ['canary-1', 'PROMOTE', 'HOLD', 'ROLLBACK'],
      ['canary-10', 'PROMOTE', 'HOLD', 'ROLLBACK'],
      ['canary-50', 'PROMOTE', 'ROLLBACK', 'ROLLBACK'],
      ['canary-100', 'COMPLETE', 'ROLLBACK', 'EMERGENCY'],
    ];
    for (const [name, above, notAbove, error] of cells) {
      it(`${name}: success above 98 % ${above}, at it ${notAbove}, error above 5 % ${error}`, () => {
        const high = name === 'canary-100' ? 0.991 : 0.980_001;
        assert.equal(decided(name, { materializer_success_rate: high }).verdict, above);
        assert.equal(decided(name, { materializer_success_rate: 0.98 }).verdict, notAbove);
        assert.ok(rules(decided(name, { materializer_success_rate: 0.98 })).includes(`${notAbove} matrix:success`));
        const many = decided(name, { error_rate: 0.050_001 });
        assert.equal(many.verdict, error);
        assert.ok(rules(many).includes(`${error} matrix:error`));
        assert.ok(!rules(decided(name, { error_rate: 0.05 })).some((rule) => /matrix:error/.test(rule)), 'at 5 %');
      });
    }

    it('binds canary-1 and canary-10 though their own limits are lower', () => {
      assert.deepEqual(rules(decided('canary-1', { materializer_success_rate: 0.97 })), [
        'HOLD matrix:success',
        'PROMOTE promote',
      ]);
    });

    it('divides where the setting says', () => {
      const own = { settings: { matrixSuccess: 96 } };
      assert.equal(decided('canary-1', { materializer_success_rate: 0.97 }, own).verdict, 'PROMOTE');
      assert.equal(decided('canary-1', { materializer_success_rate: 0.96 }, own).verdict, 'HOLD');
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

  describe('properties', function () {
    this.timeout(60_000);
    /** Evenly spread: doubles of fast-check are mostly tiny. */
    const upTo = (most: number) => fc.integer({ min: 0, max: 1_000 }).map((step) => (step / 1_000) * most);
    /** Time runs 4,800 times faster, so that a window is a few dozen samples. */
    const FAST = { settings: { timeScale: 4_800, scrapeInterval: '1s', minimumJobs: 2 }, every: 1 };
    const names = fc.constantFrom(...PHASE_NAMES);
    const ratio = fc.oneof(fc.constantFrom(0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.95, 0.97, 0.98, 0.99, 1), upTo(1));
    const factor = fc.oneof(fc.constant(0.4), upTo(3));
    const world = fc.record({
      success: fc.oneof({ weight: 3, arbitrary: fc.constant(0.998) }, { weight: 2, arbitrary: ratio }),
      error: fc.oneof({ weight: 3, arbitrary: fc.constant(0.0002) }, { weight: 2, arbitrary: ratio }),
      latency: factor,
      chat: factor,
      queue: factor,
      seen: factor,
      graph: factor,
      memory: upTo(2),
      age: upTo(2),
    });
    type World = typeof world extends fc.Arbitrary<infer T> ? T : never;
    const inputOf = (name: PhaseName, given: World): DecideInput => {
      const plain = healthy(name, FAST);
      const { timing } = plain.settings;
      const activatedAt = NOON - timing.warmUp - given.age * timing.window(plain.phase) - 2;
      return healthy(name, {
        ...FAST,
        activatedAt,
        readings: {
          materializer_success_rate: given.success,
          error_rate: given.error,
          materializer_latency_p99: given.latency * 3,
          chat_latency_p99: given.chat * 0.4,
          queue_depth: given.queue * 100,
          worker_seen: (time) => time - given.seen * 60,
          graph_write_latency_p99: given.graph,
          api: given.memory,
          workers: given.memory,
        },
      });
    };
    const severity = (input: DecideInput): number => SEVERITY.indexOf(decide(input).verdict);
    const missing = fc.constantFrom(
      NOTHING,
      AMBIGUOUS,
      UNREACHABLE,
      found(sampled('denis-a', { from: NOON - 400, to: NOON - 200, every: 1 }, 0.5)),
    );

    it('the fast worlds reach every verdict, so that the next ones mean something', () => {
      const seen = new Set<Verdict>();
      fc.assert(
        fc.property(names, world, (name, given) => {
          seen.add(decide(inputOf(name, given)).verdict);
        }),
        { numRuns: 2_000, seed: 7 },
      );
      assert.deepEqual([...seen].sort(), [...SEVERITY].sort());
    });

    it('decisions are total: any world has one verdict, its findings in order, and a sentence', () => {
      fc.assert(
        fc.property(names, world, fc.array(fc.tuple(fc.constantFrom(...METRIC_KEYS), missing)), (name, given, gone) => {
          const decision = decide(withSeries(inputOf(name, given), Object.fromEntries(gone)));
          assert.ok(SEVERITY.includes(decision.verdict) && decision.sentence !== '');
          assert.equal(decision.checks.length, healthyChecks[name]);
          const ranks = decision.findings.map(({ verdict }) => SEVERITY.indexOf(verdict));
          assert.equal(Math.max(...ranks), SEVERITY.indexOf(decision.verdict));
        }),
        { numRuns: 2_000 },
      );
    });

    it('missing data never promotes, where a hard check, the jobs or the percentage is missing', () => {
      const needed = (name: PhaseName): MetricKey[] => [
        'materializer_new',
        'materializer_pct',
        ...healthy(name, FAST).phase.checks.flatMap(({ kind, metric }) => (kind === 'hard' ? [metric] : [])),
      ];
      const keys = PHASE_NAMES.flatMap((name) => needed(name).map((key): [PhaseName, MetricKey] => [name, key]));
      fc.assert(
        fc.property(fc.constantFrom(...keys), missing, world, ([name, one], nothing, given) => {
          const verdict = severity(withSeries(inputOf(name, given), { [one]: nothing }));
          assert.ok(verdict >= SEVERITY.indexOf('HOLD'), `${one} missing: ${SEVERITY[verdict]}`);
        }),
        { numRuns: 2_000 },
      );
    });

    it('missing data never rolls a healthy phase back', () => {
      const gone = fc.array(fc.tuple(fc.constantFrom(...METRIC_KEYS), missing));
      fc.assert(
        fc.property(names, gone, (name, which) => {
          const input = healthy(name, FAST);
          // The last of the missing ones is stale, not bad: it may hold, never more.
          assert.ok(severity(withSeries(input, Object.fromEntries(which))) <= SEVERITY.indexOf('HOLD'));
        }),
        { numRuns: 2_000 },
      );
    });

    it('a worse value within its valid range never gives a milder verdict', () => {
      const worse: { readonly [K in Exclude<keyof World, 'age'>]: (value: number, by: number) => number } = {
        success: (value, by) => value * (1 - by),
        error: (value, by) => value + (1 - value) * by,
        latency: (value, by) => value + by * 5,
        chat: (value, by) => value + by * 5,
        queue: (value, by) => value + by * 9,
        seen: (value, by) => value + by * 5,
        graph: (value, by) => value + by * 5,
        memory: (value, by) => value + (2 - value) * by,
      };
      const which = fc.constantFrom(...(Object.keys(worse) as (keyof typeof worse)[]));
      fc.assert(
        fc.property(names, world, which, upTo(1), (name, given, key, by) => {
          const after = { ...given, [key]: worse[key](given[key], by) };
          assert.ok(
            severity(inputOf(name, after)) >= severity(inputOf(name, given)),
            `${key} ${given[key]} → ${after[key]}`,
          );
        }),
        { numRuns: 2_000 },
      );
    });

    const healthyChecks = Object.fromEntries(
      PHASE_NAMES.map((name) => [name, healthy(name, FAST).phase.checks.length]),
    );
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
