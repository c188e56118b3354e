import type { Seconds, UnixSeconds } from '../phases/units';
import type { Told } from './watcherStatus';

/** Everything that a watcher says, and how loudly. */
const SEVERITIES = {
  'promotion-possible': 'info',
  promoted: 'info',
  complete: 'info',
  digest: 'info',
  'hold-long': 'warning',
  'warning-started': 'warning',
  'warning-ended': 'info',
  rollback: 'page',
  emergency: 'page',
  'off-confirmed': 'warning',
  recovered: 'info',
  'not-recovered': 'page',
  blind: 'warning',
  'page-blind': 'page',
  'sees-again': 'info',
  'latch-broken': 'page',
  'kill-completed': 'warning',
  'moves-differ': 'warning',
} as const;

export type WatchEventKind = keyof typeof SEVERITIES;
export const WATCH_EVENT_KINDS = Object.keys(SEVERITIES) as WatchEventKind[];
export type Severity = (typeof SEVERITIES)[WatchEventKind];

/** Something that a watcher says once. */
export interface WatchEvent {
  readonly kind: WatchEventKind;
  readonly at: UnixSeconds;
  /** Name of the phase that is live, or was. */
  readonly stack: string;
  readonly sentence: string;
  readonly severity: Severity;
  /** The same for the same thing, also after a restart. */
  readonly key: string;
}

export const eventOf = (event: Omit<WatchEvent, 'severity'>): WatchEvent => ({
  ...event,
  severity: SEVERITIES[event.kind],
});

/** Something that is so at a tick: said once, when it has lasted for its grace. */
export interface Lasting {
  readonly key: string;
  readonly kind: WatchEventKind;
  readonly sentence: string;
  /** @default none */
  readonly grace?: Seconds;
  /** What was said of it needs no repetition after a pause. */
  readonly stays?: true;
}

export interface Turns {
  readonly told: WatchTold;
  /** What is to be said now. */
  readonly starts: readonly (Lasting & { readonly since: number })[];
  /** Keys of what was said and is over. */
  readonly ends: readonly { readonly key: string; readonly since: number }[];
}

export type WatchTold = Readonly<Record<string, Told>>;

/**
 * Compares what is so now with what was. What was said is over once it was not so for as long as its calm, so that what comes
 * and goes is said once. What was not said yet, or what nobody looked at for so long, begins anew: a pause makes no time.
 * @param calm by key
 */
export function turns(
  before: WatchTold,
  present: readonly Lasting[],
  now: UnixSeconds,
  calm: (key: string) => Seconds,
): Turns {
  const told: Record<string, Told> = {};
  const starts: (Lasting & { readonly since: number })[] = [];
  const ends: { readonly key: string; readonly since: number }[] = [];
  for (const one of present) {
    const known = one.stays ? before[one.key] : sameAs(before[one.key], now, calm(one.key));
    const { since, said } = known ?? { since: now };
    const due = now - since >= (one.grace ?? 0);
    if (due && said === undefined) starts.push({ ...one, since });
    told[one.key] = { since, seen: now, ...(due || said ? { said: true } : {}) };
  }
  for (const [key, one] of Object.entries(before)) {
    if (key in told || one.said === undefined) continue;
    if (now - one.seen < calm(key)) told[key] = one;
    else ends.push({ key, since: one.since });
  }
  return { told, starts, ends };
}

/** What was seen a short while ago and what is seen now are the same. */
export const sameAs = (before: Told | undefined, now: number, calm: Seconds): Told | undefined =>
  before !== undefined && now - before.seen < calm ? before : undefined;
