import { phaseServing } from '../phases/ladder';
import type { Judgement } from './assessment';
import { ageOf, type CheckResult } from './check';
import type { Decision } from './decide';
import { formatLimit, formatValue } from './format';
import type { Measurement } from './measurement';

/**
 * The judgement as people see it everywhere: terminal, policy violation, comment.
 * Plain text without colours; every line is complete in itself.
 */
export function table(judgement: Judgement): string {
  const { standing, decision, permit, warnings } = judgement;
  const lines = [header(judgement)];
  if (decision !== undefined) lines.push(...checkLines(decision));
  if (!permit.allowed) {
    lines.push(
      ...permit.reasons.filter((reason) => !lines[0]!.endsWith(reason)).map((reason) => `  refused: ${reason}`),
    );
  }
  lines.push(...standing.kills.filter(() => permit.allowed).map((kill) => `  note: ${kill}`));
  lines.push(...warnings.map((warning) => `  warning: ${warning}`));
  lines.push(...[...new Set(permit.todo)].map((todo) => `  do: ${todo}`));
  if (!permit.allowed && judgement.grafana !== undefined) lines.push(`  dashboard: ${judgement.grafana}`);
  return lines.join('\n');
}

/** `canary-10 → canary-50   HOLD   window 17h12m of 24h, …` */
function header({ standing, decision, permit }: Judgement): string {
  const { live, target } = standing;
  const from = live.kind === 'unknown' ? 'unknown' : (phaseServing(live.percent)?.name ?? `${live.percent} %`);
  const to = target.percent === 0 ? 'off' : target.stack;
  const move = permit.direction === 'same' ? to : `${from} → ${to}`;
  if (permit.direction === 'up' && !permit.allowed) {
    const promoting = decision?.verdict === 'PROMOTE' || decision?.verdict === 'COMPLETE';
    const verdict = decision === undefined || promoting ? 'REFUSED' : decision.verdict;
    const sentence = decision === undefined || promoting ? permit.reasons[0] : decision.sentence;
    return `${move}   ${verdict}   ${sentence}`;
  }
  if (decision !== undefined) return `${move}   ${decision.verdict}   ${decision.sentence}`;
  return `${move}   ALLOWED   ${permit.reasons[0]}`;
}

const COLUMNS = ['check', 'value', 'recent', 'limit', 'kind', 'n', 'age', 'result'] as const;

function checkLines(decision: Decision): string[] {
  const rows = decision.checks.map(row);
  const widths = COLUMNS.map((column, index) => Math.max(column.length, ...rows.map((cells) => cells[index]!.length)));
  const line = (cells: readonly string[]): string =>
    `  ${cells.map((cell, index) => cell.padEnd(widths[index]!)).join('  ')}`.trimEnd();
  return [line(COLUMNS), ...rows.map(line)];
}

function row(check: CheckResult): string[] {
  const { spec } = check;
  const cell = (measurement: Measurement | undefined): string => {
    if (measurement === undefined) return '–';
    if (measurement.kind === 'noData' && measurement.notYet) return 'not yet';
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

const WORDS: Record<Exclude<Measurement['kind'], 'value'>, string> = {
  noData: 'no data',
  stale: 'stale',
  outOfRange: 'out of range',
  ambiguous: 'ambiguous',
  unreachable: 'unreachable',
};
