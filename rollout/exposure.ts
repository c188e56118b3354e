import type { ClusterState, DenisState, PodState, Reading, WorkersState } from './cluster';
import { latchTextSentence } from './latch';

/** The switches outside the Deployment: the Redis flag, and what each pod was told by the API. */
export interface Switches {
  /** False when the flag is 0; true when it is missing or anything else. */
  readonly flag: Reading<boolean>;
  /** Per name of a Ready pod: whether it was told to stop. */
  readonly killed: ReadonlyMap<string, Reading<boolean>>;
}

/** What is served now. Source: the plan, "Live exposure". */
export type LiveExposure =
  | { readonly kind: 'known'; readonly percent: number }
  | {
      readonly kind: 'unknown';
      readonly reasons: readonly string[];
      /** What is served if every switch that cannot be read is on; undefined where no environment tells either. */
      readonly atMost?: number;
    };

/** What the rollback rules watch: what is live, or what is while a switch cannot be read. Undefined where nothing tells. */
export const watchedPercent = (live: LiveExposure): number | undefined =>
  live.kind === 'known' ? live.percent : live.atMost;

/** Highest percentage that any Ready pod serves; a known off makes it 0, what cannot be read makes it unknown. */
export function liveExposure(cluster: ClusterState, switches: Switches): LiveExposure {
  const { denis } = cluster;
  if (denis === undefined) return { kind: 'unknown', reasons: ['the Deployment of Denis does not exist'] };
  if (scaledToZero(cluster)) return { kind: 'known', percent: 0 };
  if (switches.flag.kind === 'read' && !switches.flag.value) return { kind: 'known', percent: 0 };
  if (cluster.unread.length > 0) return { kind: 'unknown', reasons: cluster.unread };

  const ready = denis.pods.filter((pod) => pod.ready);
  if (ready.length === 0) {
    return denis.effective.enabled === false
      ? { kind: 'known', percent: 0 }
      : { kind: 'unknown', reasons: ['no pod of Denis is Ready'] };
  }
  const served = ready.map((pod) => servedBy(pod, switches));
  const percents = served.flatMap(({ percent }) => percent ?? []);
  const atMost = percents.length === 0 ? undefined : Math.max(...percents);
  const reasons = [...new Set(served.flatMap(({ unknown }) => unknown ?? []))];
  if (reasons.length === 0 && atMost !== undefined) return { kind: 'known', percent: atMost };
  return { kind: 'unknown', reasons, ...(atMost === undefined ? {} : { atMost }) };
}

interface Served {
  /** At most; undefined where its environment does not tell. */
  readonly percent?: number;
  /** Why that is not known to be so. */
  readonly unknown?: string;
}

function servedBy({ name, serves: { pct, enabled } }: PodState, { flag, killed }: Switches): Served {
  if (enabled === false || pct === 0) return { percent: 0 };
  const told = killed.get(name);
  if (told?.kind === 'read' && told.value) return { percent: 0 };
  if (pct === undefined || enabled === undefined) {
    return { unknown: `pod ${name}: its percentage cannot be read from its environment` };
  }
  if (told === undefined) return { percent: pct, unknown: `pod ${name}: its kill state was not asked for` };
  if (told.kind === 'unreadable') {
    return { percent: pct, unknown: `pod ${name}: its kill state cannot be read (${told.reason})` };
  }
  if (flag.kind === 'unreadable') return { percent: pct, unknown: `the Redis flag cannot be read (${flag.reason})` };
  return { percent: pct };
}

/** The highest percentage configured, whatever the switches say: what a lowering move is measured against while the exposure is unknown. */
export function configuredPercent(denis: DenisState): number {
  const served = denis.pods.filter((pod) => pod.ready).map((pod) => pod.serves.pct ?? 0);
  return Math.max(denis.effective.pct ?? 0, ...served);
}

/**
 * Why the feature counts as killed, whoever did it: empty when nothing did. A kill under a live phase is a latch to every reader at once.
 * @param declaredOff whether the last move of the ledger itself was one that turned the feature off
 */
export function killsOf(cluster: ClusterState, switches: Switches, declaredOff: boolean): string[] {
  const { denis } = cluster;
  if (denis === undefined) return [];
  const found: string[] = [];
  if (denis.latch !== undefined) found.push(latchTextSentence(denis.latch));
  const live = configuredPercent(denis) > 0;
  if (!live) return found;
  if (denis.wiring.enabled.kind === 'explicit' && denis.effective.enabled === false) {
    found.push('ENABLED was set to false by hand');
  } else if (denis.effective.enabled === false && !declaredOff) {
    found.push('the Deployment was turned off outside of a stack');
  }
  return [...found, ...switchesOff(cluster, switches)];
}

/** The switches beside the environment that are off: with any of them nothing is served, whatever a stack declares. */
export function switchesOff(cluster: ClusterState, switches: Switches): string[] {
  const found: string[] = [];
  if (switches.flag.kind === 'read' && !switches.flag.value) found.push('the Redis flag is 0');
  for (const [pod, killed] of switches.killed) {
    if (killed.kind === 'read' && killed.value) found.push(`pod ${pod} was told to stop through the API`);
  }
  if (scaledToZero(cluster)) found.push('the workers were scaled to 0');
  return found;
}

/** Workers at 0 that no autoscaler set: somebody stopped them. */
function scaledToZero({ workers }: ClusterState): boolean {
  return workers !== undefined && workers.replicas === 0 && !maySetZero(workers.autoscaler);
}

/** An autoscaler never goes below its least, except KEDA, which scales to 0 beside its own autoscaler. */
function maySetZero(autoscaler: WorkersState['autoscaler']): boolean {
  return autoscaler !== undefined && (autoscaler.min === 0 || autoscaler.name.startsWith('keda-hpa-'));
}
