import { chatP99, errorRate, materializerP99, successRate, uptime } from './check-specs';
import type { Phase } from './phase';
import {
  chatDown,
  chatP99AboveBaseline,
  errorAbove,
  memoryAbove,
  queueAbove,
  successBelow,
  successNotAboveMatrix,
  workerOom,
} from './rule-specs';
import { hours, percent } from './units';

/** Day 6 on: full rollout; its checks complete it. Source: the plan's phase 4. Limits in percent, seconds, jobs. */
export const canary100: Phase = {
  name: 'canary-100',
  exposure: percent(100),
  days: '6+',
  window: hours(72),
  workerFloor: 10,
  checks: [successRate(99), materializerP99(3, 'hard'), errorRate(0.1), chatP99('<', 5), uptime(99.9)],
  rules: [
    successBelow(95),
    successNotAboveMatrix(),
    errorAbove(3, 5),
    chatDown(),
    queueAbove(500),
    workerOom(),
    chatP99AboveBaseline(30),
    memoryAbove(90),
  ],
  matrix: { successAbove: 'MONITOR', successNotAbove: 'ROLLBACK', errorAboveFivePercent: 'EMERGENCY' },
};
