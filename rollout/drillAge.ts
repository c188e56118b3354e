import { LADDER } from '../phases/ladder';
import { CLOCK_TOLERANCE } from '../phases/timing';
import { hours, type UnixSeconds } from '../phases/units';
import type { Standing } from './move';

const DAY = hours(24);
/** Not scaled: it judges the readiness of people and cluster, not a phase. */
const MOST_DAYS = 30;
const ADVICE = 'npm run drill times every way to off (docs/kill.md)';

/** Why a move up beyond the first phase is warned of: nobody knows how fast a kill takes here. @returns undefined when all is well */
export function drillWarning({ direction, target, ledger }: Standing, at: UnixSeconds): string | undefined {
  if (direction !== 'up' || target.percent <= LADDER[0]!.exposure || ledger.kind !== 'ledger') return undefined;
  const { drill } = ledger.ledger;
  if (drill === undefined) return `no good kill drill is on record; ${ADVICE}`;
  const age = at - Date.parse(drill.at) / 1000;
  if (age >= -CLOCK_TOLERANCE && age <= MOST_DAYS * DAY) return undefined;
  const when = age > 0 ? `more than ${MOST_DAYS} days ago` : 'which is no time in the past';
  return `the last good kill drill was at ${drill.at}, ${when}; ${ADVICE}`;
}
