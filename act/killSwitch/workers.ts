import { complaint } from '../../observe/kubectl';
import { MANAGERS } from '../../phases/names';
import { reasonOf, UserError } from '../../phases/userError';
import { podCount } from '../../rollout/killConfirm';
import { pauseAtZero, scaledObjectsOf } from '../keda';
import { pause } from './pause';
import { readingNow, tryAgain, tryWrite, type WayContext, WRITE_MS } from './way';

const POLL_MS = 250;

/**
 * The emergency: no workers, so nothing asynchronous runs, and the queue is frozen. An autoscaler of Kubernetes leaves a
 * Deployment of 0 replicas alone; KEDA is told to pause. Confirmed once no worker pod is left that nobody ended.
 */
export async function stopWorkers(context: WayContext): Promise<string> {
  const { cluster, readings, signal, stand } = context;
  const paused = pauseKeda(context);
  for (let tries = 1, list = readings.first; ; tries++, list = readings.fresh()) {
    const { workers, unlisted } = await readingNow(context, list);
    if (workers === undefined) {
      throw new UserError('kill', `namespace ${cluster.namespace} has no Deployment ${cluster.workers}`);
    }
    if (workers.replicas > 0) {
      const failed = await scaleDown(context);
      if (failed !== undefined) {
        if (context.elapsed() > WRITE_MS) throw new UserError('kill', failed);
        await tryAgain(context, failed, tries);
        continue;
      }
      context.say(`${workers.replicas} replicas → 0`);
      stand('written, but the workers were not seen to stop');
    } else if (unlisted !== undefined) stand(`written, but ${unlisted}`);
    else if (workers.running > 0) stand(`written, but ${podCount(workers.running)} of the workers still run`);
    else return `0 replicas, and no worker is left${await paused}`;
    if (signal.aborted) throw new UserError('kill', 'interrupted');
    await pause(POLL_MS, signal);
  }
}

/** @returns why it did not reach the API server; undefined once written */
async function scaleDown(context: WayContext): Promise<string | undefined> {
  const { cluster, kubectl } = context;
  const target = `deployment/${cluster.workers}`;
  const patch = JSON.stringify({ spec: { replicas: 0 } });
  const outcome = await tryWrite(context, ['patch', target, `--field-manager=${MANAGERS.kill}`, '--patch', patch]);
  if (outcome.kind === 'written') return undefined;
  if (outcome.kind !== 'refused') return outcome.why;
  const scaled = await kubectl(['scale', target, '--replicas=0']);
  if (scaled.code !== 0) throw new UserError('kill', complaint(scaled));
  return undefined;
}

/** @returns what to add to the report: nothing where the cluster has no KEDA */
async function pauseKeda({ cluster, kubectl }: WayContext): Promise<string> {
  try {
    const ours = await scaledObjectsOf(kubectl, cluster.workers);
    if ('failed' in ours) return `; whether KEDA scales them could not be read: ${complaint(ours.failed)}`;
    for (const { metadata } of ours) {
      const result = await pauseAtZero(kubectl, metadata.name, true, MANAGERS.kill);
      if (result.code !== 0) return `; ScaledObject ${metadata.name} could not be paused: ${complaint(result)}`;
    }
    return ours.map(({ metadata }) => `; ScaledObject ${metadata.name} is paused`).join('');
  } catch (thrown) {
    return `; whether KEDA scales them could not be read: ${reasonOf(thrown)}`;
  }
}
