import type { CheckSpec, Comparison } from './phase';
import { percentAsRatio } from './units';

type Kind = CheckSpec['kind'];

/** One constructor a row of the plan's promotion table, so that a phase reads like its column. Limits in the plan's units. */
export const successRate = (above: number): CheckSpec => ({
  id: 'success-rate',
  title: 'success rate',
  metric: 'materializer_success_rate',
  limit: { kind: 'absolute', comparison: '>', value: percentAsRatio(above) },
  kind: 'hard',
  recentSlice: true,
});

export const materializerP99 = (belowSeconds: number, kind: Kind): CheckSpec => ({
  id: 'materializer-p99',
  title: 'materializer p99',
  metric: 'materializer_latency_p99',
  limit: { kind: 'absolute', comparison: '<', value: belowSeconds },
  kind,
  recentSlice: true,
});

export const errorRate = (below: number, failingMeans?: 'ROLLBACK'): CheckSpec => ({
  id: 'error-rate',
  title: 'error rate',
  metric: 'error_rate',
  limit: { kind: 'absolute', comparison: '<', value: percentAsRatio(below) },
  kind: 'hard',
  ...(failingMeans === undefined ? {} : { failingMeans }),
  recentSlice: true,
});

export const chatP99 = (comparison: Extract<Comparison, '<' | '<='>, abovePercent: number): CheckSpec => ({
  id: 'chat-p99',
  title: 'chat p99',
  metric: 'chat_latency_p99',
  limit: { kind: 'baseline', comparison, above: percentAsRatio(abovePercent) },
  kind: 'soft',
  recentSlice: true,
});

export const queueDepth = (below: number): CheckSpec => ({
  id: 'queue-depth',
  title: 'queue depth',
  metric: 'queue_depth',
  limit: { kind: 'absolute', comparison: '<', value: below },
  kind: 'soft',
  recentSlice: true,
});

export const workerSeen = (belowSeconds: number): CheckSpec => ({
  id: 'worker-seen',
  title: 'worker seen',
  metric: 'worker_seen',
  limit: { kind: 'absolute', comparison: '<', value: belowSeconds },
  kind: 'hard',
  recentSlice: false,
});

export const traceDrops = (belowPerMinute: number): CheckSpec => ({
  id: 'trace-drops',
  title: 'decisiontrace drops',
  metric: 'decisiontrace_drops',
  limit: { kind: 'absolute', comparison: '<', value: belowPerMinute },
  kind: 'soft',
  recentSlice: true,
});

export const graphWriteP99 = (belowSeconds: number): CheckSpec => ({
  id: 'graph-write-p99',
  title: 'graph write p99',
  metric: 'graph_write_latency_p99',
  limit: { kind: 'absolute', comparison: '<', value: belowSeconds },
  kind: 'soft',
  recentSlice: true,
});

export const memory = (component: 'api' | 'workers', below: number): CheckSpec => ({
  id: component === 'api' ? 'memory-api' : 'memory-workers',
  title: `memory ${component}`,
  metric: 'memory_usage',
  component,
  limit: { kind: 'absolute', comparison: '<', value: percentAsRatio(below) },
  kind: 'soft',
  recentSlice: true,
});

export const uptime = (atLeast: number): CheckSpec => ({
  id: 'uptime',
  title: 'uptime',
  metric: 'uptime',
  limit: { kind: 'absolute', comparison: '>=', value: percentAsRatio(atLeast) },
  kind: 'hard',
  recentSlice: false,
});
