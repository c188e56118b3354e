import type { Judgement } from './assessment';
import { type Cells, checkCells, ruleCells } from './cells';
import { sideCells } from './sideChecks';
import { headline, notes } from './table';
import { exposureLines, type Verification } from './verification';

/** A judgement, or a whole verification, as Markdown: for comments, summaries and tickets. */
export function markdown(judgement: Judgement, verification?: Verification): string {
  const head = headline(judgement);
  const { decision } = judgement;
  const parts = [`### ${escaped(head)}`];
  if (verification !== undefined) parts.push(list(exposureLines(verification)));
  if (decision !== undefined) parts.push(grid(checkCells(decision)), grid(ruleCells(decision)));
  if (judgement.sides.length > 0) parts.push(grid(sideCells(judgement.sides, judgement.at)));
  const said = notes(judgement, head);
  if (said.length > 0) parts.push(list(said));
  return `${parts.join('\n\n')}\n`;
}

/** Lines of a list; whatever is in them stays text. */
export const list = (lines: readonly string[]): string => lines.map((line) => `- ${escaped(line)}`).join('\n');

/** A table; whatever is in it stays text. */
export function grid({ columns, rows }: Cells): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Text of clusters and metrics is anybody's: it must stay text. A zero-width space takes the meaning out of a mention, or of a number sign. */
export const escaped = (text: string): string =>
  text
    .replace(/[\r\n]+/g, ' ')
    .replace(/[\\`*_[\]|~#]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[@#]/g, '$&\u200b');
