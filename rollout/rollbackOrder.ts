import type { Decision } from './decide';
import { DEFAULT_WAYS, type KillOrder } from './kill';
import type { Author } from './plan';

/**
 * What the kill switch makes of a decision: ROLLBACK turns the feature off, EMERGENCY stops the workers too; the reason is the rule
 * that decided, in its own words. Missing data decides neither.
 * @returns undefined where nothing calls for it
 */
export function rollbackOrder(
  { verdict, rule, sentence }: Pick<Decision, 'verdict' | 'rule' | 'sentence'>,
  { by, at }: Pick<Author, 'by' | 'at'>,
): KillOrder | undefined {
  if (verdict !== 'ROLLBACK' && verdict !== 'EMERGENCY') return undefined;
  const ways = verdict === 'EMERGENCY' ? [...DEFAULT_WAYS, 'workers' as const] : DEFAULT_WAYS;
  return { ways, latch: { by, at, reason: `${verdict}, ${rule}: ${sentence}` } };
}
