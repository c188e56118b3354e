import { z } from 'zod';
import { PHASE_NAMES } from '../phases/phase';
import { type Seconds, seconds, type UnixSeconds, unixSeconds } from '../phases/units';
import type { Reading } from './cluster';
import { read, unreadable } from './cluster';
import type { TimerState } from './ruleTimer';
import type { RuleId } from './ruleWatches';
import { WATCH_EVENT_KINDS } from './watchEvent';
import { NOTHING_SEEN } from './witness';

const at = z.number().transform((value): UnixSeconds => unixSeconds(value));
const timer = z.strictObject({
  held: z.number(),
  open: z.number().exactOptional(),
  since: z.number().exactOptional(),
  firedAt: z.number().exactOptional(),
  seen: z.number().exactOptional(),
});

const incidentSchema = z.strictObject({
  /** The same for one live move, whoever opens it and however often. */
  id: z.string(),
  verdict: z.enum(['ROLLBACK', 'EMERGENCY']),
  phase: z.enum(PHASE_NAMES),
  /** Stable name of the finding that opened it. */
  rule: z.string(),
  sentence: z.string(),
  /** ISO times. */
  since: z.string(),
  /** When the feature was confirmed off and latched. */
  killedAt: z.string().exactOptional(),
  recoveredAt: z.string().exactOptional(),
  escalatedAt: z.string().exactOptional(),
  /** Seconds: the baseline of chat p99, which ends with the rollout. */
  baseline: z.number().exactOptional(),
});

/** Something that lasts, and is said once. */
const toldSchema = z.strictObject({
  since: z.number(),
  /** The newest moment at which it was so. */
  seen: z.number(),
  said: z.literal(true).exactOptional(),
});

/** What the watcher that leads knew at its last tick. It rides on the Lease: compact, and never a secret. */
const schema = z.strictObject({
  version: z.literal(1),
  /** ISO time of the tick. */
  at: z.string(),
  /** Whose timers these are, Unix seconds; undefined while nothing is live, or it is rolling out. */
  activatedAt: z.number().exactOptional(),
  /** Percent that was live when it was last known. */
  live: z.number().exactOptional(),
  /** By the id of a rollback rule. */
  timers: z.record(z.string(), timer),
  witness: z.strictObject({
    probes: z
      .array(z.strictObject({ at, result: z.enum(['good', 'refused', 'down']), why: z.string().exactOptional() }))
      .readonly(),
    ooms: z.array(z.strictObject({ pod: z.string(), container: z.string(), at })).readonly(),
  }),
  incident: incidentSchema.exactOptional(),
  /** Since when nothing could be judged, Unix seconds. */
  blindSince: z.number().exactOptional(),
  /** What this tick has to tell people. Who takes over from one that died tells it again: twice is better than never. */
  telling: z
    .array(
      z.strictObject({
        kind: z.enum(WATCH_EVENT_KINDS),
        at,
        stack: z.string(),
        sentence: z.string(),
        severity: z.enum(['info', 'warning', 'page']),
        key: z.string(),
      }),
    )
    .exactOptional(),
  /** The newest digest that was told: its number, of the activation `since` (Unix seconds). */
  digest: z.strictObject({ since: z.number(), number: z.number().int() }).exactOptional(),
  /** By key of what lasts. */
  told: z.record(z.string(), toldSchema),
});

export type WatcherStatus = z.output<typeof schema>;
export type Incident = z.output<typeof incidentSchema>;
export type Told = z.output<typeof toldSchema>;

/** Before the first tick. */
export const freshStatus = (now: UnixSeconds): WatcherStatus => ({
  version: 1,
  at: isoOf(now),
  timers: {},
  witness: NOTHING_SEEN,
  told: {},
});

export const writeStatus = (status: WatcherStatus): string => JSON.stringify(status);

export function readStatus(text: string): Reading<WatcherStatus> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return unreadable('the status of the watcher is not JSON');
  }
  const result = schema.safeParse(value);
  if (result.success) return read(result.data);
  const [issue] = result.error.issues;
  return unreadable(`the status of the watcher: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'unreadable'}`);
}

export const timersOf = ({ timers }: WatcherStatus): ReadonlyMap<RuleId, TimerState> =>
  new Map(Object.entries(timers) as [RuleId, TimerState][]);

export const isoOf = (time: UnixSeconds): string => new Date(time * 1000).toISOString();

/** Seconds from an ISO time of a status to a moment; none where a clock was set back. */
export const since = (iso: string, now: UnixSeconds): Seconds => seconds(Math.max(0, now - Date.parse(iso) / 1000));
