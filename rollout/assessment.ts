import { phaseNamed, phaseWatching } from '../phases/ladder';
import type { MetricKey } from '../phases/metrics';
import type { Settings } from '../phases/settings';
import type { UnixSeconds } from '../phases/units';
import type { Baseline } from './baseline';
import type { ClusterState, Reading } from './cluster';
import { mayActivateIn } from './countedHours';
import { type Decision, decide } from './decide';
import { drillWarning } from './drillAge';
import { type Switches, watchedPercent } from './exposure';
import { type Watching, watchingOf } from './heartbeat';
import { readLedger } from './ledger';
import { judgeMove, type Permit, type Standing, standingOf, type Target, type UpEvidence } from './move';
import { permittedNow } from './permitted';
import { preflightOf } from './preflight';
import { type Globals, globalsOf } from './recovery';
import type { RulesInput } from './ruleWatches';
import type { Fetched } from './series';
import { judging, type SideCheck } from './sideChecks';
import { readStatus, timersOf } from './watcherStatus';

/** All that was gathered for one move, at one moment. Facts only: {@link judge} is what they mean. */
export interface Assessment {
  readonly at: UnixSeconds;
  readonly target: Target;
  readonly settings: Reading<Settings>;
  readonly cluster: ClusterState;
  readonly switches: Switches;
  /** Where the samples come from, as the ledger pins it; absent with wrong settings. */
  readonly source?: string;
  /** Seconds that each source's clock is ahead of ours. */
  readonly clocks: ReadonlyMap<string, number>;
  /** Absent when the move needs no metrics. */
  readonly series?: { readonly [K in MetricKey]: Fetched };
  /** What the source of the samples said beside them. */
  readonly sourceWarnings?: readonly string[];
  /** HTTP status of the plan's test message; absent when the move does not start a rollout. */
  readonly chat?: Reading<number>;
  /** What was found beside the metrics; absent where nothing was looked at. */
  readonly sides?: readonly SideCheck[];
}

/** The judgement of one assessment: what is live, what the live phase deserves, whether the move may go on. */
export interface Judgement {
  readonly at: UnixSeconds;
  readonly standing: Standing;
  readonly decision: Decision | undefined;
  readonly permit: Permit;
  readonly warnings: readonly string[];
  /** The baseline that a permitted start pins. */
  readonly baseline: Baseline | undefined;
  readonly grafana: string | undefined;
  /** With the feature off: whether Denis is well. Absent where no metrics were read. */
  readonly globals?: Globals;
  /** What was found beside the metrics. */
  readonly sides: readonly SideCheck[];
  /** What beside standing and decision the permit was judged by; its source is pinned by a permitted start. */
  readonly beside: Omit<UpEvidence, 'decision'>;
}

export const standingIn = ({ target, cluster, switches }: Omit<Assessment, 'at' | 'settings' | 'clocks'>): Standing =>
  standingOf(target, cluster, switches, readLedger(cluster.ledger));

/** When the present exposure began: the newest ReplicaSet, once every Ready pod belongs to it. Source: a new move or image makes a new one. */
export function activatedAt(cluster: ClusterState): UnixSeconds | undefined {
  const newest = cluster.denis?.newestReplicaSet;
  const ready = cluster.denis?.pods.filter((pod) => pod.ready) ?? [];
  if (newest === undefined || ready.length === 0) return undefined;
  return ready.every((pod) => pod.replicaSet === newest.uid) ? newest.createdAt : undefined;
}

/** What a watcher knows beside the samples. */
export type Watched = Pick<RulesInput, 'timers' | 'witness'>;

/**
 * Judges. Pure: the same assessment gives the same judgement.
 * @param watched what the watcher that asks knows itself, in place of what its Lease told at its last tick
 */
