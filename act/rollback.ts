import type { Decision } from '../rollout/decide';
import type { Author } from '../rollout/plan';
import { rollbackOrder } from '../rollout/rollbackOrder';
import { type KillOptions, type KillTargets, kill, type RunningKill } from './killSwitch/index';

/** Takes the rollout back where a decision calls for it: one way for whoever judges. @returns undefined where nothing calls for it */
export function rollback(
  decision: Pick<Decision, 'verdict' | 'rule' | 'sentence'>,
  author: Pick<Author, 'by' | 'at'>,
  targets: KillTargets,
  options: KillOptions,
): RunningKill | undefined {
  const order = rollbackOrder(decision, author);
  return order === undefined ? undefined : kill(order, targets, options);
}
