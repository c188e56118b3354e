import { rangeOf, scaleTo } from '../chart/scale';
import { type Column, dataTable } from '../page/dataTable';
import { type Html, html } from '../page/html';
import { CHECK_TONES, type Tone, toned } from '../page/tone';
import { type CheckCourse, newestOf, type Point, type Stretch, spreadOf } from './checkCourses';

/** Each stretch is as wide as the others, however long it was: canary-1 lasts hours, canary-100 days. */
const WIDTH = 100;
const HEIGHT = 100;
/** A phone has no room for more; the table below has them all. */
const MOST_COLUMNS = 6;

const COLUMNS: readonly Column[] = [
  { title: 'phase' },
  { title: 'limit' },
  { title: 'kind' },
  { title: 'judged' },
  { title: 'values' },
  { title: 'newest' },
  { title: 'at last', place: 'result' },
];

/** Per check a picture with its limit in each phase, and the same in words. */
export function checksSection(checks: readonly CheckCourse[]): Html {
  return html`<section aria-labelledby="checks">
<h2 id="checks">Checks</h2>
${checks.length === 0 ? html`<p>No live phase was judged.</p>` : html`<p class="soft">Every dot is a value of the window as it was judged; dashed is the limit of the phase; a dot at the bottom edge could not be known.</p>`}
${checks.map(checkPart)}
</section>`;
}

function checkPart(course: CheckCourse): Html {
  const shown = course.stretches.slice(-MOST_COLUMNS);
  const rows = course.stretches.map((stretch) => [
    stretch.phase,
    stretch.limitText,
    stretch.kind,
    stretch.points.length === 1 ? 'once' : `${stretch.points.length} times`,
    spreadOf(stretch),
    newestOf(stretch),
    toned(toneOf(stretch.last), stretch.last),
  ]);
  return html`<h3>${course.title}</h3>
${plot(course, shown)}
${dataTable(`${course.title} in each phase`, COLUMNS, rows)}
`;
}

function plot({ title, ceiling }: CheckCourse, shown: readonly Stretch[]): Html | undefined {
  const values = shown.flatMap(({ points, limit }) => [
    ...points.map(({ value }) => value ?? Number.NaN),
    limit ?? Number.NaN,
  ]);
  if (!values.some(Number.isFinite)) return undefined;
  const range = rangeOf(values, ceiling);
  const y = scaleTo(range, HEIGHT - 5, 5);
  const { show } = shown.at(-1)!;
  const label = shown.map((stretch) => `${stretch.phase} ${spreadOf(stretch)}, limit ${stretch.limitText}`).join('; ');
  return html`<div class="plot">
<ul class="scale" aria-hidden="true"><li>${show(range.most)}</li><li>${show(range.least)}</li></ul>
<svg class="picture" viewBox="0 0 ${shown.length * WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${title}: ${label}">${shown.map((stretch, index) => column(stretch, index * WIDTH, y))}</svg>
<p class="under columns of-${shown.length}">${shown.map(({ phase, limitText }) => html`<span><b>${phase}</b>${limitText}</span>`)}</p>
</div>`;
}

function column({ points, limit }: Stretch, left: number, y: (value: number) => string): Html {
  const [first, last] = [points[0]!.at, points.at(-1)!.at];
  const x = scaleTo({ least: first, most: last }, left + 6, left + WIDTH - 6);
  const parts = thinned(points);
  return html`${left === 0 ? undefined : html`<path class="grid" d="M${left} 0V${HEIGHT}"/>`}${
    limit === undefined ? undefined : html`<path class="limit" d="M${left} ${y(limit)}H${left + WIDTH}"/>`
  }<path class="line" d="${parts.map(({ at, value }, index) => {
    if (value === undefined) return undefined;
    const goesOn = parts[index - 1]?.value !== undefined;
    return html`${goesOn ? 'L' : 'M'}${x(at)} ${y(value)}`;
  })}"/>${parts.map(
    ({ at, value, status }) =>
      html`<path class="dot ${toneOf(status)}" d="M${x(at)} ${value === undefined ? HEIGHT - 3 : y(value)}h0"/>`,
  )}`;
}

const MOST_DOTS = 150;

/** Equally many of each part of the time; those that did not pass stay. */
function thinned(points: readonly Point[]): readonly Point[] {
  if (points.length <= MOST_DOTS) return points;
  const every = Math.ceil(points.length / MOST_DOTS);
  return points.filter(({ status }, index) => index % every === 0 || status === 'fail' || index === points.length - 1);
}

const toneOf = (status: string): Tone =>
  Object.hasOwn(CHECK_TONES, status) ? CHECK_TONES[status as keyof typeof CHECK_TONES] : 'wait';
