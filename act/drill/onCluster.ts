import { LADDER } from '../../phases/ladder';
import { UserError } from '../../phases/userError';
import type { DrillMethod, DrillRun } from '../../rollout/drill';
import { runSentence } from '../../rollout/drillTable';
import type { Standing } from '../../rollout/move';
import type { DrillContext } from './context';
import { refuseUnlessReady } from './standing';
import { timedKill } from './timedKill';

/** At 1 % jobs are rare: they are counted for as long as it takes to know how rare. */
const LOAD = { least: 0, countMs: 30_000 };

/**
 * Whether a drill may kill here: on a real cluster only while canary-1 is live, where the fewest people notice.
 * @throws UserError `drill` saying what is live instead
 */
export function refuseUnlessFirstPhase(standing: Standing): void {
  refuseUnlessReady(standing);
  const first = LADDER[0]!;
  const { live } = standing;
  if (live.kind === 'known' && live.percent === first.exposure) return;
  const found = live.kind === 'known' ? `${live.percent} % is live` : live.reasons.join('; ');
  throw new UserError(
    'drill',
    `on a real cluster a drill kills ${first.name}, at ${first.exposure} %, and nothing larger: ${found}`,
  );
}

/** Kills the live phase, once, and leaves it killed. @throws UserError `drill`, before anything is killed */
export async function drillOnCluster(
  context: DrillContext,
  standing: Standing,
  method: DrillMethod,
): Promise<DrillRun[]> {
  refuseUnlessFirstPhase(standing);
  context.say(`counting new jobs for ${LOAD.countMs / 1000} s before the kill`);
  const run = await timedKill(context, method, LOAD);
  context.say(runSentence(run, '1/1'));
  return [run];
}
