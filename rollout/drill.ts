import { BUDGETS, DEFAULT_WAYS, WAYS, type Way } from './kill';
import { quantile } from './quantile';

/** What is drilled: one way alone, or the command as it is at 3 a.m., with the three ways of its default together. */
export const DRILL_METHODS = [...WAYS, 'default'] as const;
export type DrillMethod = (typeof DRILL_METHODS)[number];

export const waysOf = (method: DrillMethod): readonly Way[] => (method === 'default' ? DEFAULT_WAYS : [method]);

/** The most that the 95th percentile should take, seconds; the budget of the plan decides, not these. */
export const GOALS: Readonly<Record<DrillMethod, number>> = {
  flag: 1.5,
  api: 1.5,
  environment: 10,
  workers: 5,
  default: 1.5,
};

/** One kill, timed from the start of its command. */
export interface DrillRun {
  readonly method: DrillMethod;
  /** ISO time of the order. */
  readonly at: string;
  /** Until the last new job, ms: enqueued, or for the workers begun. Absent where jobs went on. */
  readonly lastJobMs?: number;
  /** Until the command ended, ms; with one way alone that is when it was confirmed. */
  readonly endedMs: number;
  readonly exitCode: number;
  /** New jobs per second before the kill: the last one is not known more exactly than the time between two. */
  readonly jobsPerSecond: number;
  /** Why it does not count as confirmed. */
  readonly problem?: string;
}

/** What the runs of one method come to; times in ms, of the runs that were confirmed. */
export interface MethodResult {
  readonly method: DrillMethod;
  readonly runs: number;
  readonly p50?: number;
  readonly p95?: number;
  readonly max?: number;
  /** `over`: confirmed, but a run took longer than the plan's budget. */
  readonly result: 'good' | 'over' | 'unconfirmed';
}

export interface DrillOutcome {
  /** Every run was confirmed, and in budget. */
  readonly good: boolean;
  readonly methods: readonly MethodResult[];
  readonly runs: readonly DrillRun[];
}

/** Sums up a drill, methods in the order of their first run. Pure. */
export function drillOutcome(runs: readonly DrillRun[]): DrillOutcome {
  const methods = [...new Set(runs.map(({ method }) => method))].map((method) =>
    resultOf(
      method,
      runs.filter((run) => run.method === method),
    ),
  );
  return { good: methods.length > 0 && methods.every(({ result }) => result === 'good'), methods, runs };
}

function resultOf(method: DrillMethod, runs: readonly DrillRun[]): MethodResult {
  const times = runs.flatMap(({ lastJobMs, problem }) =>
    lastJobMs === undefined || problem !== undefined ? [] : [lastJobMs],
  );
  if (times.length === 0) return { method, runs: runs.length, result: 'unconfirmed' };
  const max = Math.max(...times);
  const within = max <= BUDGETS.effective * 1000;
  return {
    method,
    runs: runs.length,
    p50: quantile(times, 0.5),
    p95: quantile(times, 0.95),
    max,
    result: times.length < runs.length ? 'unconfirmed' : within ? 'good' : 'over',
  };
}

/** Whether the drill speaks for the rollout: good, and each way by which the feature is turned off took part. */
export function isFullDrill({ good, methods }: DrillOutcome): boolean {
  const drilled = new Set(methods.flatMap(({ method }) => waysOf(method)));
  return good && DEFAULT_WAYS.every((way) => drilled.has(way));
}

/** Usage is 2. */
export const DRILL_EXIT_CODES = { good: 0, unconfirmed: 1, over: 4 } as const;

export function drillExitCode({ methods }: DrillOutcome): number {
  const results = methods.map(({ result }) => result);
  if (results.length === 0 || results.includes('unconfirmed')) return DRILL_EXIT_CODES.unconfirmed;
  return results.includes('over') ? DRILL_EXIT_CODES.over : DRILL_EXIT_CODES.good;
}
