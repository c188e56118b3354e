import type { Settings } from '../phases/settings';
import { DECISION_TRACE, decisionTraceCheck } from '../rollout/decisionTrace';
import { notConfigured, type SideCheck } from '../rollout/sideChecks';
import { LAST_PHASE, type PostRollout } from '../rollout/validation';
import { readDecisionTrace } from './decisionTrace';
import type { Gate } from './gate';
import { readGraphIntegrity } from './graphIntegrity';
import { podAccessFor } from './podAccess';

/** Looks at what the plan asks for once 100 % is live, beside what a gate with `information` found. Never throws. */
export async function readPostRollout(gate: Gate, settings: Settings, env: NodeJS.ProcessEnv): Promise<PostRollout> {
  const [graph, decisionTrace] = await Promise.all([
    readGraphIntegrity(settings, LAST_PHASE, env, { now: gate.assessment.at }),
    traceOf(gate, settings, env),
  ]);
  return { graph, decisionTrace };
}

async function traceOf({ assessment, cluster }: Gate, settings: Settings, env: NodeJS.ProcessEnv): Promise<SideCheck> {
  const { decisionTrace: wanted } = settings;
  if (wanted === undefined) return notConfigured(DECISION_TRACE.id, DECISION_TRACE.title, 'soft', 'decisionTrace');
  const found = await readDecisionTrace(assessment.cluster.denis?.pods ?? [], podAccessFor(cluster, env), wanted);
  return decisionTraceCheck(found, wanted, assessment.at);
}
