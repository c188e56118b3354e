import { createClient } from '@redis/client';
import { z } from 'zod';
import { parseFlag } from './exposure';
import { type Log, reasonOf } from './logFile';

export const QUEUE = 'tools_mut';
export const FLAG_KEY = 'denis:feature:materializers:enabled';

const jobSchema = z.object({
  id: z.string(),
  user: z.string(),
  /** Name of the API pod that enqueued it. */
  pod: z.string(),
  /** Unix time in ms. */
  enqueuedAt: z.number(),
});
export type Job = z.infer<typeof jobSchema>;

/** One text for all, so that LREM finds them. */
const FILLER = JSON.stringify({ filler: true, task: 'materializers' });

/** Takes up to ARGV[1] entries from the workers' end, but no filler. Answers the depth, then the entries. */
const TAKE = `
local taken = {}
for n = 1, tonumber(ARGV[1]) do
  local entry = redis.call('LINDEX', KEYS[1], -1)
  if not entry or entry == ARGV[2] then break end
  taken[n] = redis.call('RPOP', KEYS[1])
end
return {redis.call('LLEN', KEYS[1]), taken}
`;

const COMMAND_TIMEOUT_MS = 2_000;

function makeClient(url: string) {
  return createClient({
    url,
    RESP: 2,
    disableOfflineQueue: true,
    commandsQueueMaxLength: 1_000,
    commandOptions: { timeout: COMMAND_TIMEOUT_MS },
    socket: {
      connectTimeout: 1_000,
      // Something is asked four times a second at least: a longer silence is a server that hangs.
      socketTimeout: 3_000,
      reconnectStrategy: (retries) => Math.min(100 * 2 ** retries, 1_000),
    },
  });
}

/**
 * The broker's list and the feature's flag. As with Celery, jobs enter on the left and leave on the right. While the
 * queue is flooded the fillers sit on the left and jobs enter on the right: they overtake, and the flood is held.
 */
export class Queue {
  private readonly client;
  private flooded = false;
  private failing = false;
  /** The depth when it was last read; kept while Redis is away. */
  depth = 0;
  /** The last known flag; on until it was read. */
  flagOn = true;

  constructor(
    url: string,
    private readonly log: Log,
  ) {
    this.client = makeClient(url);
    this.client.on('error', (error: unknown) => this.failed(error));
    this.client.on('ready', () => {
      if (this.failing) this.log('Redis answers again');
      this.failing = false;
    });
  }

  /** Connects now and again whenever the connection is lost; returns at once. */
  start(): void {
    this.client.connect().catch((error: unknown) => this.failed(error));
  }

  stop(): void {
    this.client.destroy();
  }

  get connected(): boolean {
    return this.client.isReady;
  }

  /** @throws when Redis does not take them */
  async push(jobs: readonly Job[]): Promise<void> {
    const entries = jobs.map((job) => JSON.stringify(job));
    this.depth = await (this.flooded ? this.client.rPush(QUEUE, entries) : this.client.lPush(QUEUE, entries));
  }

  /** Takes up to this many; what is no job comes back as undefined. @throws when Redis is away */
  async take(most: number): Promise<(Job | undefined)[]> {
    const answer = await this.client.eval(TAKE, { keys: [QUEUE], arguments: [String(most), FILLER] });
    const [depth, entries] = z.tuple([z.number(), z.array(z.string())]).parse(answer);
    this.depth = depth;
    return entries.map(parseJob);
  }

  /** Returns jobs that no worker could begin, in their order. */
  async putBack(jobs: readonly Job[]): Promise<void> {
    this.depth = await this.client.rPush(QUEUE, jobs.map((job) => JSON.stringify(job)).reverse());
  }

  async readFlag(): Promise<void> {
    this.flagOn = parseFlag(await this.client.get(FLAG_KEY));
  }

  /** Fills the queue up to this depth with entries that no worker takes. */
  async fill(depth: number): Promise<void> {
    this.flooded = true;
    const missing = depth - (await this.client.lLen(QUEUE));
    if (missing > 0) this.depth = await this.client.lPush(QUEUE, Array<string>(missing).fill(FILLER));
  }

  async removeFillers(): Promise<void> {
    await this.client.lRem(QUEUE, 0, FILLER);
    this.depth = await this.client.lLen(QUEUE);
    this.flooded = false;
  }

  private failed(error: unknown): void {
    if (!this.failing) this.log(`Redis: ${reasonOf(error)}; jobs are lost, the flag stays as it was`);
    this.failing = true;
  }
}

function parseJob(entry: string): Job | undefined {
  try {
    return jobSchema.parse(JSON.parse(entry));
  } catch {
    return undefined;
  }
}
