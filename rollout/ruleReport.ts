import { type Seconds, seconds, type UnixSeconds } from '../phases/units';
import type { RuleResult } from './rollback';
import type { RuleId } from './ruleWatches';

/** What became of one rollback rule in a segment. Plain data. */
export interface RuleReport {
  readonly id: RuleId;
  readonly title: string;
  readonly verdict: RuleResult['verdict'];
  /** `unknown` was never to be known from samples. */
  readonly status: 'fired' | 'quiet' | 'unknown' | 'off';
  readonly firedAt?: UnixSeconds;
  readonly for?: Seconds;
  /** How long the violation lasted that fired it, to a minute; of a quiet rule, the longest that a judged moment saw. */
  readonly held: Seconds;
}

interface Looked {
  readonly at: UnixSeconds;
  readonly rules: readonly RuleResult[];
}

/**
 * @param looked every moment that was judged, oldest first, one of them where the rule fired
 * @param look judges one more
 */
export function ruleReport(
  id: RuleId,
  looked: readonly Looked[],
  look: (at: number) => Looked,
  minute: Seconds,
): RuleReport {
  const ruleIn = ({ rules }: Looked): RuleResult => rules.find((rule) => rule.id === id)!;
  const each = looked.map(ruleIn);
  const { title, verdict, firedAt, status, for: needed } = each.at(-1)!;
  const known = each.some((rule) => ['fired', 'violated', 'quiet'].includes(rule.status));
  const shared = { id, title, verdict, ...(needed === undefined ? {} : { for: needed }) };
  if (firedAt !== undefined) {
    const after = looked.filter(({ at }) => at >= firedAt).map(({ at }) => at);
    return { ...shared, status: 'fired', firedAt, held: lasted(after, (at) => ruleIn(look(at)), minute) };
  }
  const longest = seconds(Math.max(...each.map(({ held }) => held)));
  return { ...shared, status: status === 'off' ? 'off' : known ? 'quiet' : 'unknown', held: longest };
}

/** How long the violation lasted that goes on at the first of these moments, to a minute. */
function lasted(moments: readonly number[], ruleAt: (at: number) => RuleResult, minute: Seconds): Seconds {
  const { since } = ruleAt(moments[0]!).timer;
  const lasts = (at: number): boolean => ruleAt(at).timer.since === since;
  const over = moments.findIndex((at) => !lasts(at));
  if (over < 1) return ruleAt(over < 0 ? moments.at(-1)! : moments[0]!).held;
  let [low, high] = [moments[over - 1]!, moments[over]!];
  for (let middle = low; high - low > minute; ) {
    middle = Math.floor((low + high) / 2 / minute) * minute;
    if (middle <= low) break;
    if (lasts(middle)) low = middle;
    else high = middle;
  }
  return ruleAt(low).held;
}
