import { partsOf } from './course';

const BARS = '▁▂▃▄▅▆▇█';
const GAP = '·';

/**
 * The course of a metric in one line of text: the mean of each of `width` equal parts, between the least and the highest of them.
 * A part without samples is a dot.
 * @param values oldest first; NaN where there was no sample
 */
export function sparkline(values: ArrayLike<number>, width: number): string {
  const parts = partsOf(values, width);
  const known = parts.filter((part) => !Number.isNaN(part));
  const [least, most] = [Math.min(...known), Math.max(...known)];
  return parts.map((part) => (Number.isNaN(part) ? GAP : BARS[levelOf(part, least, most)]!)).join('');
}

/** What hardly moves is a flat line, not noise blown up. */
function levelOf(value: number, least: number, most: number): number {
  if (most - least <= Math.abs(most) * 0.02) return 0;
  return Math.min(BARS.length - 1, Math.floor(((value - least) / (most - least)) * BARS.length));
}
