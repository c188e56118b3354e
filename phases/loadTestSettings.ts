import { z } from 'zod';
import { optionalSystem } from './optionalSystem';

const loadTestShape = {
  /** Whether a load test that is missing or failed holds canary-50 instead of warning. */
  hard: z.boolean().default(false),
} as const;

/** The load test of canary-50, by its last result on this machine. */
export const loadTestSchema = optionalSystem(loadTestShape);
export type LoadTestSettings = NonNullable<z.output<typeof loadTestSchema>>;
