import type { MetricKey } from './metrics';
import type { Percent, Ratio, Seconds } from './units';

export const PHASE_NAMES = ['canary-1', 'canary-10', 'canary-50', 'canary-100'] as const;
export type PhaseName = (typeof PHASE_NAMES)[number];

export const CHECK_IDS = [
  'success-rate',
  'materializer-p99',
  'error-rate',
  'chat-p99',
  'queue-depth',
  'worker-seen',
  'trace-drops',
  'graph-write-p99',
  'memory-api',
  'memory-workers',
  'uptime',
] as const;
export type CheckId = (typeof CHECK_IDS)[number];

export type Comparison = '>' | '>=' | '<' | '<=';

/** What the window's value must satisfy: a number in the metric's unit, or a share above the pinned baseline. */
export type Limit =
  | { readonly kind: 'absolute'; readonly comparison: Comparison; readonly value: number }
  | { readonly kind: 'baseline'; readonly comparison: '<' | '<='; readonly above: Ratio };

/** One row of the plan's promotion table, in one phase. */
export interface CheckSpec {
  readonly id: CheckId;
  readonly title: string;
  readonly metric: MetricKey;
  /** Label `component` of the series, where the metric has one. */
  readonly component?: 'api' | 'workers';
  readonly limit: Limit;
  /** `hard` blocks a promotion, `soft` only warns. */
  readonly kind: 'hard' | 'soft';
  /** What a failure at the end of the window means; the default of a hard check is HOLD. */
  readonly failingMeans?: 'ROLLBACK';
  /** False for a check that the recent slice does not read. */
  readonly recentSlice: boolean;
}

/** One row of the plan's rollback table, with this phase's own limits; `for` is the time that violating samples must cover. */
export type RuleSpec =
  | { readonly id: 'success-below'; readonly limit: Ratio; readonly for: Seconds }
  | { readonly id: 'success-not-above-matrix'; readonly for: Seconds }
  | { readonly id: 'error-above'; readonly limit: Ratio; readonly emergencyAbove?: Ratio; readonly for: Seconds }
  | { readonly id: 'chat-down'; readonly probes: number; readonly apart: Seconds; readonly timeout: Seconds }
  | { readonly id: 'queue-above'; readonly limit: number; readonly for: Seconds }
  | { readonly id: 'worker-oom' }
  | { readonly id: 'chat-p99-above-baseline'; readonly by: Ratio; readonly for: Seconds }
  | { readonly id: 'memory-above'; readonly limit: Ratio; readonly for: Seconds };

/** One row of the plan's decision matrix; the 98 % that divides its columns is a setting. */
export interface MatrixRow {
  readonly successAbove: 'PROMOTE' | 'MONITOR';
  readonly successNotAbove: 'HOLD' | 'ROLLBACK';
  readonly errorAboveFivePercent: 'ROLLBACK' | 'EMERGENCY';
  /** Where HOLD turns into ROLLBACK once success has stayed at or below the line this long, counted from the window's end. */
  readonly rollbackAfter?: Seconds;
}

/** Hours that count towards the window, in `canary:timezone`. */
export interface CountedHours {
  readonly from: `${number}:${number}`;
  readonly to: `${number}:${number}`;
  /** Earliest activation of the day; before `from`, so that a whole window fits. */
  readonly activateFrom: `${number}:${number}`;
  /** ISO weekdays, Monday = 1. */
  readonly weekdays: readonly number[];
}

export interface Phase {
  readonly name: PhaseName;
  readonly exposure: Percent;
  /** Days of the rollout this phase is meant for, as the plan writes them. */
  readonly days: string;
  readonly window: Seconds;
  /** Undefined where every hour counts. */
  readonly hours?: CountedHours;
  /** Least replicas of the workers while the phase is live. */
  readonly workerFloor: number;
  readonly checks: readonly CheckSpec[];
  readonly rules: readonly RuleSpec[];
  readonly matrix: MatrixRow;
}
