import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { reasonOf } from '../phases/userError';
import { type Reading, unreadable } from '../rollout/cluster';
import type { GraphCounts } from '../rollout/graphIntegrity';
import type { GraphAccess } from './graphAccess';
import type { GraphWork } from './graphWorker';

export interface GraphOptions {
  /** For connection and both queries together. @default 10 s */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

const TIMEOUT_MS = 10_000;

/**
 * Asks the plan's two queries, in a thread of their own: it can be ended, which a connection of the driver that hangs cannot, and no
 * other command waits until the driver is loaded. Never throws: what cannot be read is said in one sentence without the password.
 */
export async function readGraph(access: GraphAccess, options: GraphOptions = {}): Promise<Reading<GraphCounts>> {
  const { timeoutMs = TIMEOUT_MS, signal } = options;
  const failed = (why: string): Reading<GraphCounts> => unreadable(`Neo4j at ${hostOf(access.uri)}: ${why}`);
  if (signal?.aborted) return failed('stopped before it answered');
  const worker = new Worker(require.resolve('./graphWorker'), {
    workerData: { access, timeoutMs } satisfies GraphWork,
  });
  const deadline = AbortSignal.timeout(timeoutMs);
  const ends = AbortSignal.any([deadline, ...(signal === undefined ? [] : [signal])]);
  try {
    const [found] = (await once(worker, 'message', { signal: ends })) as [Reading<GraphCounts>];
    return found.kind === 'read' ? found : failed(found.reason);
  } catch (thrown) {
    if (deadline.aborted) return failed(`no answer within ${timeoutMs / 1000} s`);
    return failed(ends.aborted ? 'stopped before it answered' : reasonOf(thrown));
  } finally {
    await worker.terminate();
  }
}

const hostOf = (uri: string): string => (URL.canParse(uri) ? new URL(uri).host : 'an address that is no URL');
