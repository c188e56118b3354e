import type { CheckSpec, Comparison } from '../phases/phase';
import { formatDuration } from '../phases/units';
import type { Baseline } from './baseline';
import { formatLimit, formatValue } from './format';
import type { Measurement, Missing } from './measurement';

/** One promotion check with its evidence. */
export interface CheckResult {
  readonly spec: CheckSpec;
  readonly status: 'pass' | 'warn' | 'fail' | 'unknown' | 'off';
  readonly window: Measurement | undefined;
  /** Undefined where the check has no recent slice. */
  readonly recent: Measurement | undefined;
  /** The number the value is held against, in the metric's unit; undefined without a baseline. */
  readonly limit: number | undefined;
  readonly baseline: number | undefined;
  /** Which of the two periods failed. */
  readonly failedIn?: 'window' | 'recent';
  readonly sentence: string;
}

export interface CheckInput {
  readonly spec: CheckSpec;
  readonly window: Measurement;
  readonly recent: Measurement | undefined;
  readonly baseline: Baseline | undefined;
}

export function satisfies(value: number, comparison: Comparison, limit: number): boolean {
  switch (comparison) {
    case '>':
      return value > limit;
    case '>=':
      return value >= limit;
    case '<':
      return value < limit;
    case '<=':
      return value <= limit;
  }
}

/** A check that a setting switched off; it is shown, and judges nothing. */
export function checkOff(spec: CheckSpec, reason: string): CheckResult {
  return {
    spec,
    status: 'off',
    window: undefined,
    recent: undefined,
    limit: undefined,
    baseline: undefined,
    sentence: `${spec.title} is switched off: ${reason}`,
  };
}

/** Judges one check: both periods must satisfy the limit; what cannot be known is never a pass. */
export function judgeCheck({ spec, window, recent, baseline }: CheckInput): CheckResult {
  const limit = limitOf(spec, baseline);
  const shared = { spec, window, recent, limit, baseline: baseline?.chatP99 };
  const unknown = (sentence: string): CheckResult => ({
    ...shared,
    status: spec.kind === 'hard' ? 'unknown' : 'warn',
    sentence,
  });
  const failed = (failedIn: 'window' | 'recent', value: number): CheckResult => ({
    ...shared,
    status: spec.kind === 'hard' ? 'fail' : 'warn',
    failedIn,
    sentence: `${spec.title} is ${show(spec, value, baseline)} in the ${failedIn === 'window' ? 'window' : 'recent slice'}, ${formatLimit(spec)} is needed`,
  });

  if (limit === undefined) return unknown(`${spec.title}: no baseline is pinned; npm run baseline repairs it`);
  if (window.kind === 'value' && !satisfies(window.value, spec.limit.comparison, limit))
    return failed('window', window.value);
  if (recent?.kind === 'value' && !satisfies(recent.value, spec.limit.comparison, limit))
    return failed('recent', recent.value);
  if (window.kind !== 'value') return unknown(missingSentence(spec.title, window));
  if (recent !== undefined && recent.kind !== 'value')
    return unknown(missingSentence(`${spec.title} (recent)`, recent));
  return { ...shared, status: 'pass', sentence: `${spec.title} is ${show(spec, window.value, baseline)}` };
}

/** @returns e.g. `success rate is stale: newest sample is 5m old, more than 2m` */
export function missingSentence(title: string, missing: Missing): string {
  const word: Record<Missing['kind'], string> = {
    noData: 'no data',
    stale: 'stale',
    outOfRange: 'out of range',
    ambiguous: 'ambiguous',
    unreachable: 'unreachable',
  };
  return `${title}: ${word[missing.kind]} (${missing.detail})`;
}

/** The number that the value is held against, in the metric's unit; undefined without a baseline. */
export function limitOf(spec: CheckSpec, baseline: Baseline | undefined): number | undefined {
  if (spec.limit.kind === 'absolute') return spec.limit.value;
  if (baseline === undefined) return undefined;
  // Rounded, so that 5 % above 0.4 s is 0.42 s and not a little more.
  return Number((baseline.chatP99 * (1 + spec.limit.above)).toPrecision(12));
}

function show(spec: CheckSpec, value: number, baseline: Baseline | undefined): string {
  return formatValue(spec, value, baseline?.chatP99);
}

/** Age of the newest sample behind a check, for people; empty without a value. */
export function ageOf(result: CheckResult): string {
  return result.window?.kind === 'value' ? formatDuration(result.window.age) : '';
}
