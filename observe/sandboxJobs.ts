import { z } from 'zod';
import { httpRequest } from './http';

const TIMEOUT_MS = 2_000;

const schema = z.object({
  chatsPerSecond: z.number(),
  jobs: z.object({ started: z.number(), lastBegunAt: z.number().nullable() }),
});

/** What the sandbox's Denis knows of its workers; a real one counts no begun jobs. */
export interface SandboxJobs {
  readonly chatsPerSecond: number;
  /** Jobs begun since it started. */
  readonly begun: number;
  /** Unix time, ms. */
  readonly lastBegunAt: number | undefined;
}

/**
 * @param chat the URL of `/chat`: the sandbox's own paths lie beside it
 * @throws Error of the network, or when this is no sandbox
 */
export async function readSandboxJobs(chat: string): Promise<SandboxJobs> {
  const url = new URL('/sandbox/state', chat).href;
  const { status, body } = await httpRequest(url, { timeoutMs: TIMEOUT_MS });
  if (status !== 200) throw new Error(`${url} answers ${status}`);
  const { chatsPerSecond, jobs } = schema.parse(JSON.parse(body));
  return { chatsPerSecond, begun: jobs.started, lastBegunAt: jobs.lastBegunAt ?? undefined };
}
