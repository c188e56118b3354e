import { chatP99, errorRate, materializerP99, queueDepth, successRate } from './check-specs';
import type { CheckSpec } from './phase';

/** The five lines of dashboard `materializers-canary`, whatever the phase. Source: the plan, "Grafana dashboard". */
export const DASHBOARD_LINES: readonly CheckSpec[] = [
  successRate(98),
  materializerP99(5, 'hard'),
  queueDepth(200),
  errorRate(0.5),
  chatP99('<=', 0),
];
