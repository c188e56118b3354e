import { z } from 'zod';
import { type Column, dataTable } from './dataTable';
import { htmlDocument } from './document';
import { type Html, html } from './html';
import { timeOf } from './isoTime';

const MOST_ROWS = 100;
const COLUMNS: readonly Column[] = [
  { title: 'at' },
  { title: 'kind', place: 'result' },
  ...['by', 'move', 'verdict', 'sentence'].map((title) => ({ title, place: 'text' as const })),
];

/** What every record has, of whatever kind; what else it holds is in the file. */
const recordSchema = z.looseObject({
  at: z.string(),
  kind: z.string(),
  by: z.string().optional(),
  move: z.string().optional(),
  stack: z.string().optional(),
  outcome: z.looseObject({ verdict: z.string().optional(), sentence: z.string().optional() }).optional(),
});

/** The newest records of the journal, newest first. @param lines its newest lines; undefined where there is no journal yet */
export function evidencePage(lines: readonly string[] | undefined): string {
  const rows = (lines ?? [])
    .filter((line) => line !== '')
    .slice(-MOST_ROWS)
    .reverse()
    .map(rowOf);
  return htmlDocument(
    { title: 'Evidence · denis-canary' },
    html`<header><p><strong>denis-canary</strong></p><p><a href="/">the live page</a></p></header>
<main><section aria-labelledby="evidence">
<h1 id="evidence">Evidence</h1>
${rows.length === 0 ? html`<p>No record yet.</p>` : summary(rows)}
</section></main>`,
  );
}

function summary(rows: readonly (readonly string[])[]): Html {
  return html`<p>The newest ${rows.length} records; all that is in them is in <a href="/evidence.jsonl">evidence.jsonl</a>, one a line.</p>
${dataTable('Newest records', COLUMNS, rows)}`;
}

function rowOf(line: string): readonly string[] {
  const record = recordOf(line);
  if (record === undefined) return ['–', 'unreadable', '–', '–', '–', 'this line is no record'];
  const { at, kind, by, move, stack, outcome } = record;
  return [timeOf(at), kind, by ?? '–', move ?? stack ?? '–', outcome?.verdict ?? '–', outcome?.sentence ?? '–'];
}

function recordOf(line: string): z.output<typeof recordSchema> | undefined {
  try {
    return recordSchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
