import type { Timing } from '../phases/timing';
import { minutes, type Seconds, seconds } from '../phases/units';
import type { Judgement } from './assessment';
import type { Reading } from './cluster';
import { type Lasting, sameAs, type WatchTold } from './watchEvent';

/** Why nothing, or not everything, can be judged. Source: the plan, "Decision", line 2: it keeps the phase and never rolls back. */
export interface Blindness {
  readonly reason: string;
  /** A rollout is blind for as long as it takes. */
  readonly grace: Seconds;
}

/** A rollout that takes longer is watched by nobody. Not scaled: rollouts are not. */
const ROLLOUT_TAKES = minutes(5);
/** Blind for longer pages (ours). */
const PAGE_AFTER = minutes(15);

export function blindnessOf(judgement: Reading<Judgement>): Blindness | undefined {
  const at = (reason: string, grace = seconds(0)): Blindness => ({ reason, grace });
  if (judgement.kind === 'unreadable') return at(judgement.reason);
  const { decision, beside, standing } = judgement.value;
  if (decision !== undefined) {
    const missing = decision.findings.filter(({ rule }) => rule.startsWith('missing:'));
    return missing.length === 0 ? undefined : at(missing.map(({ sentence }) => sentence).join('; '));
  }
  const { live, kills } = standing;
  if (kills.length > 0) return undefined;
  if (live.kind === 'unknown') return at(`the live exposure is unknown: ${live.reasons.join('; ')}`);
  if (live.percent === 0) return undefined;
  if (beside.settings.kind === 'unreadable') return at(beside.settings.reason);
  return at(beside.preflight.join('; ') || 'the metrics were not read', ROLLOUT_TAKES);
}

export const BLIND = 'blind';
export const PAGE_BLIND = 'page-blind';
/** A glimpse does not end it. Ticks are not scaled, and three of them tell. */
export const blindCalm = ({ staleAfter }: Timing): Seconds => seconds(Math.max(staleAfter, 30));

/** What lasts while it is blind: told at once, and paged once it lasted. */
export function blindLasting(blind: Blindness | undefined, told: WatchTold, now: number, timing: Timing): Lasting[] {
  if (blind === undefined) return [];
  const { reason, grace } = blind;
  const since = sameAs(told[BLIND], now, blindCalm(timing))?.since ?? now;
  const page = timing.scaled(PAGE_AFTER);
  return [
    { key: BLIND, kind: 'blind', sentence: `blind, the phase stays as it is: ${reason}`, grace },
    ...(now - since >= page
      ? [{ key: PAGE_BLIND, kind: 'page-blind', sentence: `still blind: ${reason}` } as const]
      : []),
  ];
}
