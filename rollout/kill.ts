import type { Latch } from './latch';

/** The plan's four ways to off. */
export const WAYS = ['flag', 'api', 'environment', 'workers'] as const;
export type Way = (typeof WAYS)[number];

/** What `kill` does unless it is told otherwise: everything that stops the feature and nothing else. */
export const DEFAULT_WAYS: readonly Way[] = ['flag', 'api', 'environment'];

/** Seconds after the order. Source: the plan, "Kill switch". */
export const BUDGETS = { effective: 10, running: 30, drained: 300 } as const;

export interface KillOrder {
  readonly ways: readonly Way[];
  readonly latch: Latch;
}

/** How one way ended. Confirmed means seen at every Ready pod. */
export interface WayOutcome {
  readonly way: Way;
  readonly state: 'confirmed' | 'failed';
  /** ms after the order. */
  readonly afterMs: number;
  readonly sentence: string;
}

/** How a kill ended. */
export interface KillOutcome {
  readonly ways: readonly WayOutcome[];
  /** Whether the latch stands on the Deployment, or why not. */
  readonly latched: true | string;
  /** Whether the ledger has its copy, or why not. */
  readonly copied: true | string;
}

/** When the first way was confirmed, ms after the order; undefined while none is. */
export function confirmedAfter({ ways }: Pick<KillOutcome, 'ways'>): number | undefined {
  const times = ways.flatMap(({ state, afterMs }) => (state === 'confirmed' ? [afterMs] : []));
  return times.length === 0 ? undefined : Math.min(...times);
}

/** What the look after a kill found: one line of its report. */
export interface AfterKill {
  readonly what: 'new jobs' | 'running jobs' | 'queue' | 'chat';
  /** `late`: not within its budget; `failed`: not at all; `unseen`: it could not be read. */
  readonly state: 'good' | 'late' | 'failed' | 'unseen';
  readonly afterMs: number;
  readonly sentence: string;
}

/** What a kill command ends with. 0: off within its budgets, and latched; 1: not confirmed, or not latched; 4: off, but over a budget. */
export function killExitCode({ ways, latched }: KillOutcome, after: readonly AfterKill[]): 0 | 1 | 4 {
  const confirmed = confirmedAfter({ ways });
  const goesOn = after.some(({ what, state }) => what === 'new jobs' && state === 'failed');
  if (confirmed === undefined || latched !== true || goesOn) return 1;
  const missed = after.some(({ state }) => state === 'late' || state === 'failed');
  return confirmed > BUDGETS.effective * 1000 || missed ? 4 : 0;
}
