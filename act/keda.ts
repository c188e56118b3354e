import type { Kubectl, KubectlResult } from '../observe/kubectl';
import { annotations, type KubeObject, objectsIn } from '../observe/kubeObjects';

/** KEDA holds the workers at this number while the annotation is there. */
const PAUSED = 'autoscaling.keda.sh/paused-replicas';
const KIND = 'scaledobjects.keda.sh';

type ScaledObject = KubeObject & {
  readonly spec?: { readonly scaleTargetRef?: { readonly kind?: string; readonly name?: string } };
};

/**
 * The ScaledObjects that scale a Deployment; none where the cluster has no KEDA.
 * @returns kubectl's own answer when they cannot be read
 */
export async function scaledObjectsOf(
  kubectl: Kubectl,
  deployment: string,
): Promise<readonly KubeObject[] | { readonly failed: KubectlResult }> {
  const listed = await kubectl(['get', KIND, '-o', 'json']);
  if (/the server doesn't have a resource type/.test(listed.stderr)) return [];
  if (listed.code !== 0) return { failed: listed };
  return (objectsIn(listed.stdout) as ScaledObject[]).filter(({ spec }) => {
    const { kind = 'Deployment', name } = spec?.scaleTargetRef ?? {};
    return kind === 'Deployment' && name === deployment;
  });
}

export const isPausedAtZero = (scaled: KubeObject): boolean => annotations(scaled)[PAUSED] === '0';

/** Pauses at 0, or lets KEDA scale again. */
export function pauseAtZero(kubectl: Kubectl, name: string, paused: boolean, manager: string): Promise<KubectlResult> {
  const patch = JSON.stringify({ metadata: { annotations: { [PAUSED]: paused ? '0' : null } } });
  return kubectl(['patch', `${KIND}/${name}`, '--type=merge', `--field-manager=${manager}`, '--patch', patch]);
}
