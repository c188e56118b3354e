import { z } from 'zod';
import { optionalSystem, pattern } from './optionalSystem';

const logsShape = {
  /** What a line about the materializer matches, upper case or lower. */
  about: pattern.default('materializ'),
  /** Newest lines that are read of each pod. */
  lines: z.number().int().min(1).max(100_000).default(5_000),
} as const;

/** The logs of Denis's pods, as far as the verification looks at them. */
export const logsSchema = optionalSystem(logsShape);
export type LogsSettings = NonNullable<z.output<typeof logsSchema>>;
