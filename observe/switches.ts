import type { ClusterSettings } from '../phases/settings';
import type { ClusterState } from '../rollout/cluster';
import type { Switches } from '../rollout/exposure';
import { readCluster } from './cluster';
import { readKillStates } from './killState';
import type { Kubectl } from './kubectl';
import type { PodAccess } from './podAccess';
import { readFlag } from './redisFlag';

export interface SwitchesSource {
  readonly kubectl: Kubectl;
  readonly cluster: ClusterSettings;
  readonly access: PodAccess;
  /** URL of Redis, a secret. */
  readonly redis: string;
}

/**
 * The cluster and the switches beside it; of a switch that cannot be read, why.
 * @throws UserError when the cluster cannot be read or is another one than the settings name
 */
export async function readWithSwitches({
  kubectl,
  cluster,
  access,
  redis,
}: SwitchesSource): Promise<{ readonly state: ClusterState; readonly switches: Switches }> {
  const [flag, { state, token }] = await Promise.all([readFlag(redis), readCluster(kubectl, cluster)]);
  return { state, switches: { flag, killed: await readKillStates(state.denis?.pods ?? [], access, token) } };
}
