import { formatDuration, seconds, unixSeconds } from '../../phases/units';
import { formatTime } from '../format';
import { dataTable } from '../page/dataTable';
import { htmlDocument } from '../page/document';
import { type Html, html } from '../page/html';
import { toned } from '../page/tone';
import { drillsSection, firedSection, killsSection, overridesSection, resumesSection } from './actions';
import { checksSection } from './checkPictures';
import { exposureSection } from './exposurePicture';
import type { Report, Source } from './report';
import { REPORT_STYLE } from './style';
import { MOST_ROWS, type TimelineRow } from './timeline';

/** So many lines are open at once; more are unfolded by who wants them. */
const MOST_OPEN = 60;

/**
 * The report as one page that needs nothing else: no script, no address, every picture in it. Pure.
 * @param policy content security policy with the hash of {@link REPORT_STYLE}
 */
export function reportHtml(report: Report, { policy }: { readonly policy: string }): string {
  const { title, status, from, to, sources } = report;
  return htmlDocument(
    { title: `${status.word} · ${title}`, policy, style: REPORT_STYLE },
    html`<header><p><strong>denis-canary</strong> report</p><p>${formatTime(from)} to ${formatTime(to)}, all times UTC</p></header>
<main>
${brokenAlert(sources)}
<section class="headline ${status.tone}" aria-labelledby="status">
<p class="move">${title}</p>
<h1 id="status">${status.word}</h1>
<p class="sentence">${status.sentence}</p>
<p class="soft">${summaryText(report)}</p>
</section>
${exposureSection(report)}
${killsSection(report.kills)}
${firedSection(report.fired)}
${checksSection(report.checks)}
${overridesSection(report.overrides)}
${drillsSection(report.drills)}
${resumesSection(report.resumes)}
${timelineSection(report.timeline)}
${sourcesSection(report)}
</main>`,
  );
}

/** `5d03h from the first record to the last; 12 lines …` */
export function summaryText({ from, to, kills, overrides, drills, visits }: Report): string {
  const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;
  const phases = visits.length === 0 ? 'no phase was judged' : `judged: ${visits.map(({ phase }) => phase).join(', ')}`;
  return [
    formatDuration(seconds(to - from)),
    phases,
    counted(kills.length, 'kill'),
    counted(overrides.length, 'override'),
    counted(drills.length, 'drill'),
  ].join('; ');
}

/** Evidence is never passed over: what could not be read is said first. */
function brokenAlert(sources: readonly Source[]): Html | undefined {
  const broken = sources.reduce((sum, { brokenLines }) => sum + brokenLines, 0);
  if (broken === 0) return undefined;
  return html`<section class="alert wait"><h2>${broken} ${broken === 1 ? 'line is' : 'lines are'} no record</h2><p>What is no record is not in this report; <a href="#sources">Where it comes from</a> tells which line, and why.</p></section>`;
}

function timelineSection(rows: readonly TimelineRow[]): Html {
  const shown = rows.slice(-MOST_ROWS);
  const left = rows.length - shown.length;
  return html`<section aria-labelledby="timeline">
<details${rows.length <= MOST_OPEN ? html` open` : undefined}><summary><h2 id="timeline">What was decided and done</h2> <span class="soft">${rows.length} lines</span></summary>
${left > 0 ? html`<p class="soft">The ${left} oldest lines are in the journals alone.</p>` : undefined}
<ol class="lines">
${shown.map(timelineRow)}</ol>
</details>
</section>`;
}

function timelineRow({ at, until, times, tone, word, what, by, sentence }: TimelineRow): Html {
  const time = formatTime(unixSeconds(at), 'seconds');
  const again = times === 1 ? undefined : ` · ${times} times, until ${formatTime(unixSeconds(until), 'seconds')}`;
  return html`<li><time datetime="${new Date(at * 1000).toISOString()}">${time}</time> ${toned(tone, word)} <strong>${what}</strong> ${sentence} <span class="soft">${by}${again}</span></li>
`;
}

function sourcesSection({ sources, revisions, images, others }: Report): Html {
  const rows = sources.map(({ file, records, duplicates, brokenLines }) => [
    file,
    String(records),
    String(duplicates),
    brokenLines === 0 ? toned('good', 'none') : toned('wait', String(brokenLines)),
  ]);
  const broken = sources.flatMap(({ file, broken: lines, brokenLines }) => [
    ...lines.map((one) => `${file}:${one}`),
    ...(brokenLines > lines.length ? [`${file}: and ${brokenLines - lines.length} more`] : []),
  ]);
  const facts: [string, readonly string[]][] = [
    ['code', revisions],
    ['images', images],
    ['other rollouts', others],
  ];
  return html`<section aria-labelledby="sources">
<h2 id="sources">Where it comes from</h2>
${dataTable('Journals', [{ title: 'file', place: 'text' }, { title: 'records' }, { title: 'known already' }, { title: 'broken lines', place: 'result' }], rows)}
${
  broken.length === 0
    ? undefined
    : html`<ul class="lines">${broken.map(
        (one) => html`<li>${one}</li>
`,
      )}</ul>`
}
<dl>
${facts.map(([name, values]) =>
  values.length === 0
    ? undefined
    : html`<div><dt>${name}</dt><dd>${values.map((value) => html`<p>${value}</p>`)}</dd></div>
`,
)}</dl>
<p class="soft">A value is what a record holds; the samples themselves are in Prometheus. The exposure is that of moves, of what was seen live and of confirmed kills.</p>
</section>`;
}
