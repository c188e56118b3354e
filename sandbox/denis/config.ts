import { readFileSync } from 'node:fs';
import { z } from 'zod';

const configSchema = z.strictObject({
  /** `https://` in the sandbox; plain `http://` serves tests. */
  apiServer: z.url(),
  token: z.string(),
  /** Certificate authority of the API server, PEM; unused with plain HTTP. */
  caFile: z.string(),
  namespace: z.string().default('denis'),
  redis: z.url(),
  frontPort: z.int().min(0).max(65_535),
  chatsPerSecond: z.number().nonnegative().default(100),
  seed: z.int().default(1),
  logFile: z.string(),
});

export type Config = z.infer<typeof configSchema>;

/** @throws an error that names the file and each wrong field. */
export function readConfig(file: string): Config {
  const parsed = configSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (!parsed.success) throw new Error(`${file}: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
