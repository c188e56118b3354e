import { chatP99, errorRate, materializerP99, queueDepth, successRate, traceDrops, workerSeen } from './check-specs';
import type { Phase } from './phase';
import { chatDown, errorAbove, queueAbove, successBelow, workerOom } from './rule-specs';
import { hours, percent } from './units';

/** Days 2–3: stability. Source: the plan's phase 2. Limits in percent, seconds, jobs, drops a minute. */
export const canary10: Phase = {
  name: 'canary-10',
  exposure: percent(10),
  days: '2–3',
  window: hours(24),
  workerFloor: 3,
  checks: [
    successRate(97),
    materializerP99(8, 'soft'),
    errorRate(1, 'ROLLBACK'),
    chatP99('<=', 5),
    queueDepth(200),
    workerSeen(120),
    traceDrops(10),
  ],
  rules: [successBelow(93), errorAbove(3), chatDown(), queueAbove(500), workerOom()],
  matrix: {
    successAbove: 'PROMOTE',
    successNotAbove: 'HOLD',
    errorAboveFivePercent: 'ROLLBACK',
    rollbackAfter: hours(24),
  },
};
