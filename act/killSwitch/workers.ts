import { complaint } from '../../observe/kubectl';
import { type KubeObject, objectsIn } from '../../observe/kubeObjects';
import { MANAGERS } from '../../phases/names';
import { reasonOf, UserError } from '../../phases/userError';
import { podCount } from '../../rollout/killConfirm';
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

type ScaledObject = KubeObject & {
  readonly spec?: { readonly scaleTargetRef?: { readonly kind?: string; readonly name?: string } };
};

/** @returns what to add to the report: nothing where the cluster has no KEDA */
async function pauseKeda({ cluster, kubectl }: WayContext): Promise<string> {
  const kind = 'scaledobjects.keda.sh';
  try {
    const listed = await kubectl(['get', kind, '-o', 'json']);
    if (/doesn't have a resource type|no matches for kind/.test(listed.stderr)) return '';
    if (listed.code !== 0) return `; whether KEDA scales them could not be read: ${complaint(listed)}`;
    const ours = (objectsIn(listed.stdout) as ScaledObject[]).filter(({ spec }) => {
      const { kind: target = 'Deployment', name } = spec?.scaleTargetRef ?? {};
      return target === 'Deployment' && name === cluster.workers;
    });
    const annotations = { 'autoscaling.keda.sh/paused-replicas': '0' };
    const patch = JSON.stringify({ metadata: { annotations } });
    for (const { metadata } of ours) {
      const target = `${kind}/${metadata.name}`;
      const manager = `--field-manager=${MANAGERS.kill}`;
      const result = await kubectl(['patch', target, '--type=merge', manager, '--patch', patch]);
      if (result.code !== 0) return `; ScaledObject ${metadata.name} could not be paused: ${complaint(result)}`;
    }
    return ours.map(({ metadata }) => `; ScaledObject ${metadata.name} is paused`).join('');
  } catch (thrown) {
    return `; whether KEDA scales them could not be read: ${reasonOf(thrown)}`;
  }
}
