/** What happened to all jobs since the process started; tests and drills time a kill with it. */
export interface Counters {
  enqueued: number;
  started: number;
  finished: number;
  /** Of the finished ones. */
  failed: number;
  /** Taken from the queue and not run: the feature was off, or the entry was no job. */
  dropped: number;
  /** Never enqueued, because Redis did not take them. */
  lost: number;
  /** Unix times in ms. */
  lastEnqueuedAt: number | null;
  lastBegunAt: number | null;
}

export function newCounters(): Counters {
  return {
    enqueued: 0,
    started: 0,
    finished: 0,
    failed: 0,
    dropped: 0,
    lost: 0,
    lastEnqueuedAt: null,
    lastBegunAt: null,
  };
}
