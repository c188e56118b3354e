import { readWithSwitches } from '../../observe/switches';
import { LADDER } from '../../phases/ladder';
import { UserError } from '../../phases/userError';
import { switchesOff } from '../../rollout/exposure';
import { readLedger } from '../../rollout/ledger';
import { type Standing, standingOf, targetOf } from '../../rollout/move';
import type { DrillContext } from './context';

/** What a drill begins from. @throws UserError when the cluster cannot be read or is another one than the settings name */
export async function standingNow({ settings, ...source }: DrillContext): Promise<Standing> {
  const { state, switches } = await readWithSwitches({ ...source, redis: settings.redis });
  return standingOf(targetOf(LADDER[0]!, true), state, switches, readLedger(state.ledger));
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
