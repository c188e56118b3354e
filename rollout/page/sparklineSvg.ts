import { partsOf } from '../course';
import { type Html, html } from './html';

const PARTS = 48;
const HEIGHT = 24;
/** Room above and below, so that a line at the edge keeps its width. */
const MARGIN = 2;

/**
 * The course of a metric as a line, its limit dashed: both in one scale, so that one sees how near they are.
 * @param values oldest first; NaN where there was no sample, which leaves a gap
 * @param label what the picture says, for who does not see it
 */
export function sparklineSvg(values: ArrayLike<number>, limit: number | undefined, label: string): Html {
  const parts = partsOf(values, PARTS);
  const known = parts.filter((part) => !Number.isNaN(part));
  if (known.length === 0) return html`<span class="soft">no samples</span>`;
  const scaled = limit === undefined ? known : [...known, limit];
  const [least, most] = [Math.min(...scaled), Math.max(...scaled)];
  const y = (value: number): string =>
    (most === least ? HEIGHT / 2 : MARGIN + ((most - value) / (most - least)) * (HEIGHT - 2 * MARGIN)).toFixed(1);
  const dashed = limit === undefined ? undefined : html`<path class="limit" d="M0 ${y(limit)}H${PARTS}"/>`;
  return html`<svg class="course" viewBox="0 0 ${PARTS} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${label}">${dashed}<path d="${line(parts, y)}"/></svg>`;
}

/** Each part is as wide as the others; a gap lifts the pen. */
function line(parts: readonly number[], y: (value: number) => string): readonly Html[] {
  const x = (index: number): string => ((index * PARTS) / parts.length).toFixed(1);
  return parts.flatMap((part, index) => {
    if (Number.isNaN(part)) return [];
    const draws = index > 0 && !Number.isNaN(parts[index - 1]);
    return [html`${draws ? 'L' : 'M'}${x(index)} ${y(part)}H${x(index + 1)}`];
  });
}
