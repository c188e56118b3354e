import assert from 'node:assert/strict';
import { LADDER, phaseNamed } from '../../phases/ladder';
import type { CheckId, CheckSpec, PhaseName } from '../../phases/phase';

interface Cell {
  readonly check: CheckId;
  readonly metric: string;
  readonly component?: 'api' | 'workers';
  /** As the plan writes it, in the metric's unit; a share above the baseline with `baseline`. */
  readonly limit: string;
  readonly kind: 'hard' | 'soft';
  readonly failing?: 'ROLLBACK';
  /** Checks without a recent slice: uptime, and the heartbeat, which is the last value anyway. */
  readonly recent?: false;
}

/** The plan's promotion table, cell by cell. */
const TABLE: Record<PhaseName, readonly Cell[]> = {
  'canary-1': [
    { check: 'success-rate', metric: 'materializer_success_rate', limit: '> 0.95', kind: 'hard' },
    { check: 'materializer-p99', metric: 'materializer_latency_p99', limit: '< 10', kind: 'soft' },
    { check: 'error-rate', metric: 'error_rate', limit: '< 0.02', kind: 'hard', failing: 'ROLLBACK' },
    { check: 'chat-p99', metric: 'chat_latency_p99', limit: '<= baseline + 0.1', kind: 'soft' },
    { check: 'queue-depth', metric: 'queue_depth', limit: '< 100', kind: 'soft' },
  ],
  'canary-10': [
    { check: 'success-rate', metric: 'materializer_success_rate', limit: '> 0.97', kind: 'hard' },
    { check: 'materializer-p99', metric: 'materializer_latency_p99', limit: '< 8', kind: 'soft' },
    { check: 'error-rate', metric: 'error_rate', limit: '< 0.01', kind: 'hard', failing: 'ROLLBACK' },
    { check: 'chat-p99', metric: 'chat_latency_p99', limit: '<= baseline + 0.05', kind: 'soft' },
    { check: 'queue-depth', metric: 'queue_depth', limit: '< 200', kind: 'soft' },
    { check: 'worker-seen', metric: 'worker_seen', limit: '< 120', kind: 'hard', recent: false },
    { check: 'trace-drops', metric: 'decisiontrace_drops', limit: '< 10', kind: 'soft' },
  ],
  'canary-50': [
    { check: 'success-rate', metric: 'materializer_success_rate', limit: '> 0.98', kind: 'hard' },
    { check: 'materializer-p99', metric: 'materializer_latency_p99', limit: '< 5', kind: 'hard' },
    { check: 'error-rate', metric: 'error_rate', limit: '< 0.005', kind: 'hard' },
    { check: 'chat-p99', metric: 'chat_latency_p99', limit: '< baseline + 0.1', kind: 'soft' },
    { check: 'queue-depth', metric: 'queue_depth', limit: '< 300', kind: 'soft' },
    { check: 'graph-write-p99', metric: 'graph_write_latency_p99', limit: '< 1', kind: 'soft' },
    { check: 'memory-api', metric: 'memory_usage', component: 'api', limit: '< 0.8', kind: 'soft' },
    { check: 'memory-workers', metric: 'memory_usage', component: 'workers', limit: '< 0.7', kind: 'soft' },
  ],
  'canary-100': [
    { check: 'success-rate', metric: 'materializer_success_rate', limit: '> 0.99', kind: 'hard' },
    { check: 'materializer-p99', metric: 'materializer_latency_p99', limit: '< 3', kind: 'hard' },
    { check: 'error-rate', metric: 'error_rate', limit: '< 0.001', kind: 'hard' },
    { check: 'chat-p99', metric: 'chat_latency_p99', limit: '< baseline + 0.05', kind: 'soft' },
    { check: 'uptime', metric: 'uptime', limit: '>= 0.999', kind: 'hard', recent: false },
  ],
};

const limitText = ({ limit }: CheckSpec): string =>
  limit.kind === 'absolute' ? `${limit.comparison} ${limit.value}` : `${limit.comparison} baseline + ${limit.above}`;

describe('phases/check-specs', () => {
  for (const { name, checks } of LADDER) {
    it(`gives ${name} the checks of its column and no other`, () => {
      assert.deepEqual(
        checks.map(({ id }) => id),
        TABLE[name].map(({ check }) => check),
      );
    });

    for (const cell of TABLE[name]) {
      const means = cell.failing === undefined ? '' : `, failing means ${cell.failing}`;
      it(`asks at ${name} for ${cell.check} ${cell.limit}, ${cell.kind}${means}`, () => {
        const spec = phaseNamed(name)?.checks.find(({ id }) => id === cell.check);
        assert.ok(spec !== undefined);
        assert.deepEqual(
          {
            check: spec.id,
            metric: spec.metric,
            component: spec.component,
            limit: limitText(spec),
            kind: spec.kind,
            failing: spec.failingMeans,
            recent: spec.recentSlice,
          },
          {
            check: cell.check,
            metric: cell.metric,
            component: cell.component,
            limit: cell.limit,
            kind: cell.kind,
            failing: cell.failing,
            recent: cell.recent ?? true,
          },
        );
      });
    }
  }

  it('titles every check for people, no two of a phase alike', () => {
    const titles = {
      'success-rate': 'success rate',
      'materializer-p99': 'materializer p99',
      'error-rate': 'error rate',
      'chat-p99': 'chat p99',
      'queue-depth': 'queue depth',
      'worker-seen': 'worker seen',
      'trace-drops': 'decisiontrace drops',
      'graph-write-p99': 'graph write p99',
      'memory-api': 'memory api',
      'memory-workers': 'memory workers',
      uptime: 'uptime',
    };
    for (const { checks } of LADDER) for (const { id, title } of checks) assert.equal(title, titles[id]);
  });
});
