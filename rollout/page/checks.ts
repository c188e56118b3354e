import type { Assessment } from '../assessment';
import { checkCells } from '../cells';
import type { CheckResult } from '../check';
import { courseOf } from '../course';
import type { Decision } from '../decide';
import { formatValue } from '../format';
import { type Column, dataTable } from './dataTable';
import { type Html, html } from './html';
import { sparklineSvg } from './sparklineSvg';
import { CHECK_TONES, toned } from './tone';

/** The table that people see everywhere, with the course of the last hour. */
export function checksSection(decision: Decision, assessment: Assessment | undefined): Html {
  const { columns, rows } = checkCells(decision);
  const shown = columns.map((title): Column => (title === 'result' ? { title, place: 'result' } : { title }));
  const cells = rows.map((row, index) => {
    const check = decision.checks[index]!;
    return [...row.slice(0, -1), toned(CHECK_TONES[check.status], row.at(-1)!), course(check, assessment)];
  });
  return html`<section aria-labelledby="checks">
<h2 id="checks">Checks</h2>
${dataTable('Promotion checks of the live phase', [...shown, { title: 'last hour', place: 'wide' }], cells)}
</section>`;
}

function course({ spec, limit, baseline }: CheckResult, assessment: Assessment | undefined): Html | undefined {
  if (assessment?.series === undefined || assessment.settings.kind === 'unreadable') return undefined;
  const { series, settings, at } = assessment;
  const values = courseOf(spec, { series, settings: settings.value, now: at });
  if (values.length === 0) return undefined;
  const known = Array.from(values).filter(Number.isFinite);
  const text = (value: number): string => formatValue(spec, value, baseline);
  const label = `from ${text(Math.min(...known))} to ${text(Math.max(...known))}, at last ${text(known.at(-1) ?? 0)}`;
  return sparklineSvg(values, limit, label);
}
