import { formatDuration, type Seconds } from '../phases/units';
import { formatNumber } from './format';
import { latchSentence } from './latch';
import type { Ledger, LedgerReading } from './ledger';

/** A pinned chat p99, in seconds. */
export interface Baseline {
  readonly chatP99: number;
  /** ISO time at which it was measured, or set. */
  readonly measuredAt: string;
  /** How much of the look-back had samples. */
  readonly covered: Seconds;
  readonly samples: number;
  /** Who pinned it in place of a lost one, and why; absent where the start of canary-1 did. */
  readonly set?: { readonly by: string; readonly reason: string };
}

/** Whether a rollout has its baseline. */
export type BaselineStanding =
  | { readonly kind: 'pinned'; readonly sentence: string }
  | {
      readonly kind: 'lost';
      readonly rollout: NonNullable<Ledger['rollout']>;
      readonly ledger: Ledger;
      readonly sentence: string;
    }
  /** There is no rollout that could have one. */
  | { readonly kind: 'none'; readonly sentence: string };

/** A baseline is pinned once for a rollout, and never again: only one that is lost is repaired. Source: the plan, "Checks". */
export function baselineStanding(reading: LedgerReading): BaselineStanding {
  if (reading.kind === 'missing') return { kind: 'none', sentence: 'the ledger (ConfigMap denis-canary) is missing' };
  if (reading.kind === 'broken') return { kind: 'none', sentence: `the ledger cannot be read: ${reading.reason}` };
  const { rollout, baseline, latch } = reading.ledger;
  if (latch !== undefined) return { kind: 'none', sentence: `the rollout has ended: ${latchSentence(latch)}` };
  if (rollout === undefined)
    return { kind: 'none', sentence: 'no rollout is under way: the start of canary-1 measures its baseline' };
  if (baseline !== undefined) return { kind: 'pinned', sentence: baselineSentence(baseline as Baseline) };
  const sentence = `rollout ${rollout.id}, begun ${rollout.startedAt}, has no baseline of chat p99`;
  return { kind: 'lost', rollout, ledger: reading.ledger, sentence };
}

/** `the baseline of chat p99 is 0.41 s, measured over 24h00m of samples until 2026-11-26T09:40:00.000Z` */
export function baselineSentence({ chatP99, measuredAt, covered, samples, set }: Baseline): string {
  const how = samples === 0 ? 'given' : `measured over ${formatDuration(covered)} of samples until`;
  const by = set === undefined ? '' : `; pinned by hand by ${set.by}: ${set.reason}`;
  return `the baseline of chat p99 is ${formatNumber('seconds', chatP99)}, ${how} ${measuredAt}${by}`;
}
