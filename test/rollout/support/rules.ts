import assert from 'node:assert/strict';
import type { PhaseName } from '../../../phases/phase';
import { type RuleResult, rulesOf } from '../../../rollout/rollback';
import type { RuleId, RulesInput } from '../../../rollout/ruleWatches';
import { type Healthy, healthy, NOON, type Readings } from '../../support/healthyPhase';
import type { ValueAt } from '../../support/series';

export const SCRAPE = 15;
export const WARM_UP = 180;
/** Activation; samples come at every full scrape interval from then on. */
export const ACTIVATED = NOON - 7_200;
/** First moment whose samples count for a rule. */
export const WATCHED = ACTIVATED + WARM_UP;

/** One row of the plan's rollback table in one phase, for rules that look at a metric. */
export interface Row {
  readonly phase: PhaseName;
  readonly id: RuleId;
  readonly title: string;
  readonly verdict: 'ROLLBACK' | 'EMERGENCY';
  readonly reading: 'materializer_success_rate' | 'error_rate' | 'queue_depth' | 'chat_latency_p99' | 'api';
  /** The worst value that does not violate, and the best one that does. */
  readonly good: number;
  readonly bad: number;
  /** Seconds. */
  readonly for: number;
  /** The severe column counts during the warm-up, too. */
  readonly fromActivation?: true;
}

type Rest = Omit<Row, 'phase'>;
const success = (limit: number, percent: string): Rest => ({
  id: 'success-below',
  title: `success rate < ${percent}`,
  verdict: 'ROLLBACK',
  reading: 'materializer_success_rate',
  good: limit,
  bad: limit - 1e-6,
  for: 60,
});
const error = (limit: number, percent: string): Rest => ({
  id: 'error-above',
  title: `error rate > ${percent}`,
  verdict: 'ROLLBACK',
  reading: 'error_rate',
  good: limit,
  bad: limit + 1e-6,
  for: 60,
});
const severe = (verdict: Row['verdict']): Rest => ({
  ...error(0.05, '5 %'),
  id: 'error-above-five',
  verdict,
  fromActivation: true,
});
const queue: Rest = {
  id: 'queue-above',
  title: 'queue depth > 500',
  verdict: 'ROLLBACK',
  reading: 'queue_depth',
  good: 500,
  bad: 501,
  for: 600,
};
const chat: Rest = {
  id: 'chat-p99-above-baseline',
  title: 'chat p99 > +30 % of the baseline',
  verdict: 'ROLLBACK',
  reading: 'chat_latency_p99',
  good: 0.52,
  bad: 0.520_001,
  for: 300,
};
const memory: Rest = {
  id: 'memory-above',
  title: 'memory of any component > 90 %',
  verdict: 'ROLLBACK',
  reading: 'api',
  good: 0.9,
  bad: 0.900_001,
  for: 300,
};
const matrix: Rest = {
  id: 'success-not-above-matrix',
  title: 'success rate ≤ 98 %',
  verdict: 'ROLLBACK',
  reading: 'materializer_success_rate',
  good: 0.980_001,
  bad: 0.98,
  for: 600,
};

/** The plan's table, cell by cell; a later phase keeps the earlier rules, with its own limit where it names one. */
export const ROWS: readonly Row[] = [
  { phase: 'canary-1', ...success(0.9, '90 %') },
  { phase: 'canary-1', ...error(0.05, '5 %'), fromActivation: true },
  { phase: 'canary-10', ...success(0.93, '93 %') },
  { phase: 'canary-10', ...error(0.03, '3 %') },
  { phase: 'canary-10', ...severe('ROLLBACK') },
  { phase: 'canary-10', ...queue },
  { phase: 'canary-50', ...success(0.95, '95 %') },
  { phase: 'canary-50', ...error(0.03, '3 %') },
  { phase: 'canary-50', ...severe('ROLLBACK') },
  { phase: 'canary-50', ...queue },
  { phase: 'canary-50', ...chat },
  { phase: 'canary-50', ...memory },
  { phase: 'canary-100', ...success(0.95, '95 %') },
  { phase: 'canary-100', ...matrix },
  { phase: 'canary-100', ...error(0.03, '3 %') },
  { phase: 'canary-100', ...severe('EMERGENCY') },
  { phase: 'canary-100', ...queue },
  { phase: 'canary-100', ...chat },
  { phase: 'canary-100', ...memory },
];

/** Three thousand jobs a minute, so that a rule's least is there with the first sample. */
const BUSY = { materializer_new: (time: number) => ((time - ACTIVATED) * 3_000) / 60 };

/** What the rules of a phase see at a moment, since activation. */
export function rulesInput(phase: PhaseName, now: number, readings: Readings = {}, own: Healthy = {}): RulesInput {
  const input = healthy(phase, {
    now,
    activatedAt: ACTIVATED,
    every: SCRAPE,
    pods: ['denis-a'],
    ...own,
    readings: { ...BUSY, ...readings },
  });
  return { ...input, baseline: input.baseline?.chatP99 };
}

export function resultIn(results: readonly RuleResult[], id: RuleId): RuleResult {
  const found = results.find((one) => one.id === id);
  assert.ok(found !== undefined, `no rule ${id}`);
  return found;
}

/** One rule at a moment. */
export const ruleAt = (row: Pick<Row, 'phase' | 'id'>, now: number, readings: Readings, own?: Healthy): RuleResult =>
  resultIn(rulesOf(rulesInput(row.phase, now, readings, own)), row.id);

export const reading = ({ reading }: Row, value: ValueAt): Readings => ({ [reading]: value });
/** The end of the first scrape interval that counts for a row. */
export const firstTaken = ({ fromActivation }: Row): number => (fromActivation ? ACTIVATED : WATCHED) + SCRAPE;
