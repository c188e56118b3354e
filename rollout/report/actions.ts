import { unixSeconds } from '../../phases/units';
import { formatTime } from '../format';
import { BUDGETS } from '../kill';
import { type Column, dataTable } from '../page/dataTable';
import { type Html, html } from '../page/html';
import { type Tone, toned } from '../page/tone';
import type { Entry, FiredRule, Killed, Step } from './entry';
import type { OverrideUse, Report } from './report';
import { confirmedText, latchText, secondsText } from './timeline';

const STEP_COLUMNS: readonly Column[] = [
  { title: 'what' },
  { title: 'after' },
  { title: 'found', place: 'text' },
  { title: 'state', place: 'result' },
];

const timeText = (at: number): string => formatTime(unixSeconds(at), 'seconds');

/** Whether the plan's budget was kept, in words; nothing where it was not confirmed at all. */
export const budgetText = (ms: number | undefined): string =>
  ms === undefined
    ? ''
    : `, ${ms <= BUDGETS.effective * 1000 ? 'within' : 'OVER'} the budget of ${BUDGETS.effective} s`;

/** Every kill and rollback: order, each way, the look after it. */
export function killsSection(kills: readonly Entry[]): Html | undefined {
  if (kills.length === 0) return undefined;
  return html`<section aria-labelledby="kills">
<h2 id="kills">Kills and rollbacks</h2>
${kills.map((entry) => killPart(entry, entry.killed!))}
</section>`;
}

function killPart({ at, kind, by, reason, verdict }: Entry, killed: Killed): Html {
  const { rule, incident, confirmedAfterMs: ms, latched, ways, look } = killed;
  const word = verdict === undefined ? kind : `${kind}: ${verdict}`;
  const facts: [string, string | undefined][] = [
    ['ordered', `${timeText(at)}, by ${by}`],
    ['reason', reason],
    ['rule', rule],
    ['incident', incident],
    ['off', `${confirmedText(ms)}${budgetText(ms)}`],
    ['latch', latchText(latched)],
  ];
  return html`<div class="kill">
<h3>${toned('bad', word)}</h3>
<dl>
${facts.map(([name, value]) =>
  value === undefined
    ? undefined
    : html`<div><dt>${name}</dt><dd>${value}</dd></div>
`,
)}</dl>
${dataTable('Ways to off, and the look after it', STEP_COLUMNS, [...ways, ...look].map(stepRow))}
</div>
`;
}

const STEP_TONES: Readonly<Record<string, Tone>> = { confirmed: 'good', good: 'good', late: 'wait', unseen: 'wait' };

const stepRow = ({ what, state, afterMs, sentence }: Step) => [
  what,
  secondsText(afterMs),
  sentence,
  toned((Object.hasOwn(STEP_TONES, state) ? STEP_TONES[state] : undefined) ?? 'bad', state),
];

/** The rules that asked for a rollback. */
export function firedSection(fired: readonly FiredRule[]): Html | undefined {
  if (fired.length === 0) return undefined;
  return html`<section aria-labelledby="fired">
<h2 id="fired">Rollback rules that fired</h2>
<ul class="lines">${fired.map(
    ({ title, verdict, firedAt, value }) =>
      html`<li>${toned('bad', verdict)} ${title}${firedAt === undefined ? '' : `, ${timeText(firedAt)}`}${value === undefined ? '' : `, ${value}`}</li>
`,
  )}</ul>
</section>`;
}

/** How an override reads, in one sentence. */
export const overrideText = ({ author, reason, checks, expires, records, from, until }: OverrideUse): string =>
  `${checks.join(', ')} by ${author} until ${expires}: ${reason} (in ${records} records, ${timeText(from)} to ${timeText(until)})`;

export function overridesSection(overrides: readonly OverrideUse[]): Html {
  const lines = overrides.map(
    (
      one,
    ) => html`<li>${toned('wait', 'override')} ${overrideText(one)}${one.said.map((said) => html`<p class="soft">${said}</p>`)}</li>
`,
  );
  return html`<section aria-labelledby="overrides">
<h2 id="overrides">Overrides</h2>
${lines.length === 0 ? html`<p>None was used.</p>` : html`<ul class="lines">${lines}</ul>`}
</section>`;
}

const DRILL_COLUMNS: readonly Column[] = [
  { title: 'way' },
  { title: 'runs' },
  { title: 'p50' },
  { title: 'p95' },
  { title: 'most' },
  { title: 'result', place: 'result' },
];

/** The cells of a drill, for a table of any kind; the last one is its result. */
export const drillCells = ({ drilled = [] }: Entry): string[][] =>
  drilled.map(({ method, runs, p50, p95, max, result }) => [
    method,
    String(runs),
    ...[p50, p95, max].map((ms) => (ms === undefined ? '–' : secondsText(ms))),
    result,
  ]);

export function drillsSection(drills: readonly Entry[]): Html {
  return html`<section aria-labelledby="drills">
<h2 id="drills">Kill drills</h2>
${drills.length === 0 ? html`<p>No drill is in these journals.</p>` : undefined}
${drills.map((entry) => {
  const rows = drillCells(entry).map((cells) => [
    ...cells.slice(0, -1),
    toned(cells.at(-1) === 'good' ? 'good' : 'bad', cells.at(-1)!),
  ]);
  return html`<h3>${timeText(entry.at)}, by ${entry.by}: ${entry.reason}</h3>
${dataTable('Seconds from the command to the last new job', DRILL_COLUMNS, rows)}
`;
})}
</section>`;
}

export function resumesSection(resumes: Report['resumes']): Html | undefined {
  if (resumes.length === 0) return undefined;
  return html`<section aria-labelledby="resumes">
<h2 id="resumes">Resumes</h2>
${resumes.map(
  ({ at, by, reason, resumed }) => html`<h3>${timeText(at)}, by ${by}: ${reason}</h3>
<ul class="lines">${resumed!.cleared.map(
    (one) => html`<li>${toned('good', 'done')} ${one}</li>
`,
  )}${
    resumed!.failed === undefined
      ? undefined
      : html`<li>${toned('bad', 'failed')} ${resumed!.failed}</li>
`
  }</ul>
`,
)}
</section>`;
}
