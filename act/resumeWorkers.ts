import { complaint, type Kubectl } from '../observe/kubectl';
import { MANAGERS } from '../phases/names';
import { UserError } from '../phases/userError';
import { isPausedAtZero, pauseAtZero, scaledObjectsOf } from './keda';
import { handingBack, killedAgain, writeOnWhatIs } from './resumeWrites';

/**
 * Starts as many workers as a kill had stopped, where it still stands; then nobody's field keeps a raising move from them.
 * @param replicas undefined leaves what is
 * @returns how many there are
 */
export async function giveWorkersBack(kubectl: Kubectl, name: string, replicas: number | undefined): Promise<number> {
  let given = 0;
  await writeOnWhatIs(kubectl, name, ({ spec, metadata }) => {
    given = spec.replicas ?? 1;
    if (given > 0 || replicas === undefined) return undefined;
    given = replicas;
    const { resourceVersion } = metadata;
    return { type: 'strategic', content: { metadata: { resourceVersion }, spec: { replicas } } };
  });
  await writeOnWhatIs(kubectl, name, (workers) => {
    if (given > 0 && workers.spec.replicas === 0) throw killedAgain('the workers were scaled to 0');
    return handingBack(workers);
  });
  return given;
}

/**
 * Lets KEDA scale the workers again, where a kill paused it.
 * @returns names of what was paused; none without KEDA
 */
export async function unpauseWorkers(kubectl: Kubectl, name: string): Promise<string[]> {
  const scaled = await scaledObjectsOf(kubectl, name);
  if ('failed' in scaled) {
    throw new UserError('keda', `the ScaledObjects cannot be read: ${complaint(scaled.failed)}`);
  }
  const paused = scaled.filter(isPausedAtZero);
  for (const { metadata } of paused) {
    const result = await pauseAtZero(kubectl, metadata.name, false, MANAGERS.resume);
    if (result.code !== 0) {
      throw new UserError('keda', `ScaledObject ${metadata.name} cannot be patched: ${complaint(result)}`);
    }
  }
  return paused.map(({ metadata }) => metadata.name);
}
