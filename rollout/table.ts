import { phaseServing } from '../phases/ladder';
import type { Judgement } from './assessment';
import { type Cells, checkCells, ruleCells } from './cells';
import { formatTime } from './format';
import { sideCells, sideNotes } from './sideChecks';

/**
 * The judgement as people see it everywhere: terminal, policy violation, comment.
 * Plain text without colours; every line is complete in itself.
 */
export function table(judgement: Judgement): string {
  const { decision } = judgement;
  const lines = [headline(judgement)];
  if (decision !== undefined) lines.push(...aligned(checkCells(decision)), ...aligned(ruleCells(decision)));
  lines.push(...aligned(sideCells(judgement.sides, judgement.at)));
  lines.push(...notes(judgement, lines[0]!).map((note) => `  ${note}`));
  return lines.join('\n');
}

/** What is said beside the table, a line each. @param head what was said already */
export function notes(judgement: Judgement, head: string): string[] {
  const { standing, decision, permit, warnings, grafana } = judgement;
  const { allowed, reasons, todo } = permit;
  const lines: string[] = [];
  if (!allowed) lines.push(...reasons.filter((one) => !head.endsWith(one)).map((one) => `refused: ${one}`));
  const next = decision?.changesAt === undefined ? undefined : formatTime(decision.changesAt);
  if (next !== undefined && !head.includes(next)) lines.push(`next: can change ${next} at the earliest`);
  if (allowed) lines.push(...standing.kills.map((kill) => `note: ${kill}`));
  lines.push(...watchingNotes(judgement).map((note) => `note: ${note}`));
  lines.push(...sideNotes(judgement.sides));
  lines.push(...warnings.map((warning) => `warning: ${warning}`));
  lines.push(...[...new Set(todo)].map((one) => `do: ${one}`));
  if (!allowed && grafana !== undefined) lines.push(`dashboard: ${grafana}`);
  return lines;
}

/** Another system that watches is said everywhere; that nobody does wherever something is live and no refusal says it. */
function watchingNotes({ standing: { live }, permit, beside: { watching } }: Judgement): string[] {
  switch (watching.kind) {
    case 'external':
      return [`the rollback rules are watched by ${watching.name} (canary:watcher)`];
    case 'silent': {
      const off = live.kind === 'known' && live.percent === 0;
      return off || permit.direction === 'up' ? [] : [`nobody watches the rollback rules: ${watching.reason}`];
    }
    case 'alive':
      return [];
  }
}

/** `canary-10 → canary-50` */
export function moveName({ standing, permit }: Pick<Judgement, 'standing' | 'permit'>): string {
  const { live, target } = standing;
  const from = live.kind === 'unknown' ? 'unknown' : (phaseServing(live.percent)?.name ?? `${live.percent} %`);
  const to = target.percent === 0 ? 'off' : target.stack;
  return permit.direction === 'same' ? to : `${from} → ${to}`;
}

/** `canary-10 → canary-50   HOLD   window 17h12m of 24h, …` */
export function headline(judgement: Judgement): string {
  const { decision, permit } = judgement;
  const move = moveName(judgement);
  if (permit.direction === 'up' && !permit.allowed) {
    const promoting = decision?.verdict === 'PROMOTE' || decision?.verdict === 'COMPLETE';
    const verdict = decision === undefined || promoting ? 'REFUSED' : decision.verdict;
    const sentence = decision === undefined || promoting ? permit.reasons[0] : decision.sentence;
    return `${move}   ${verdict}   ${sentence}`;
  }
  if (decision !== undefined) return `${move}   ${decision.verdict}   ${decision.sentence}`;
  return `${move}   ALLOWED   ${permit.reasons[0]}`;
}

/** A table in lines, columns aligned; nothing without rows. */
export const aligned = (cells: Cells): string[] => (cells.rows.length === 0 ? [] : laidOut(cells));

/** The same with its heading alone where there are no rows. */
export function laidOut({ columns, rows }: Cells): string[] {
  const widths = columns.map((column, index) => Math.max(column.length, ...rows.map((cells) => cells[index]!.length)));
  const line = (cells: readonly string[]): string =>
    `  ${cells.map((cell, index) => cell.padEnd(widths[index]!)).join('  ')}`.trimEnd();
  return [line(columns), ...rows.map(line)];
}
