import { containerNamed, exposureOf, wiringOf } from '../observe/environment';
import { complaint, type Kubectl } from '../observe/kubectl';
import { annotations, number, objectsIn, type Workload } from '../observe/kubeObjects';
import { ANNOTATIONS } from '../phases/names';
import type { ClusterSettings } from '../phases/settings';
import { UserError } from '../phases/userError';
import { isWired } from '../rollout/cluster';
import { isConflict } from './conflict';
import { tryPatchDenis, type Values, wiringPatch } from './wiring';

const MOST_TRIES = 5;

/**
 * Wires the variables to the annotations again, without ever raising what is served: where an explicit value is lower, or off,
 * the annotations take it over in the same write. A write of somebody else in between is looked at anew.
 */
export function rewireDenis(kubectl: Kubectl, cluster: ClusterSettings): Promise<void> {
  return patchOnWhatIs(kubectl, cluster, (deployment) => {
    const container = containerNamed(deployment.spec.template.spec, cluster.container);
    const wiring = wiringOf(container);
    if (isWired(wiring)) return undefined;
    const notes = annotations(deployment.spec.template);
    const effective = exposureOf(container, notes);
    const declared = valuesIn(notes);
    const pct = Math.min(declared.pct, effective.pct ?? 0);
    const enabled = declared.enabled && effective.enabled === true;
    const same = pct === declared.pct && enabled === declared.enabled;
    return { pct, enabled, move: same ? declared.move : declared.move + 1 };
  });
}

/**
 * Puts a lower percentage back over what a raising move wrote, unless somebody wrote after it: their word stands then.
 * @param move of the raising move
 * @param percent that the lowering move asked for; 0 is off
 */
export function restoreDenis(kubectl: Kubectl, cluster: ClusterSettings, move: number, percent: number): Promise<void> {
  return patchOnWhatIs(kubectl, cluster, (deployment) => {
    const declared = valuesIn(annotations(deployment.spec.template));
    const latched = annotations(deployment)[ANNOTATIONS.latch] !== undefined;
    if (declared.move !== move || latched || declared.pct <= percent) return undefined;
    return { pct: percent, enabled: declared.enabled && percent > 0, move: move + 1 };
  });
}

/** Turns the feature off whoever turned it on: for a raising move that a kill came into. Off already: nothing is written. */
export function turnOffDenis(kubectl: Kubectl, cluster: ClusterSettings): Promise<void> {
  return patchOnWhatIs(kubectl, cluster, (deployment) => {
    const notes = annotations(deployment.spec.template);
    const declared = valuesIn(notes);
    const effective = exposureOf(containerNamed(deployment.spec.template.spec, cluster.container), notes);
    if (!declared.enabled && effective.enabled === false) return undefined;
    return { ...declared, enabled: false, move: declared.move + 1 };
  });
}

/** Reads, decides, and writes only if nothing changed in between; undefined means that nothing is to be written. */
async function patchOnWhatIs(
  kubectl: Kubectl,
  cluster: ClusterSettings,
  decide: (deployment: Workload) => Values | undefined,
): Promise<void> {
  for (let tries = 1; ; tries++) {
    const found = await kubectl(['get', `deployment/${cluster.deployment}`, '-o', 'json']);
    const deployment = found.code === 0 ? (objectsIn(found.stdout)[0] as Workload | undefined) : undefined;
    if (deployment === undefined) {
      throw new UserError('patch', `Deployment ${cluster.deployment} cannot be read: ${complaint(found)}`);
    }
    const values = decide(deployment);
    if (values === undefined) return;
    const { resourceVersion } = deployment.metadata;
    const result = await tryPatchDenis(kubectl, cluster, {
      metadata: { resourceVersion },
      ...wiringPatch(cluster.container, values),
    });
    if (result.code === 0) return;
    if (!isConflict(result) || tries === MOST_TRIES) {
      throw new UserError('patch', `Deployment ${cluster.deployment} cannot be patched: ${complaint(result)}`);
    }
  }
}

function valuesIn(notes: Readonly<Record<string, string>>): Values {
  return {
    pct: number(notes[ANNOTATIONS.pct]) ?? 0,
    enabled: notes[ANNOTATIONS.enabled] === 'true',
    move: number(notes[ANNOTATIONS.move]) ?? 0,
  };
}
