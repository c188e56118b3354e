import type { CheckId, PhaseName } from '../../phases/phase';
import type { Verdict } from '../decide';
import type { Direction } from '../move';

/** One record of a journal, as far as a report tells it. Texts are plain, without what looks like a secret, and bounded. */
export interface Entry {
  /** Unix seconds. */
  readonly at: number;
  /** `permit`, `refusal`, `decision`, `kill`, `rollback`, `resume`, `drill`, or what a later version writes. */
  readonly kind: string;
  readonly by: string;
  readonly mode?: string;
  readonly stack?: string;
  readonly move?: string;
  readonly verdict?: string;
  readonly sentence?: string;
  readonly commit?: string;
  readonly image?: string;
  /** Id of the rollout that the ledger named. */
  readonly rollout?: string;
  /** Percent that was live; absent where it was not known. */
  readonly live?: number;
  /** The newest move that the ledger named. */
  readonly lastMove?: { readonly at: number; readonly percent: number; readonly by: string };
  readonly permit?: Permitted;
  readonly judged?: Judged;
  readonly killed?: Killed;
  readonly resumed?: { readonly cleared: readonly string[]; readonly failed?: string };
  readonly drilled?: readonly DrilledMethod[];
  /** Of an action, in the words given. */
  readonly reason?: string;
}

export interface Permitted {
  readonly allowed: boolean;
  readonly direction: Direction;
  readonly reasons: readonly string[];
  /** Percent that the stack asks for. */
  readonly percent: number;
}

/** What was judged of a live phase. */
export interface Judged {
  readonly phase: PhaseName;
  readonly verdict: Verdict;
  readonly baseline?: number;
  readonly checks: readonly CheckedPoint[];
  readonly fired: readonly FiredRule[];
  readonly override?: Overridden;
  readonly warnings: readonly string[];
  readonly sides: readonly { readonly title: string; readonly result: string; readonly sentence: string }[];
}

export interface CheckedPoint {
  readonly id: CheckId;
  readonly status: string;
  /** Of the window, in the metric's unit; absent where it could not be known. */
  readonly value?: number;
  readonly limit?: number;
}

export interface FiredRule {
  readonly id: string;
  readonly title: string;
  readonly verdict: string;
  /** Unix seconds. */
  readonly firedAt?: number;
  readonly value?: string;
}

export interface Overridden {
  readonly author: string;
  readonly reason: string;
  readonly expires: string;
  readonly checks: readonly string[];
}

/** Of a kill or a rollback. */
export interface Killed {
  readonly rule?: string;
  readonly incident?: string;
  readonly confirmedAfterMs?: number;
  readonly latched: true | string;
  readonly ways: readonly Step[];
  readonly look: readonly Step[];
}

/** One way to off, or one thing that was looked at after it. */
export interface Step {
  readonly what: string;
  readonly state: string;
  readonly afterMs: number;
  readonly sentence: string;
}

export interface DrilledMethod {
  readonly method: string;
  readonly runs: number;
  /** Milliseconds. */
  readonly p50?: number;
  readonly p95?: number;
  readonly max?: number;
  readonly result: string;
}
