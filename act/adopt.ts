import { readCluster } from '../observe/cluster';
import { complaint, type Kubectl } from '../observe/kubectl';
import { objectsIn } from '../observe/kubeObjects';
import type { ClusterSettings } from '../phases/settings';
import { UserError } from '../phases/userError';
import { adoptionOf, manifestChange, setsReplicas } from '../rollout/adoption';
import { EMPTY_LEDGER, readLedger } from '../rollout/ledger';
import { storeLedger } from './ledger';
import { disown, patchDenis, type Values, wiringPatch } from './wiring';

/** What adopting would do; made first, shown, and only then carried out. */
export interface Adoption {
  /** The patch to Deployment `denis`, or undefined when it is wired already. */
  readonly patch: object | undefined;
  /** Whether the ledger is still to be written. */
  readonly ledger: boolean;
  /** Advice for the team's repository, for people. */
  readonly advice: readonly string[];
}

const OFF: Values = { pct: 0, enabled: false, move: 0 };

/**
 * Plans the adoption: both variables read the annotations, which start at 0, off, move 0, in one write.
 * @throws UserError `adopt` when the Deployment is missing, or while the team's manifest contradicts the wiring
 */
export async function planAdoption(kubectl: Kubectl, cluster: ClusterSettings): Promise<Adoption> {
  const { state } = await readCluster(kubectl, cluster);
  const { denis, workers } = state;
  if (denis === undefined) throw missing(cluster.deployment, cluster);
  if (workers === undefined) throw missing(cluster.workers, cluster);
  const [lastDenis, lastWorkers] = await Promise.all([
    lastApplied(kubectl, cluster.deployment, cluster.container),
    lastApplied(kubectl, cluster.workers, undefined),
  ]);
  const change = manifestChange(lastDenis, cluster.container);
  if (change !== undefined) {
    throw new UserError(
      'adopt',
      [
        `the manifest last applied to Deployment ${cluster.deployment} gives ${change.remove.join(' and ')} a value; applying it again would fail, or undo the adoption.`,
        `Take these entries out of container ${cluster.container}'s env in your repository, apply it, and adopt again; nothing was changed:`,
        ...change.remove.map((name) => `  - - name: ${name}`),
      ].join('\n'),
    );
  }
  const verdict = adoptionOf(denis, readLedger(state.ledger));
  if (verdict.kind === 'refused') {
    throw new UserError('adopt', `Deployment ${cluster.deployment} is not adopted: ${verdict.reason}`);
  }
  return {
    patch: verdict.values === undefined ? undefined : wiringPatch(cluster.container, verdict.values),
    ledger: verdict.ledger,
    advice: setsReplicas(lastWorkers)
      ? [
          `the manifest of ${cluster.workers} sets replicas: the next apply would take the workers back to that number. Keep it out of the repository (kubectl apply view-last-applied, then set-last-applied without replicas), or raise it there with each phase`,
        ]
      : [],
  };
}

/** Carries the adoption out. Idempotent: what is done already is left alone. */
export async function adopt(kubectl: Kubectl, cluster: ClusterSettings, { patch, ledger }: Adoption): Promise<void> {
  if (patch !== undefined) await patchDenis(kubectl, cluster, patch);
  // Whoever set the replicas by apply or scale owns them; without an owner the rollout takes them over without force.
  await disown(kubectl, cluster.workers, ['spec', 'replicas']);
  if (ledger) await storeLedger(kubectl, EMPTY_LEDGER, undefined);
}

/**
 * Takes the wiring back: explicit PCT=0 and ENABLED=false, without annotations.
 * @throws UserError `adopt` unless the exposure is 0 and nothing is latched
 */
export async function planUndo(kubectl: Kubectl, cluster: ClusterSettings): Promise<object | undefined> {
  const { state } = await readCluster(kubectl, cluster);
  const { denis } = state;
  if (denis === undefined) throw missing(cluster.deployment, cluster);
  const ledger = readLedger(state.ledger);
  const latched = denis.latch !== undefined || (ledger.kind === 'ledger' && ledger.ledger.latch !== undefined);
  if (latched)
    throw new UserError('adopt', 'the feature is latched off; npm run resume ends the rollout, then undo the adoption');
  const serving = denis.effective.enabled !== false && denis.effective.pct !== 0;
  const pods = denis.pods.some(({ ready, serves }) => ready && serves.enabled !== false && serves.pct !== 0);
  if (serving || pods || state.unread.length > 0) {
    const what = state.unread[0] ?? `${denis.effective.pct ?? 'an unknown'} % is live`;
    throw new UserError(
      'adopt',
      `${what}: the adoption can be undone at exposure 0 only; set canary:enabled to false and run pulumi up first`,
    );
  }
  const adopted =
    denis.wiring.pct.kind === 'wired' || denis.wiring.enabled.kind === 'wired' || denis.template.move !== undefined;
  return adopted ? undoPatch(cluster.container) : undefined;
}

function undoPatch(container: string): object {
  const wiring = wiringPatch(container, OFF) as {
    spec: { template: { metadata: { annotations: Record<string, string> } } };
  };
  const annotations = Object.fromEntries(
    Object.keys(wiring.spec.template.metadata.annotations).map((key) => [key, null]),
  );
  const env = [
    { name: 'DENIS_MATERIALIZERS_PCT', value: '0', valueFrom: null },
    { name: 'DENIS_MATERIALIZERS_ENABLED', value: 'false', valueFrom: null },
  ];
  return { spec: { template: { metadata: { annotations }, spec: { containers: [{ name: container, env }] } } } };
}

async function lastApplied(
  kubectl: Kubectl,
  deployment: string,
  container: string | undefined,
): Promise<string | undefined> {
  const result = await kubectl(['get', `deployment/${deployment}`, '-o', 'json']);
  const [object] = result.code === 0 ? objectsIn(result.stdout) : [];
  if (object === undefined)
    throw new UserError('adopt', `Deployment ${deployment} cannot be read: ${complaint(result)}`);
  if (container !== undefined) {
    const containers = (object as unknown as { spec: { template: { spec: { containers: { name: string }[] } } } }).spec
      .template.spec.containers;
    if (!containers.some(({ name }) => name === container)) {
      throw new UserError(
        'adopt',
        `Deployment ${deployment} has no container ${container}; it has ${containers.map(({ name }) => name).join(', ')}: set canary:container`,
      );
    }
  }
  return object.metadata.annotations?.['kubectl.kubernetes.io/last-applied-configuration'];
}

const missing = (deployment: string, { namespace }: ClusterSettings): UserError =>
  new UserError(
    'adopt',
    `namespace ${namespace} has no Deployment ${deployment}; check canary:namespace and the names in the settings`,
  );
