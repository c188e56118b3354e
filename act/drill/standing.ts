import { readCluster } from '../../observe/cluster';
import { readKillStates } from '../../observe/killState';
import { readFlag } from '../../observe/redisFlag';
import { LADDER } from '../../phases/ladder';
import { UserError } from '../../phases/userError';
import { switchesOff } from '../../rollout/exposure';
import { readLedger } from '../../rollout/ledger';
import { type Standing, standingOf, targetOf } from '../../rollout/move';
import type { DrillContext } from './context';

/** What a drill begins from. @throws UserError when the cluster cannot be read or is another one than the settings name */
export async function standingNow({ kubectl, cluster, access, settings }: DrillContext): Promise<Standing> {
  const [flag, { state, token }] = await Promise.all([readFlag(settings.redis), readCluster(kubectl, cluster)]);
  const killed = await readKillStates(state.denis?.pods ?? [], access, token);
  return standingOf(targetOf(LADDER[0]!, true), state, { flag, killed }, readLedger(state.ledger));
}

/** @throws UserError `drill` while the feature is off by a kill, which a drill would hide, and before the adoption */
export function refuseUnlessReady({ cluster, switches, ledger, kills }: Standing): void {
  const off = [...kills, ...switchesOff(cluster, switches)];
  if (off.length > 0) {
    throw new UserError(
      'drill',
      `something is off already: ${[...new Set(off)].join('; ')}; npm run resume comes first`,
    );
  }
  const { denis, workers } = cluster;
  const adopted = denis?.template.move !== undefined && denis.wiring.enabled.kind === 'wired';
  if (!adopted || workers === undefined || ledger.kind !== 'ledger') {
    throw new UserError('drill', 'the Deployment of Denis is not adopted; npm run adopt comes first');
  }
}
