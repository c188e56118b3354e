import { z } from 'zod';

/** Why the feature is off and stays off: who turned it off, when, why. */
export const latchSchema = z.strictObject({
  by: z.string(),
  /** ISO time. */
  at: z.string(),
  reason: z.string(),
  /** Replicas of the workers before a kill took them to 0: what a resume gives back. */
  workers: z.number().int().min(0).optional(),
});

export type Latch = z.output<typeof latchSchema>;

/** The Deployment's annotation. */
export const latchText = (latch: Latch): string => JSON.stringify(latchSchema.parse(latch));

/**
 * A latch as it stands on the Deployment, whoever wrote it: any text latches, also one that nobody here wrote.
 * @returns undefined for an annotation that is not ours to read
 */
export function readLatch(text: string): Latch | undefined {
  try {
    return latchSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export const latchSentence = ({ by, at, reason }: Latch): string => `latched by ${by} at ${at}: ${reason}`;

/** Of the Deployment's annotation, for people. */
export function latchTextSentence(text: string): string {
  const latch = readLatch(text);
  return latch === undefined ? `the Deployment carries a latch (${text})` : latchSentence(latch);
}
