import { parentPort, workerData } from 'node:worker_threads';
import type { GraphAccess } from './graphAccess';
import { queryGraph } from './graphQuery';

/** What the worker is told. */
export interface GraphWork {
  readonly access: GraphAccess;
  readonly timeoutMs: number;
}

const { access, timeoutMs } = workerData as GraphWork;
void queryGraph(access, timeoutMs).then((found) => parentPort?.postMessage(found));
