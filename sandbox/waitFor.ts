import { setTimeout as pause } from 'node:timers/promises';
import { SandboxError } from './sandboxError';

export interface WaitOptions {
  /** Completes "waited N s for …". */
  what: string;
  deadlineMs: number;
  /** Time between two probes. @default 100 */
  intervalMs?: number;
  signal?: AbortSignal;
}

/**
 * Probes until a value other than undefined comes back, and returns it. A probe that throws has not succeeded yet;
 * the last such error is told when the deadline passes.
 */
export async function waitFor<T>(probe: () => Promise<T | undefined>, options: WaitOptions): Promise<T> {
  const { what, deadlineMs, intervalMs = 100, signal } = options;
  const end = performance.now() + deadlineMs;
  let lastError: unknown;
  for (;;) {
    signal?.throwIfAborted();
    try {
      const value = await probe();
      if (value !== undefined) return value;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    signal?.throwIfAborted();
    if (performance.now() >= end) {
      const because = lastError instanceof Error ? `: ${lastError.message}` : '';
      throw new SandboxError('SANDBOX_TIMEOUT', `waited ${deadlineMs / 1000} s for ${what}${because}`);
    }
    await pause(intervalMs);
  }
}
