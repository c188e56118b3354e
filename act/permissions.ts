import type { Kubectl } from '../observe/kubectl';
import { objectsIn } from '../observe/kubeObjects';
import { LEDGER_NAME, MOVE_LEASE } from '../phases/names';
import type { ClusterSettings } from '../phases/settings';
import { UserError } from '../phases/userError';

/** One verb on one kind of object, by name where a name is known. */
export interface Need {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly name?: string;
}

/** A rule of the API server's review of what the asking user may do. */
export interface GrantedRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** What a raising move does itself, and what the provider's wait reads: without the latter it would seem to hang. */
export function needsOfRaising(
  { deployment, workers }: Pick<ClusterSettings, 'deployment' | 'workers'>,
  autoscaler: string | undefined,
): Need[] {
  const watched: [string, string][] = [
    ['apps', 'deployments'],
    ['apps', 'replicasets'],
    ['', 'pods'],
    ['', 'persistentvolumeclaims'],
  ];
  return [
    { verb: 'patch', group: 'apps', resource: 'deployments', name: deployment },
    { verb: 'patch', group: 'apps', resource: 'deployments', name: workers },
    { verb: 'update', group: '', resource: 'configmaps', name: LEDGER_NAME },
    { verb: 'update', group: 'coordination.k8s.io', resource: 'leases', name: MOVE_LEASE },
    ...(autoscaler === undefined
      ? []
      : [{ verb: 'patch', group: 'autoscaling', resource: 'horizontalpodautoscalers', name: autoscaler }]),
    ...watched.flatMap(([group, resource]) => ['list', 'watch'].map((verb): Need => ({ verb, group, resource }))),
  ];
}

/** @returns those needs that no rule grants */
export function missingNeeds(needs: readonly Need[], rules: readonly GrantedRule[]): Need[] {
  const names = (list: readonly string[] | undefined, wanted: string): boolean =>
    list?.some((one) => one === wanted || one === '*') ?? false;
  return needs.filter(
    ({ verb, group, resource, name }) =>
      !rules.some(
        (rule) =>
          names(rule.verbs, verb) &&
          names(rule.apiGroups, group) &&
          names(rule.resources, resource) &&
          ((rule.resourceNames ?? []).length === 0 || (name !== undefined && rule.resourceNames!.includes(name))),
      ),
  );
}

/**
 * Asks the API server what this user may do, before a raising move begins.
 * @throws UserError `rbac` naming what is missing; nothing when the server cannot tell for sure
 */
export async function checkPermissions(
  kubectl: Kubectl,
  cluster: ClusterSettings,
  autoscaler: string | undefined,
): Promise<void> {
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectRulesReview',
    spec: { namespace: cluster.namespace },
  };
  // Without validation: for a review kubectl would list the CRDs first, which few users may.
  const args = ['create', '--validate=false', '-f', '-', '-o', 'json'];
  const result = await kubectl(args, { input: JSON.stringify(review) });
  if (result.code !== 0) return;
  const [object] = objectsIn(result.stdout) as unknown as [
    { status?: { incomplete?: boolean; resourceRules?: readonly GrantedRule[] } },
  ];
  const { incomplete = true, resourceRules = [] } = object.status ?? {};
  if (incomplete) return;
  const missing = missingNeeds(needsOfRaising(cluster, autoscaler), resourceRules);
  if (missing.length === 0) return;
  const list = missing.map(({ verb, resource, name }) => `${verb} ${resource}${name === undefined ? '' : `/${name}`}`);
  throw new UserError(
    'rbac',
    `this user lacks rights that a raising move needs in namespace ${cluster.namespace}: ${list.join(', ')}; bind the Role denis-canary-up to it. Nothing was written`,
  );
}
