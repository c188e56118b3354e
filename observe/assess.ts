import { phaseWatching } from '../phases/ladder';
import type { MetricKey } from '../phases/metrics';
import type { ClusterSettings, Settings } from '../phases/settings';
import { type Seconds, seconds, type UnixSeconds } from '../phases/units';
import { reasonOf } from '../phases/userError';
import { type Assessment, activatedAt, standingIn } from '../rollout/assessment';
import { type ClusterState, type Reading, unreadable } from '../rollout/cluster';
import { watchedPercent } from '../rollout/exposure';
import type { Target } from '../rollout/move';
import { sourceText } from '../rollout/sourcePin';
import { eligibleMinutes } from '../rollout/window';
import { probeChat } from './chat';
import { type ClusterReading, readCluster } from './cluster';
import { readKillStates } from './killState';
import { kubectlFor } from './kubectl';
import { lookBackOfAll } from './metricsSource';
import { podAccessFor } from './podAccess';
import { readSeries } from './readSeries';
import { readFlag } from './redisFlag';
import { readSideChecks } from './sideChecks';

export interface AssessOptions {
  readonly clock: () => UnixSeconds;
  readonly env: NodeJS.ProcessEnv;
  /** Name of this machine. */
  readonly machine: string;
  readonly signal?: AbortSignal;
  /** Reads the metrics of the live phase whatever the move is: for a report. @default only where the move needs them */
  readonly always?: boolean;
  /** Looks at the jobs and the logs too, which judge nothing and take seconds. @default false */
  readonly information?: boolean;
  /** Told what was read of the cluster, token included. */
  readonly whenRead?: (reading: ClusterReading, at: UnixSeconds) => void;
}

/**
 * Gathers everything one move needs, at one moment; judges nothing.
 * A lowering move needs the cluster alone: whatever else cannot be read is said in the assessment.
 * @param settings all of them, or why they are wrong; a wrong one refuses moves up only
 * @throws UserError when the cluster itself cannot be read or is the wrong one
 */
export async function assess(
  target: Target,
  cluster: ClusterSettings,
  settings: Reading<Settings>,
  { clock, env, machine, signal, always = false, information = false, whenRead }: AssessOptions,
): Promise<Assessment> {
  const flagReading =
    settings.kind === 'read' ? readFlag(settings.value.redis) : Promise.resolve(unreadable('the settings are wrong'));
  const [kubectl, access] = [kubectlFor(cluster, env), podAccessFor(cluster, env)];
  const reading = await readCluster(kubectl, cluster);
  whenRead?.(reading, clock());
  const { state, token } = reading;
  const [flag, killed] = await Promise.all([flagReading, readKillStates(state.denis?.pods ?? [], access, token)]);
  const at = clock();
  const checked = checkTimeScale(settings, state);
  const source = checked.kind === 'read' ? { source: sourceText(checked.value.source, machine) } : {};
  const facts = { at, target, settings: checked, cluster: state, switches: { flag, killed }, ...source };
  const clocks = new Map<string, number>();
  if (state.serverTime !== undefined) clocks.set('the API server', aheadOf(state.serverTime, at));

  const standing = standingIn(facts);
  const needless = standing.direction === 'down' && !always;
  if (needless || checked.kind === 'unreadable') return { ...facts, clocks };
  const { live } = standing;
  const beside = readSideChecks({
    ...{ settings: checked.value, cluster, kubectl, access, env, state, live, at, information },
    stack: target.stack,
    rollout: standing.ledger.kind === 'ledger' ? standing.ledger.ledger.rollout?.id : undefined,
    ...(signal === undefined ? {} : { signal }),
  });
  const percent = watchedPercent(live);
  if (percent === undefined) return { ...facts, clocks, sides: await beside };
  const starts = standing.direction === 'up' && live.kind === 'known' && percent === 0;
  const [sides, fetched, chat] = await Promise.all([
    beside,
    readSeries(checked.value, target.stack, env, {
      now: at,
      lookBack: lookBacks(checked.value, state, percent, at),
      ...(signal === undefined ? {} : { signal }),
    }),
    starts ? probeChat(checked.value.chat, signal) : undefined,
  ]);
  if (fetched.clockAhead !== undefined) clocks.set('Prometheus', fetched.clockAhead);
  const { series, warnings: sourceWarnings } = fetched;
  return { ...facts, clocks, sides, series, sourceWarnings, ...(chat === undefined ? {} : { chat }) };
}

/** A time scale would make every window a joke on a real cluster. */
function checkTimeScale(settings: Reading<Settings>, state: ClusterState): Reading<Settings> {
  if (settings.kind === 'unreadable' || settings.value.timing.scale === 1 || state.sandbox) return settings;
  return unreadable(
    `canary:timeScale is ${settings.value.timing.scale}, but this cluster is not a sandbox: remove the setting (only a sandbox may run faster than the plan)`,
  );
}

/** Whole-second stamps are taken at the middle of their second. */
const aheadOf = (serverTime: UnixSeconds, now: UnixSeconds): number => serverTime + 0.5 - now;

/** How far back each metric is needed: the live phase's window, or before a start the baseline and a few minutes of the rest. */
function lookBacks(
  { timing, timezone }: Settings,
  state: ClusterState,
  percent: number,
  now: UnixSeconds,
): Record<MetricKey, Seconds> {
  const short = 3 * timing.staleAfter;
  const phase = percent > 0 ? phaseWatching(percent) : undefined;
  const since = activatedAt(state);
  let length = short;
  if (phase !== undefined && since !== undefined) {
    const [first] = eligibleMinutes({ phase, timing, timezone, now, activatedAt: since });
    const from = first === undefined ? now : first * timing.minute;
    // A hold that is counted from the end of the window on needs the windows before the present one too.
    const { rollbackAfter } = phase.matrix;
    const before = rollbackAfter === undefined ? 0 : timing.scaled(rollbackAfter);
    const sinceActivation = now - since + 2 * timing.minute;
    const window = now - from + before + 2 * timing.minute;
    length = Math.max(short, Math.min(window, sinceActivation), timing.recentSlice(phase), timing.ruleLookBackMost);
  }
  const all = lookBackOfAll(seconds(length));
  if (percent === 0) all.chat_latency_p99 = seconds(Math.max(length, timing.baseline));
  return all;
}

/** @returns the settings, or the sentence that says what is wrong with them */
export function readSettings<T>(parse: () => T): Reading<T> {
  try {
    return { kind: 'read', value: parse() };
  } catch (thrown) {
    return unreadable(reasonOf(thrown));
  }
}
