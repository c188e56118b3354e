import { z } from 'zod';

const done = z.strictObject({ at: z.string(), by: z.string() });

/** What the ledger holds of the end of a rollout. Watcher and `npm run validate` both tell it; the ledger lets one of them. */
export const completionSchema = z.strictObject({
  /** Who is telling people now. Once `until` (ISO) is over he is taken to have failed. */
  telling: z.strictObject({ by: z.string(), until: z.string() }).optional(),
  /** Who told them: it arrived. */
  told: done.optional(),
  /** The first validation. */
  validated: done.optional(),
});

export type Completion = z.output<typeof completionSchema>;

/** Whether whoever asks may tell people. */
export type Turn =
  | { readonly kind: 'ours'; readonly complete: Completion }
  | { readonly kind: 'told'; readonly by: string; readonly at: string }
  | { readonly kind: 'others'; readonly by: string; readonly until: string };

/**
 * Takes the turn to tell it, unless it was told or somebody else is telling it.
 * @param until when it has arrived, or never will
 */
export function turnOf(
  before: Completion = {},
  { by, now, until }: { readonly by: string; readonly now: Date; readonly until: Date },
): Turn {
  const { told, telling } = before;
  if (told !== undefined) return { kind: 'told', ...told };
  if (telling !== undefined && Date.parse(telling.until) > now.getTime()) return { kind: 'others', ...telling };
  return { kind: 'ours', complete: { ...before, telling: { by, until: until.toISOString() } } };
}

/** The same once it is known whether it arrived; undefined where the turn has gone to somebody else, or the rollout ended. */
export function turnEnded(
  before: Completion | undefined,
  { by, now, arrived }: { readonly by: string; readonly now: Date; readonly arrived: boolean },
): Completion | undefined {
  if (before?.telling?.by !== by) return undefined;
  const { telling: _, ...rest } = before;
  return arrived ? { ...rest, told: { at: now.toISOString(), by } } : rest;
}
