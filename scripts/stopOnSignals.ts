export interface OnSignals {
  /** At the first one, with its name. */
  readonly stopping?: (signal: NodeJS.Signals) => void;
  /** At the second one, before the process ends with exit code 130. */
  readonly forced?: () => void;
}

/** Ctrl-C under npm is two signals, one of the terminal and one that npm hands on: what follows so soon is the same. ms */
const SAME_MS = 500;

/** The first SIGINT, SIGTERM or SIGHUP asks to stop, a second one ends the process at once. */
export function stopOnSignals({ stopping, forced }: OnSignals = {}): AbortController {
  const stop = new AbortController();
  let first = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) {
        if (performance.now() - first < SAME_MS) return;
        forced?.();
        process.exit(130);
      }
      first = performance.now();
      // Until the same one has come: a process that is ending has no handler left, and would die of it with another exit code.
      setTimeout(() => {}, SAME_MS);
      stopping?.(signal);
      stop.abort();
    });
  }
  return stop;
}
