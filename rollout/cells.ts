import { formatDuration } from '../phases/units';
import { ageOf, type CheckResult } from './check';
import type { Decision } from './decide';
import { formatLimit, formatValue } from './format';
import { isEarly, type Measurement } from './measurement';
import type { RuleResult } from './rollback';

/** A table before it is laid out: for a terminal, Markdown or a page alike. */
export interface Cells {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export const checkCells = ({ checks }: Pick<Decision, 'checks'>): Cells => ({
  columns: ['check', 'value', 'recent', 'limit', 'kind', 'n', 'age', 'result'],
  rows: checks.map(checkRow),
});

/** Every rollback rule with the time it has been holding, of the time it needs. */
export const ruleCells = ({ facts }: Pick<Decision, 'facts'>): Cells => ({
  columns: ['rollback rule', 'now', 'held', 'for', 'result'],
  rows: facts.rules.map(ruleRow),
});

function checkRow(check: CheckResult): string[] {
  const { spec } = check;
  const cell = (measurement: Measurement | undefined): string => {
    if (measurement === undefined) return '–';
    if (isEarly(measurement)) return 'not yet';
    return measurement.kind === 'value'
      ? formatValue(spec, measurement.value, check.baseline)
      : WORDS[measurement.kind];
  };
  const samples = check.window?.kind === 'value' ? String(check.window.samples) : '–';
  return [
    spec.title,
    cell(check.window),
    cell(check.recent),
    formatLimit(spec),
    spec.kind,
    samples,
    ageOf(check) || '–',
    check.status === 'off' ? `off (${check.sentence})` : check.status,
  ];
}

function ruleRow(rule: RuleResult): string[] {
  const { title, value, held, for: needed, status, verdict, note, why, probes } = rule;
  const word = why === undefined || status === 'fired' ? status : WORDS[why.kind];
  return [
    title,
    value ?? '–',
    probes !== undefined
      ? `${probes.down} down`
      : needed === undefined || status === 'off'
        ? '–'
        : formatDuration(held),
    probes !== undefined ? `${probes.of} in a row` : needed === undefined ? '–' : formatDuration(needed),
    status === 'fired' ? verdict : note === undefined ? word : `${status} (${note})`,
  ];
}

const WORDS: Record<Exclude<Measurement['kind'], 'value'>, string> = {
  noData: 'no data',
  stale: 'stale',
  outOfRange: 'out of range',
  ambiguous: 'ambiguous',
  unreachable: 'unreachable',
};
