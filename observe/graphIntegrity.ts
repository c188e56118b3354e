import { METRIC_KEYS, type MetricKey } from '../phases/metrics';
import type { PhaseName } from '../phases/phase';
import type { Settings } from '../phases/settings';
import { type Seconds, seconds, type UnixSeconds } from '../phases/units';
import { type GraphIntegrity, judgeGraph } from '../rollout/graphIntegrity';
import { HOUR, succeededJobs } from '../rollout/succeededJobs';
import { readGraph } from './graph';
import { graphAccess } from './graphAccess';
import { kubectlFor } from './kubectl';
import { readSeries } from './readSeries';

/**
 * Whether the graph holds what the jobs of the last hour wrote. Reads graph and samples at one time; never throws.
 * @returns undefined where `canary:graph` is off
 */
export async function readGraphIntegrity(
  settings: Settings,
  stack: PhaseName,
  env: NodeJS.ProcessEnv,
  { now, signal }: { readonly now: UnixSeconds; readonly signal?: AbortSignal },
): Promise<GraphIntegrity | undefined> {
  const { graph } = settings;
  if (graph === undefined) return undefined;
  const stopping = signal === undefined ? {} : { signal };
  const short = settings.timing.staleAfter;
  const lookBack = Object.fromEntries(METRIC_KEYS.map((key) => [key, short])) as Record<MetricKey, Seconds>;
  lookBack.materializer_new = seconds(HOUR + short);
  lookBack.materializer_success_rate = seconds(HOUR + short);
  const [access, { series }] = await Promise.all([
    graphAccess(graph, env, kubectlFor(settings, env)),
    readSeries(settings, stack, env, { now, lookBack, ...stopping }),
  ]);
  const counts = access.kind === 'read' ? await readGraph(access.value, stopping) : access;
  return judgeGraph(counts, succeededJobs(series, settings, now), graph.tolerance);
}
