import type { UnixSeconds } from '../phases/units';

/** The samples of one pod (and component), in order of time. Only finite numbers; what was not a number is counted beside them. */
export interface Series {
  readonly pod: string;
  readonly component?: string;
  /** Unix seconds, ascending. */
  readonly times: readonly number[];
  /** In the metric's unit, as long as `times`. */
  readonly values: readonly number[];
}

/** What a metrics source answered for one metric. */
export type Fetched =
  | { readonly kind: 'series'; readonly query: string; readonly series: readonly Series[]; readonly notANumber: number }
  | {
      /** Two counters: `part` of `whole`. Several series of one pod add up. */
      readonly kind: 'ratio';
      readonly query: string;
      readonly part: readonly Series[];
      readonly whole: readonly Series[];
      readonly notANumber: number;
    }
  | {
      /** Cumulative buckets of a histogram. Several series of one pod and edge add up. */
      readonly kind: 'histogram';
      readonly query: string;
      readonly buckets: readonly Bucket[];
      readonly notANumber: number;
    }
  | { readonly kind: 'ambiguous'; readonly query: string; readonly detail: string }
  | { readonly kind: 'unreachable'; readonly query: string; readonly reason: string }
  | { readonly kind: 'off'; readonly reason: string };

/** Counters of the observations up to an edge; the last edge is infinite. */
export interface Bucket {
  /** Upper edge, in the metric's unit, included. */
  readonly le: number;
  readonly series: readonly Series[];
}

/** Half-open span of time, Unix seconds, of which only some moments may count. */
export interface Period {
  readonly from: UnixSeconds;
  readonly to: UnixSeconds;
  /** Absent: every moment counts. */
  readonly counts?: (time: number) => boolean;
}

/** @returns index of the first time that is not before `moment` */
export function firstAtOrAfter(times: readonly number[], moment: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! < moment) low = middle + 1;
    else high = middle;
  }
  return low;
}