export function judge(assessment: Assessment, watched?: Watched): Judgement {
  const standing = standingIn(assessment);
  const { settings, series, at } = assessment;
  const pinned = pinnedBaseline(standing);
  const live = standing.live.kind === 'known' ? standing.live.percent : undefined;
  const watchedAs = watchedPercent(standing.live);
  const starts = standing.direction === 'up' && live === 0;

  let decision: Decision | undefined;
  const preflight: string[] = [];
  const warnings: string[] = [...(assessment.sourceWarnings ?? [])];
  let baseline = pinned;
  if (settings.kind === 'read' && series !== undefined && watchedAs !== undefined && watchedAs > 0) {
    const phase = phaseWatching(watchedAs);
    const since = activatedAt(assessment.cluster);
    if (phase !== undefined && since !== undefined) {
      decision = decide({
        phase,
        now: at,
        activatedAt: since,
        settings: settings.value,
        series,
        baseline: pinned,
        pods: assessment.cluster.denis?.pods.map(({ name }) => name) ?? [],
        livePercent: watchedAs,
        ...(standing.live.kind === 'known' ? {} : { uncertain: standing.live.reasons }),
        permittedPercent: permittedNow(standing, at),
        sides: judging(assessment.sides ?? []),
        ...(watched ?? watchedSince(since, assessment)),
      });
      warnings.push(...decision.warnings);
    } else {
      preflight.push('the present exposure is still rolling out: some Ready pods run an older one');
    }
  } else if (settings.kind === 'read' && series !== undefined && starts) {
    const chat = assessment.chat ?? { kind: 'unreadable' as const, reason: 'it was not asked' };
    const found = preflightOf({ now: at, settings: settings.value, series, chat, pinned });
    preflight.push(...found.problems);
    warnings.push(...found.warnings);
    baseline = found.baseline;
  } else if (standing.direction === 'up' && settings.kind === 'read' && live !== undefined) {
    preflight.push('the metrics were not read');
  }
  const off = settings.kind === 'read' && series !== undefined && live === 0;
  const globals = off ? globalsOf({ now: at, settings: settings.value, series }) : undefined;
  const drill = drillWarning(standing, at);
  if (drill !== undefined) warnings.push(drill);
  const beside = {
    preflight,
    settings: readable(settings),
    clocks: assessment.clocks,
    source: assessment.source,
    inHours: inHours(assessment),
    watching: watchingIn(assessment),
  };
  return {
    at,
    standing,
    decision,
    permit: judgeMove(standing, { ...beside, decision }),
    warnings,
    baseline,
    beside,
    grafana: settings.kind === 'read' ? settings.value.grafana : undefined,
    ...(globals === undefined ? {} : { globals }),
    sides: assessment.sides ?? [],
  };
}

const watchingIn = ({ cluster, settings, at }: Assessment): Watching =>
  watchingOf(cluster.watcher, settings.kind === 'read' ? settings.value.watcher : undefined, at);

/**
 * What the watcher knows of this activation. Its timers hold whoever reads them: what fired stays fired. What it saw is of the
 * present only while it is alive.
 */
function watchedSince(since: UnixSeconds, assessment: Assessment): Watched {
  const { watcher } = assessment.cluster;
  const text = watcher?.kind === 'read' ? watcher.value.status : undefined;
  const status = text === undefined ? undefined : readStatus(text);
  if (status?.kind !== 'read' || status.value.activatedAt !== since) return {};
  const alive = watchingIn(assessment).kind === 'alive';
  return { timers: timersOf(status.value), ...(alive ? { witness: status.value.witness } : {}) };
}

function pinnedBaseline({ ledger }: Standing): Baseline | undefined {
  return ledger.kind === 'ledger' ? (ledger.ledger.baseline as Baseline | undefined) : undefined;
}

function readable(settings: Reading<Settings>): Reading<true> {
  return settings.kind === 'read' ? { kind: 'read', value: true } : settings;
}

function inHours({ target, settings, at }: Assessment): boolean {
  const hours = phaseNamed(target.stack)?.hours;
  if (hours === undefined || settings.kind === 'unreadable' || !settings.value.timing.hoursCount) return true;
  return mayActivateIn(hours, settings.value.timezone)(at);
}
