import { z } from 'zod';
import { optionalSystem } from './optionalSystem';

const decisionTraceShape = {
  path: z
    .string()
    .regex(/^\/[^\s?#]*$/, 'expected a path that begins with /')
    .default('/internal/decision_trace/stats'),
  /** Least `write_success_rate` of every pod, percent. */
  minimum: z.number().min(0).max(100).default(99),
  /** What the service writes: 0–1, or 0–100. */
  unit: z.enum(['ratio', 'percent']).default('ratio'),
  /** Whether a rate below it, or one that cannot be read, holds canary-50 instead of warning. */
  hard: z.boolean().default(false),
} as const;

/** The statistics of DecisionTrace, as far as they are looked at. */
export const decisionTraceSchema = optionalSystem(decisionTraceShape);
export type DecisionTraceSettings = NonNullable<z.output<typeof decisionTraceSchema>>;
