import { hash32 } from './random';

export interface Switches {
  /** What `DENIS_MATERIALIZERS_PCT` says, whatever the switches say. */
  pct: number;
  /** `DENIS_MATERIALIZERS_ENABLED` is exactly `true`. */
  enabled: boolean;
  /** The pod was told to stop by the API. */
  killed: boolean;
  /** The Redis flag is not `0`. */
  flagOn: boolean;
}

/** Percent; anything but a plain number from 0 to 100 is 0. */
export function parsePct(text: string | undefined): number {
  if (text === undefined || !/^\d+(\.\d+)?$/.test(text)) return 0;
  const value = Number(text);
  return value <= 100 ? value : 0;
}

export function parseEnabled(text: string | undefined): boolean {
  return text === 'true';
}

/** A missing key is on; only `0` is off. */
export function parseFlag(value: string | null): boolean {
  return value !== '0';
}

/** 0–99, the same for a user on every pod. */
export function bucketOf(user: string): number {
  return hash32(user) % 100;
}

export function featureOn({ enabled, killed, flagOn }: Omit<Switches, 'pct'>): boolean {
  return enabled && !killed && flagOn;
}

export function takesNewPath(user: string, switches: Switches): boolean {
  return featureOn(switches) && bucketOf(user) < switches.pct;
}
