import { minutes, type UnixSeconds } from '../phases/units';
import type { Standing } from './move';

/** How long a step down may take until what it lowered must be gone. Not scaled: rollouts are not. */
const LOWERING_MOST = minutes(5);

/**
 * The highest percentage that may be live. A lowering move writes it before the pods follow: until they do, what is live was
 * permitted and is on its way down.
 * @returns undefined where the ledger does not tell, or a step down is under way
 */
export function permittedNow(standing: Pick<Standing, 'cluster' | 'ledger'>, now: UnixSeconds): number | undefined {
  const { ledger } = standing;
  if (ledger.kind !== 'ledger' || isLowering(standing, now)) return undefined;
  return ledger.ledger.permitted;
}

function isLowering({ cluster, ledger }: Pick<Standing, 'cluster' | 'ledger'>, now: UnixSeconds): boolean {
  const { denis } = cluster;
  const last = ledger.kind === 'ledger' ? ledger.ledger.lastMove : undefined;
  if (last?.direction !== 'down' || denis === undefined) return false;
  if (now - Date.parse(last.at) / 1000 > LOWERING_MOST) return false;
  return (
    denis.template.move !== String(last.number) || denis.pods.some(({ ready, move }) => ready && move !== last.number)
  );
}
