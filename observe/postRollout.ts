import type { Settings } from '../phases/settings';
import { LAST_PHASE, type PostRollout } from '../rollout/validation';
import type { Gate } from './gate';
import { readGraphIntegrity } from './graphIntegrity';
import { podAccessFor } from './podAccess';
import { decisionTrace } from './sideChecks';

/** Looks at what the plan asks for once 100 % is live, beside what a gate with `information` found. Never throws. */
export async function readPostRollout(gate: Gate, settings: Settings, env: NodeJS.ProcessEnv): Promise<PostRollout> {
  const { at, cluster: state } = gate.assessment;
  const [graph, trace] = await Promise.all([
    readGraphIntegrity(settings, LAST_PHASE, env, { now: at }),
    decisionTrace({ settings, state, access: podAccessFor(gate.cluster, env), at }),
  ]);
  return { graph, decisionTrace: trace };
}
