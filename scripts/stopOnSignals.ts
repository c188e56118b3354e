export interface OnSignals {
  /** At the first one, with its name. */
  readonly stopping?: (signal: NodeJS.Signals) => void;
  /** At the second one, before the process ends with exit code 130. */
  readonly forced?: () => void;
}

/** The first SIGINT, SIGTERM or SIGHUP asks to stop, a second one ends the process at once. */
export function stopOnSignals({ stopping, forced }: OnSignals = {}): AbortController {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) {
        forced?.();
        process.exit(130);
      }
      stopping?.(signal);
      stop.abort();
    });
  }
  return stop;
}
