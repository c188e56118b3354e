import { phaseWatching } from '../phases/ladder';
import type { PhaseName } from '../phases/phase';
import { parseRedisUrl } from '../phases/redisUrl';
import type { ClusterSettings, Settings } from '../phases/settings';
import { type UnixSeconds, unixSeconds } from '../phases/units';
import { activatedAt } from '../rollout/assessment';
import { celeryCheck } from '../rollout/celeryJobs';
import type { ClusterState } from '../rollout/cluster';
import { DECISION_TRACE, decisionTraceCheck } from '../rollout/decisionTrace';
import { errorLinesCheck } from '../rollout/errorLines';
import type { LiveExposure } from '../rollout/exposure';
import { formatTime } from '../rollout/format';
import { GRAPH, graphCheck } from '../rollout/graphIntegrity';
import { LOAD_TEST, loadTestCheck } from '../rollout/loadTest';
import { CAPACITY_TEST, notConfigured, type SideCheck } from '../rollout/sideChecks';
import { lookAtCelery } from './celery';
import { readDecisionTrace } from './decisionTrace';
import { readGraphIntegrity } from './graphIntegrity';
import { journalFolder } from './journalFolder';
import type { Kubectl } from './kubectl';
import { lastLoadTest } from './loadTests';
import { readLogs } from './logs';
import type { PodAccess } from './podAccess';

export interface SideInput {
  readonly settings: Settings;
  readonly cluster: ClusterSettings;
  readonly kubectl: Kubectl;
  readonly access: PodAccess;
  readonly env: NodeJS.ProcessEnv;
  readonly state: ClusterState;
  readonly live: LiveExposure;
  readonly stack: PhaseName;
  /** Id of the rollout, of the ledger. */
  readonly rollout: string | undefined;
  readonly at: UnixSeconds;
  /** Whether what judges nothing is looked at too; it takes seconds. */
  readonly information: boolean;
  readonly signal?: AbortSignal;
}

/** Looks at what the plan lists beside the metrics for the live phase. Never throws; what is off by its setting is said to be. */
export async function readSideChecks(input: SideInput): Promise<readonly SideCheck[]> {
  const { live, information } = input;
  const phase = live.kind === 'known' && live.percent > 0 ? phaseWatching(live.percent) : undefined;
  return Promise.all([
    ...(phase?.name === CAPACITY_TEST ? [loadTest(input), graph(input), decisionTrace(input)] : []),
    ...(information ? [jobs(input), errorLines(input)] : []),
  ]);
}

async function loadTest({ settings, cluster, env, state, rollout }: SideInput): Promise<SideCheck> {
  const { loadTest: wanted } = settings;
  if (wanted === undefined) return notConfigured(LOAD_TEST.id, LOAD_TEST.title, 'soft', 'loadTest');
  const { template, image } = state.denis ?? {};
  return loadTestCheck(lastLoadTest(journalFolder(cluster, env), { rollout, move: template?.move, image }), wanted);
}

async function graph({ settings, stack, env, at, signal }: SideInput): Promise<SideCheck> {
  const { graph: wanted } = settings;
  const stopping = signal === undefined ? {} : { signal };
  const found = await readGraphIntegrity(settings, stack, env, { now: at, ...stopping });
  if (found === undefined || wanted === undefined) return notConfigured(GRAPH.id, GRAPH.title, 'soft', 'graph');
  return graphCheck(found, wanted, at);
}

/** DecisionTrace at whatever phase is live; not configured where it is off. */
export async function decisionTrace({
  settings,
  state,
  access,
  at,
  signal,
}: Pick<SideInput, 'settings' | 'state' | 'access' | 'at' | 'signal'>): Promise<SideCheck> {
  const { decisionTrace: wanted } = settings;
  if (wanted === undefined) return notConfigured(DECISION_TRACE.id, DECISION_TRACE.title, 'soft', 'decisionTrace');
  return decisionTraceCheck(await readDecisionTrace(state.denis?.pods ?? [], access, wanted, signal), wanted, at);
}

async function jobs({ settings, state, env, at, signal }: SideInput): Promise<SideCheck> {
  const { celery, redis } = settings;
  if (celery === undefined) return notConfigured('celery', 'materializer jobs', 'information', 'celery');
  const look = await lookAtCelery({ settings: celery, broker: celery.broker ?? redis }, env, signal);
  return celeryCheck(look, { queue: celery.queue, expected: state.workers?.readyPods, at });
}

/** Where it is not known when the present exposure began. */
const LAST_HOUR = 3_600;

async function errorLines({ settings, cluster, kubectl, state, at, signal }: SideInput): Promise<SideCheck> {
  const { logs } = settings;
  if (logs === undefined) return notConfigured('error-lines', 'error lines', 'information', 'logs');
  const since = activatedAt(state) ?? state.denis?.newestReplicaSet?.createdAt ?? unixSeconds(at - LAST_HOUR);
  const read = await readLogs({
    kubectl,
    cluster,
    pods: state.denis?.pods ?? [],
    since,
    lines: logs.lines,
    ...(signal === undefined ? {} : { signal }),
  });
  return errorLinesCheck(read, {
    about: new RegExp(logs.about, 'i'),
    secrets: passwordsIn(settings),
    since: formatTime(since),
    at,
  });
}

/** The passwords that the settings hold: a service that logs its own URLs must not have them shown here. */
function passwordsIn({ redis, celery, source }: Settings): readonly string[] {
  const brokers = [redis, celery?.broker].flatMap((url) =>
    url === undefined ? [] : (parseRedisUrl(url).password ?? []),
  );
  const prometheus = source.kind === 'prometheus' ? decodeURIComponent(new URL(source.url).password) : '';
  return prometheus === '' ? brokers : [...brokers, prometheus];
}
