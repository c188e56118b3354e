import { chatP99, errorRate, materializerP99, queueDepth, successRate } from './check-specs';
import type { Phase } from './phase';
import { chatDown, errorAbove, successBelow } from './rule-specs';
import { hours, percent } from './units';

/** Day 1: first observation. Source: the plan's phase 1. Limits in percent, seconds, jobs. */
export const canary1: Phase = {
  name: 'canary-1',
  exposure: percent(1),
  days: '1',
  window: hours(4),
  hours: { from: '08:00', to: '12:00', activateFrom: '06:00', weekdays: [1, 2, 3, 4, 5] },
  workerFloor: 2,
  checks: [successRate(95), materializerP99(10, 'soft'), errorRate(2, 'ROLLBACK'), chatP99('<=', 10), queueDepth(100)],
  rules: [successBelow(90), errorAbove(5), chatDown()],
  matrix: { successAbove: 'PROMOTE', successNotAbove: 'HOLD', errorAboveFivePercent: 'ROLLBACK' },
};
