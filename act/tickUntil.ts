import { setTimeout as pause } from 'node:timers/promises';
import type { Seconds } from '../phases/units';

/**
 * Ticks at a steady interval until the signal. A tick that has begun is finished, and two never overlap: one that takes longer
 * than an interval lets those fall out that it covers.
 */
export async function tickUntil(
  signal: AbortSignal,
  ticker: { tick(): Promise<unknown> },
  interval: Seconds,
): Promise<void> {
  const intervalMs = interval * 1000;
  const start = performance.now();
  for (let next = 0; !signal.aborted; ) {
    await ticker.tick();
    const passed = performance.now() - start;
    next = Math.max(next + intervalMs, Math.floor(passed / intervalMs) * intervalMs);
    await pause(Math.max(0, next - passed), undefined, { signal }).catch(() => {});
  }
}
