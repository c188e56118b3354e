import { type Html, html, type Part } from './html';

export interface Column {
  readonly title: string;
  /**
   * A `plain` cell is short and never broken; `text` may hold anything of any length. Where a row is a card, on a narrow screen,
   * `result` stands beside its name and `wide` has a line of its own.
   */
  readonly place?: 'plain' | 'text' | 'result' | 'wide';
}

/**
 * A table that becomes a list of cards on a narrow screen. The roles keep it a table for who listens to it: a browser forgets that
 * where rows are laid out otherwise. The first cell of a row names it.
 */
export function dataTable(caption: string, columns: readonly Column[], rows: readonly (readonly Part[])[]): Html {
  const cell = (part: Part, index: number): Html => {
    const { title, place } = columns[index]!;
    if (index === 0) return html`<th scope="row" role="rowheader">${part}</th>`;
    return html`<td role="cell" class="${place ?? 'plain'}" data-title="${title}">${part}</td>`;
  };
  return html`<table role="table">
<caption>${caption}</caption>
<thead role="rowgroup"><tr role="row">${columns.map(({ title }) => html`<th scope="col" role="columnheader">${title}</th>`)}</tr></thead>
<tbody role="rowgroup">
${rows.map(
  (row) => html`<tr role="row">${row.map(cell)}</tr>
`,
)}</tbody>
</table>`;
}
