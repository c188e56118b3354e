import { chatP99, errorRate, graphWriteP99, materializerP99, memory, queueDepth, successRate } from './check-specs';
import type { Phase } from './phase';
import {
  chatDown,
  chatP99AboveBaseline,
  errorAbove,
  memoryAbove,
  queueAbove,
  successBelow,
  workerOom,
} from './rule-specs';
import { hours, percent } from './units';

/** Days 4–5: capacity test. Source: the plan's phase 3. Limits in percent, seconds, jobs. */
export const canary50: Phase = {
  name: 'canary-50',
  exposure: percent(50),
  days: '4–5',
  window: hours(48),
  workerFloor: 6,
  checks: [
    successRate(98),
    materializerP99(5, 'hard'),
    errorRate(0.5),
    chatP99('<', 10),
    queueDepth(300),
    graphWriteP99(1),
    memory('api', 80),
    memory('workers', 70),
  ],
  rules: [
    successBelow(95),
    errorAbove(3),
    chatDown(),
    queueAbove(500),
    workerOom(),
    chatP99AboveBaseline(30),
    memoryAbove(90),
  ],
  matrix: { successAbove: 'PROMOTE', successNotAbove: 'ROLLBACK', errorAboveFivePercent: 'ROLLBACK' },
};
