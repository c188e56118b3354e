import type { UnixSeconds } from '../../phases/units';
import { type SideCheck, sideCells } from '../sideChecks';
import { type Column, dataTable } from './dataTable';
import { type Html, html } from './html';
import { type Tone, toned } from './tone';

const TONES: Record<SideCheck['result'], Tone> = {
  pass: 'good',
  warn: 'wait',
  fail: 'bad',
  info: 'info',
  unknown: 'wait',
  'not-configured': 'off',
};

const PLACES: Readonly<Record<string, Column['place']>> = { result: 'result', found: 'text' };

/** What was found beside the metrics; nothing where nothing was looked at. */
export function sidesSection(sides: readonly SideCheck[], now: UnixSeconds): Html | undefined {
  if (sides.length === 0) return undefined;
  const { columns, rows } = sideCells(sides, now);
  const shown = columns.map((title): Column => {
    const place = PLACES[title];
    return place === undefined ? { title } : { title, place };
  });
  const result = columns.indexOf('result');
  const cells = rows.map((row, index) =>
    row.map((cell, column) => (column === result ? toned(TONES[sides[index]!.result], cell) : cell)),
  );
  return html`<section aria-labelledby="sides">
<h2 id="sides">Beside the metrics</h2>
${dataTable('What was found beside the metrics', shown, cells)}
</section>`;
}
