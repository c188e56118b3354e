import { readCluster } from '../../observe/cluster';
import { withRedis } from '../../observe/redisClient';
import { FLAG_KEY } from '../../observe/redisFlag';
import { ANNOTATIONS } from '../../phases/names';
import { UserError } from '../../phases/userError';
import type { ClusterState } from '../../rollout/cluster';
import { EMPTY_LEDGER, type Ledger } from '../../rollout/ledger';
import { confirmMove } from '../confirm';
import { knownLedger, updateLedger } from '../ledger';
import { giveWorkersBack } from '../resumeWorkers';
import { patchDenis, wiringPatch } from '../wiring';
import type { DrillContext } from './context';

/** All users take the new path while a way to off is timed. */
const PERCENT = 100;
const REDIS_MS = 5_000;

/**
 * Makes the feature live in a sandbox, whatever turned it off, without asking anybody: every switch on, no latch, a new move that
 * every pod runs. No gate, no plan, no metrics: that is why it refuses any other cluster.
 * @param workers how many there must be at least
 * @throws UserError `drill` on a cluster without the sandbox's mark, before anything is written
 */
export async function makeLiveInSandbox(context: DrillContext, workers: number): Promise<void> {
  const { kubectl, cluster, settings, clock } = context;
  const { state } = await readCluster(kubectl, cluster);
  refuseRealCluster(state);
  await updateLedger(kubectl, (before) => live(knownLedger(before)));
  await withRedis(settings.redis, REDIS_MS, (redis) => redis.del(FLAG_KEY));
  await giveWorkersBack(kubectl, cluster.workers, workers);
  const move = Number(state.denis?.template.move ?? 0) + 1;
  await patchDenis(kubectl, cluster, {
    metadata: { annotations: { [ANNOTATIONS.latch]: null } },
    ...wiringPatch(cluster.container, { pct: PERCENT, enabled: true, move }),
  });
  await confirmMove(kubectl, cluster, move, clock);
}

/** @throws UserError `drill` */
export function refuseRealCluster({ sandbox, context }: Pick<ClusterState, 'sandbox' | 'context'>): void {
  if (sandbox) return;
  throw new UserError(
    'drill',
    `the cluster of context ${context} is no sandbox: a drill turns the feature on by itself in a sandbox only`,
  );
}

/** Permitted without a rollout: what a kill ends is then the drill's alone. */
const live = ({ version, lastMove, drill }: Ledger = EMPTY_LEDGER): Ledger => ({
  version,
  permitted: PERCENT,
  ...(lastMove && { lastMove: { ...lastMove, percent: PERCENT, enabled: true, direction: 'up' } }),
  ...(drill && { drill }),
});
