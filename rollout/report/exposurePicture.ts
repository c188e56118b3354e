import { LADDER } from '../../phases/ladder';
import { formatDuration, seconds, unixSeconds } from '../../phases/units';
import { scaleTo } from '../chart/scale';
import { formatTime } from '../format';
import { dataTable } from '../page/dataTable';
import { type Html, html } from '../page/html';
import type { ExposureStep } from './exposureCourse';
import type { Report } from './report';

const [WIDTH, TOP, BOTTOM] = [1_000, 5, 95];
/** Room at both sides, so that a dot at the edge is whole. */
const EDGE = 8;
/** Each step of the ladder is as high as the others, so that 1 % is seen. */
const LEVELS = [0, ...LADDER.map(({ exposure }) => exposure as number)];

const MOST_DOTS = 200;

/** One stretch of the same exposure. */
export interface ExposureStretch extends ExposureStep {
  readonly until: number;
}

/** The exposure within the time of a report; what was live before it began is its first stretch. */
export function stretchesOf({
  exposure,
  from,
  to,
}: Pick<Report, 'exposure' | 'from' | 'to'>): readonly ExposureStretch[] {
  const before = exposure.findLast(({ at }) => at <= from);
  const inside = exposure.filter(({ at }) => at > from && at <= to);
  const steps = before === undefined ? inside : [{ at: from as number, percent: before.percent }, ...inside];
  return steps.map((step, index) => ({ ...step, until: steps[index + 1]?.at ?? to }));
}

/** The exposure over time, each kill a line through it; the table beside it says the same. */
export function exposureSection(report: Report): Html {
  const stretches = stretchesOf(report);
  if (stretches.length === 0) {
    return html`<section aria-labelledby="exposure"><h2 id="exposure">Exposure</h2><p>No record tells what was live.</p></section>`;
  }
  const rows = stretches.map(({ at, until, percent }) => [
    percent === 0 ? 'off' : `${percent} %`,
    formatTime(unixSeconds(at), 'seconds'),
    formatDuration(seconds(until - at)),
  ]);
  return html`<section aria-labelledby="exposure">
<h2 id="exposure">Exposure</h2>
<div class="plot">
<ul class="scale" aria-hidden="true">${[...LEVELS].reverse().map((level) => html`<li>${level === 0 ? 'off' : `${level} %`}</li>`)}</ul>
${picture(report, stretches)}
<p class="under ends"><span>${formatTime(report.from)}</span><span>${formatTime(report.to)}</span></p>
</div>
<p class="soft">A dot is a decision or an action, a line through the picture a kill.</p>
${dataTable('Exposure over time', [{ title: 'live' }, { title: 'from', place: 'text' }, { title: 'for' }], rows)}
</section>`;
}

function picture({ from, to, kills, timeline }: Report, stretches: readonly ExposureStretch[]): Html {
  const x = scaleTo({ least: from, most: to }, EDGE, WIDTH - EDGE);
  const line = stretches.map(
    ({ at, until, percent }, index) => html`${index === 0 ? 'M' : 'L'}${x(at)} ${height(percent)}H${x(until)}`,
  );
  const first = stretches[0]!;
  const last = stretches.at(-1)!;
  const area = html`M${x(first.at)} ${BOTTOM}L${stretches.map(({ at, until, percent }) => html`${x(at)} ${height(percent)}H${x(until)}L`)}${x(last.until)} ${BOTTOM}Z`;
  const killed = kills
    .filter(({ at }) => at >= from && at <= to)
    .map(({ at }) => html`<path class="kill" d="M${x(at)} 0V100"/>`);
  const told = timeline.filter(({ at, isPreview }) => at >= from && at <= to && !isPreview).slice(-MOST_DOTS);
  const dots = told.map(
    ({ at, tone }) => html`<path class="dot ${tone}" d="M${x(at)} ${height(percentAt(at, stretches))}h0"/>`,
  );
  const label = stretches.map(({ percent }) => (percent === 0 ? 'off' : `${percent} %`)).join(', then ');
  return html`<svg class="picture tall" viewBox="0 0 ${WIDTH} 100" preserveAspectRatio="none" role="img" aria-label="exposure over time: ${label}">${LEVELS.map(
    (level) => html`<path class="grid" d="M0 ${height(level)}H${WIDTH}"/>`,
  )}<path class="area" d="${area}"/>${killed}<path class="line" d="${line}"/>${dots}</svg>`;
}

const percentAt = (time: number, stretches: readonly ExposureStretch[]): number =>
  stretches.findLast(({ at }) => at <= time)?.percent ?? 0;

/** Where a percentage is drawn: between two steps of the ladder in proportion. */
function height(percent: number): string {
  const above = LEVELS.findIndex((level) => level >= percent);
  const [lower, upper] = [LEVELS[above - 1] ?? 0, LEVELS[above] ?? 100];
  const share = upper === lower ? 0 : (percent - lower) / (upper - lower);
  const step = Math.max(0, above - 1) + (above === 0 ? 0 : share);
  return (BOTTOM - (step / (LEVELS.length - 1)) * (BOTTOM - TOP)).toFixed(1);
}
