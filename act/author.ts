import { randomBytes } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import type { UnixSeconds } from '../phases/units';
import type { Author } from '../rollout/plan';

/** Who moves, as the ledger and the Lease name him. */
export function authorAt(at: UnixSeconds): Author {
  return {
    by: `${userInfo().username}@${hostname()}`,
    at: new Date(at * 1000).toISOString(),
    id: randomBytes(4).toString('hex'),
  };
}
