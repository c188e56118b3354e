import { complaint, type Kubectl } from '../observe/kubectl';
import { annotations, type KubeObject, objectsIn } from '../observe/kubeObjects';
import { MANAGERS } from '../phases/names';
import { UserError } from '../phases/userError';
import { handingBack, killedAgain, writeOnWhatIs } from './resumeWrites';

/** KEDA holds the workers at this number while the annotation is there. */
const PAUSED = 'autoscaling.keda.sh/paused-replicas';

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

type ScaledObject = KubeObject & {
  readonly spec?: { readonly scaleTargetRef?: { readonly kind?: string; readonly name?: string } };
};

/**
 * Lets KEDA scale the workers again, where a kill paused it.
 * @returns names of what was paused; none without KEDA
 */
export async function unpauseWorkers(kubectl: Kubectl, name: string): Promise<string[]> {
  const listed = await kubectl(['get', 'scaledobjects.keda.sh', '-o', 'json']);
  if (/the server doesn't have a resource type/.test(listed.stderr)) return [];
  if (listed.code !== 0) throw new UserError('keda', `the ScaledObjects cannot be read: ${complaint(listed)}`);
  const paused = (objectsIn(listed.stdout) as ScaledObject[]).filter((one) => {
    const { kind = 'Deployment', name: target } = one.spec?.scaleTargetRef ?? {};
    return kind === 'Deployment' && target === name && annotations(one)[PAUSED] === '0';
  });
  for (const { metadata } of paused) {
    const content = { metadata: { annotations: { [PAUSED]: null } } };
    const as = `--field-manager=${MANAGERS.resume}`;
    const target = `scaledobjects.keda.sh/${metadata.name}`;
    const result = await kubectl(['patch', target, '--type=merge', as, '--patch', JSON.stringify(content)]);
    if (result.code !== 0) {
      throw new UserError('keda', `ScaledObject ${metadata.name} cannot be patched: ${complaint(result)}`);
    }
  }
  return paused.map(({ metadata }) => metadata.name);
}
