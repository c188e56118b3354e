import assert from 'node:assert/strict';
import type { PhaseName } from '../../phases/phase';
import { conclude, type Decision, type Verdict } from '../../rollout/decide';
import { factsOf } from '../../rollout/facts';
import { type Healthy, healthy, NOON, type Readings, withSeries } from '../support/healthyPhase';
import { sampled, UNREACHABLE } from '../support/series';

/** Line 4 alone: a constant bad value fires a rule of line 1, too, which has tests of its own. */
const atEnd = (name: PhaseName, readings: Readings = {}, own: Healthy = {}): Decision =>
  conclude({ ...factsOf(healthy(name, { ...own, readings })), rules: [] });
const rules = ({ findings }: Decision): string[] => findings.map(({ verdict, rule }) => `${verdict} ${rule}`);
/** Bad only within the last minutes. */
const lately = (minutes: number, bad: number, well: number) => (time: number) =>
  time >= NOON - minutes * 60 ? bad : well;

describe('rollout/decide at the end of the window', () => {
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
        const decision = atEnd(name, readings);
        assert.deepEqual([decision.verdict, decision.rule], [verdict, rule]);
      });
    }

    it('does not roll back for a soft check whose data is missing', () => {
      const input = healthy('canary-10', { readings: { materializer_success_rate: 0.97 } });
      const silent = withSeries(input, { queue_depth: UNREACHABLE });
      assert.equal(conclude({ ...factsOf(silent), rules: [] }).verdict, 'HOLD');
    });

    it('does not know a chat p99 beyond the last bucket where its limit lies there, too', () => {
      const sample = { from: NOON - 5 * 3_600, to: NOON, every: 15 };
      const bucket = (le: number, perSample: number) => ({
        le,
        series: [sampled('denis-a', sample, (time) => ((time - sample.from) / 15) * perSample)],
      });
      const edges = [bucket(0.1, 0), bucket(0.4, 50), bucket(Number.POSITIVE_INFINITY, 100)];
      const chat = { kind: 'histogram', query: 'chat_bucket', buckets: edges, notANumber: 0 } as const;
      const { warnings } = atEnd('canary-1', { chat_latency_p99: chat });
      assert.deepEqual(warnings, [
        'chat p99: no data (it lies above the last bucket edge 0.4, and so does the limit 0.44)',
      ]);
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
        const decision = atEnd(name, readings);
        assert.equal(decision.verdict, 'HOLD', `${name} ${Object.keys(readings)}`);
        assert.match(decision.sentence, /in the recent slice/);
      }
    });

    it('does not take a soft recent slice for the soft failure that rolls canary-10 back', () => {
      const decision = atEnd('canary-10', { materializer_success_rate: 0.97, queue_depth: lately(60, 900, 1) });
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
        assert.equal(atEnd(name, { materializer_success_rate: high }).verdict, above);
        assert.equal(atEnd(name, { materializer_success_rate: 0.98 }).verdict, notAbove);
        assert.ok(rules(atEnd(name, { materializer_success_rate: 0.98 })).includes(`${notAbove} matrix:success`));
        const many = atEnd(name, { error_rate: 0.050_001 });
        assert.equal(many.verdict, error);
        assert.ok(rules(many).includes(`${error} matrix:error`));
        assert.ok(!rules(atEnd(name, { error_rate: 0.05 })).some((rule) => /matrix:error/.test(rule)), 'at 5 %');
      });
    }

    it('binds canary-1 and canary-10 though their own limits are lower', () => {
      assert.deepEqual(rules(atEnd('canary-1', { materializer_success_rate: 0.97 })), [
        'HOLD matrix:success',
        'PROMOTE promote',
      ]);
    });

    it('divides where the setting says', () => {
      const own = { settings: { matrixSuccess: 96 } };
      assert.equal(atEnd('canary-1', { materializer_success_rate: 0.97 }, own).verdict, 'PROMOTE');
      assert.equal(atEnd('canary-1', { materializer_success_rate: 0.96 }, own).verdict, 'HOLD');
    });
  });
});
