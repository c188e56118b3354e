import type { RuleSpec } from './phase';
import { minutes, percentAsRatio, seconds } from './units';

/** The plan's own last column: an error rate above it is severe in every phase, and counts during the warm-up too. */
export const ERROR_COLUMN = percentAsRatio(5);

/** One constructor a row of the plan's rollback table; `for` is the plan's own where it names one (queue), else ours. */
export const successBelow = (limit: number): RuleSpec => ({
  id: 'success-below',
  limit: percentAsRatio(limit),
  for: minutes(1),
});

/**
 * Failed jobs that the matrix line needs in its look-back, by those that the other success rules need: it lies so near to what
 * healthy jobs do that chance comes to it more easily.
 */
export const matrixMinimumFailed = (ruleMinimumFailed: number): number => Math.ceil(1.5 * ruleMinimumFailed);

export const successNotAboveMatrix = (): RuleSpec => ({ id: 'success-not-above-matrix', for: minutes(10) });

export const errorAbove = (limit: number, emergencyAbove?: number): RuleSpec => ({
  id: 'error-above',
  limit: percentAsRatio(limit),
  ...(emergencyAbove === undefined ? {} : { emergencyAbove: percentAsRatio(emergencyAbove) }),
  for: minutes(1),
});

export const chatDown = (): RuleSpec => ({ id: 'chat-down', probes: 3, apart: seconds(10), timeout: seconds(5) });

export const queueAbove = (limit: number): RuleSpec => ({ id: 'queue-above', limit, for: minutes(10) });

export const workerOom = (): RuleSpec => ({ id: 'worker-oom' });

export const chatP99AboveBaseline = (by: number): RuleSpec => ({
  id: 'chat-p99-above-baseline',
  by: percentAsRatio(by),
  for: minutes(5),
});

export const memoryAbove = (limit: number): RuleSpec => ({
  id: 'memory-above',
  limit: percentAsRatio(limit),
  for: minutes(5),
});
