import { z } from 'zod';
import { completionSchema } from './completion';
import { latchSchema } from './latch';

/** The rollout's own record in ConfigMap `denis-canary`, key `ledger.json`. Every write compares its resourceVersion. */
const schema = z.strictObject({
  version: z.literal(1),
  /** Highest percentage that a permitted `up` reached; lowering moves lower it. */
  permitted: z.number().min(0).max(100),
  rollout: z
    .strictObject({
      id: z.string(),
      startedAt: z.string(),
      /** Replicas of the workers when it began: no phase goes below. */
      workers: z.number().int().min(0),
    })
    .optional(),
  lastMove: z
    .strictObject({
      number: z.number().int().min(0),
      stack: z.string(),
      percent: z.number(),
      enabled: z.boolean(),
      direction: z.enum(['up', 'down']),
      at: z.string(),
      by: z.string(),
    })
    .optional(),
  baseline: z
    .strictObject({
      chatP99: z.number().positive(),
      measuredAt: z.string(),
      covered: z.number(),
      samples: z.number(),
      /** Who pinned it in place of a lost one. */
      set: z.strictObject({ by: z.string(), reason: z.string() }).optional(),
    })
    .optional(),
  /** Where this rollout's samples come from, pinned when it starts; no credentials. Absent: nothing is pinned. */
  source: z.string().optional(),
  /** Copy of the Deployment's latch; either one latches. */
  latch: latchSchema.optional(),
  /** The last kill drill of which every run was confirmed in budget; outlives rollouts. */
  drill: z.strictObject({ at: z.string(), by: z.string() }).optional(),
  /** That the rollout is complete; ends with the rollout, and with any lowering move. */
  complete: completionSchema.optional(),
});

export type Ledger = z.output<typeof schema>;
export const LEDGER_KEY = 'ledger.json';

/** The ConfigMap's data: the ledger, and beside it as plain text what an admission policy of the cluster reads. */
export const ledgerData = (ledger: Ledger): Record<string, string> => ({
  [LEDGER_KEY]: writeLedger(ledger),
  permitted: String(ledger.permitted),
  latched: String(ledger.latch !== undefined),
});

export type LedgerReading =
  | { readonly kind: 'ledger'; readonly ledger: Ledger; readonly resourceVersion: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'broken'; readonly reason: string };

export const EMPTY_LEDGER: Ledger = { version: 1, permitted: 0 };

/** @param stored the ConfigMap's text; undefined when there is none */
export function readLedger(
  stored: { readonly text: string; readonly resourceVersion: string } | undefined,
): LedgerReading {
  if (stored === undefined) return { kind: 'missing' };
  let value: unknown;
  try {
    value = JSON.parse(stored.text);
  } catch {
    return { kind: 'broken', reason: `${LEDGER_KEY} is not JSON` };
  }
  const result = schema.safeParse(value);
  if (result.success) return { kind: 'ledger', ledger: result.data, resourceVersion: stored.resourceVersion };
  const issue = result.error.issues[0];
  return { kind: 'broken', reason: `${LEDGER_KEY}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'unreadable'}` };
}

export const writeLedger = (ledger: Ledger): string => JSON.stringify(schema.parse(ledger));
