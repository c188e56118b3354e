import { fieldPathOf } from '../observe/environment';
import { complaint, type Kubectl, type KubectlResult } from '../observe/kubectl';
import { type ManagedFields, objectsIn, type Workload } from '../observe/kubeObjects';
import { ANNOTATIONS, MANAGERS, VARIABLES } from '../phases/names';
import type { ClusterSettings } from '../phases/settings';
import { UserError } from '../phases/userError';

/** Annotations to write together with the wiring; none leaves them as they are. */
export interface Values {
  readonly pct: number;
  readonly enabled: boolean;
  readonly move: number;
}

/** The strategic patch that makes the container read its two variables from the annotations; the explicit value is removed by name. */
export function wiringPatch(container: string, values: Values | undefined): object {
  const variable = (key: 'pct' | 'enabled') => ({
    name: VARIABLES[key],
    value: null,
    valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: fieldPathOf(key) } },
  });
  return {
    spec: {
      template: {
        ...(values === undefined ? {} : { metadata: { annotations: annotationsOf(values) } }),
        spec: { containers: [{ name: container, env: [variable('pct'), variable('enabled')] }] },
      },
    },
  };
}

export const annotationsOf = ({ pct, enabled, move }: Values): Record<string, string> => ({
  [ANNOTATIONS.pct]: String(pct),
  [ANNOTATIONS.enabled]: String(enabled),
  [ANNOTATIONS.move]: String(move),
});

/**
 * Patches the Deployment of Denis and gives the fields back at once, so that the next move owns them without force.
 * @throws UserError `patch` when the API server refuses
 */
export async function patchDenis(kubectl: Kubectl, cluster: ClusterSettings, patch: object): Promise<void> {
  const result = await tryPatchDenis(kubectl, cluster, patch);
  if (result.code !== 0)
    throw new UserError('patch', `Deployment ${cluster.deployment} cannot be patched: ${complaint(result)}`);
}

/** The same for a patch that names a resourceVersion: a conflict is the caller's to look at again. */
export async function tryPatchDenis(kubectl: Kubectl, cluster: ClusterSettings, patch: object): Promise<KubectlResult> {
  const result = await kubectl([
    'patch',
    `deployment/${cluster.deployment}`,
    '--type=strategic',
    `--field-manager=${MANAGERS.adopt}`,
    '--patch',
    JSON.stringify(patch),
  ]);
  if (result.code === 0) await handBack(kubectl, cluster.deployment, ({ manager }) => manager === MANAGERS.adopt);
  return result;
}

const MOST_TRIES = 5;

/** Removes whole entries of managedFields: the fields keep their values and lose that owner. */
export async function handBack(
  kubectl: Kubectl,
  deployment: string,
  which: (entry: ManagedFields) => boolean,
): Promise<void> {
  for (let tries = 1; ; tries++) {
    const object = await readWithManagers(kubectl, deployment);
    const entries = object.metadata.managedFields ?? [];
    const index = entries.findIndex(which);
    if (index === -1) return;
    const path = `/metadata/managedFields/${index}`;
    const patch = [
      { op: 'test', path: '/metadata/resourceVersion', value: object.metadata.resourceVersion },
      { op: 'remove', path },
    ];
    await jsonPatch(kubectl, deployment, patch, tries);
  }
}

/** Takes one field out of every manager's set, so that the next server-side apply owns it without force. */
export async function disown(kubectl: Kubectl, deployment: string, field: readonly [string, string]): Promise<void> {
  const [outer, inner] = [`f:${field[0]}`, `f:${field[1]}`];
  for (let tries = 1; ; tries++) {
    const object = await readWithManagers(kubectl, deployment);
    const entries = object.metadata.managedFields ?? [];
    const owns = ({ manager, fieldsV1 }: ManagedFields): boolean =>
      manager !== MANAGERS.rollout &&
      manager !== MANAGERS.kill &&
      inner in ((fieldsV1?.[outer] as object | undefined) ?? {});
    const index = entries.findIndex(owns);
    if (index === -1) return;
    const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');
    const patch = [
      { op: 'test', path: '/metadata/resourceVersion', value: object.metadata.resourceVersion },
      { op: 'remove', path: `/metadata/managedFields/${index}/fieldsV1/${escaped(outer)}/${escaped(inner)}` },
    ];
    await jsonPatch(kubectl, deployment, patch, tries);
  }
}

async function jsonPatch(kubectl: Kubectl, deployment: string, patch: object, tries: number): Promise<void> {
  const result = await kubectl(['patch', `deployment/${deployment}`, '--type=json', '--patch', JSON.stringify(patch)]);
  if (result.code !== 0 && tries >= MOST_TRIES) {
    throw new UserError(
      'patch',
      `the owners of fields of Deployment ${deployment} cannot be changed: ${complaint(result)}`,
    );
  }
}

/** @throws UserError `patch` when it cannot be read */
export async function readWithManagers(kubectl: Kubectl, deployment: string): Promise<Workload> {
  const result = await kubectl(['get', `deployment/${deployment}`, '--show-managed-fields', '-o', 'json']);
  const [object] = result.code === 0 ? objectsIn(result.stdout) : [];
  if (object === undefined)
    throw new UserError('patch', `Deployment ${deployment} cannot be read: ${complaint(result)}`);
  return object as Workload;
}
