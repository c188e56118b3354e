import { formatDuration, seconds, type UnixSeconds } from '../../phases/units';
import { rangeOf, scaleTo } from '../chart/scale';
import { partsOf } from '../course';
import { formatTime } from '../format';
import { type Html, html } from '../page/html';
import { clipped, plainText } from '../plainText';
import type { Digest, DigestAlert } from './digest';
import { beyondText } from './digestText';
import type { Panel } from './panel';

const WIDTH = 960;
const GAP = 16;
const HEAD = 76;
const BOX = { width: (WIDTH - 3 * GAP) / 2, height: 196 } as const;
const PLOT = { left: 14, right: BOX.width - 14, top: 58, bottom: 158 } as const;
const ROWS = 3;
const HEIGHT = HEAD + ROWS * (BOX.height + GAP);
/** A line a part. */
const PARTS = 216;
const MOST_ROWS = 8;

/** Each is read well on white, the ground of the picture: a picture is sent to places that are light or dark. */
const INK = '#18202b';
const SOFT = '#525d6c';
const EDGE = '#d9dee5';
const LINE = '#1a56b0';
const TONES = { good: '#14663a', wait: '#7d4a00', bad: '#a81724' } as const;

/**
 * The digest as one picture, complete in itself: SVG without style sheet, script, link or font of its own, so that it looks the same
 * in a browser, a mail and a ticket.
 */
export function digestSvg(digest: Digest): string {
  const { title, from, to, panels, alerts } = digest;
  const boxes = [...panels.map((panel) => panelParts(panel, from, to)), alertParts(alerts)];
  const span = `the last ${formatDuration(seconds(to - from))}, to ${formatTime(to)}`;
  const said = line(title.replace(/ {3,}/g, ' · '), 104);
  return html`<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${said}" font-family="system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif" font-size="13" fill="${INK}">
<title>${said}</title>
<rect width="${WIDTH}" height="${HEIGHT}" fill="#f4f5f7"/>
<text x="${GAP}" y="34" font-size="16" font-weight="700">${said}</text>
<text x="${GAP}" y="56" fill="${SOFT}">${span}</text>
${boxes.map(placed)}
</svg>
`.markup;
}

/** A box cuts off what does not fit into it. */
function placed(content: Html, index: number): Html {
  const x = GAP + (index % 2) * (BOX.width + GAP);
  const y = HEAD + Math.floor(index / 2) * (BOX.height + GAP);
  return html`<svg x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}"><rect x="0.5" y="0.5" width="${BOX.width - 1}" height="${BOX.height - 1}" rx="8" fill="#ffffff" stroke="${EDGE}"/>${content}</svg>
`;
}

function panelParts(panel: Panel, from: UnixSeconds, to: UnixSeconds): Html {
  const { title, newest, limit, beyondNow, why, least, most, beyond } = panel;
  const tone = why !== undefined ? TONES.wait : beyondNow ? TONES.bad : limit === undefined ? INK : TONES.good;
  const head = html`<text x="14" y="26" font-weight="600">${title}</text><text x="${PLOT.right}" y="26" text-anchor="end" font-weight="700" font-size="15" fill="${tone}">${newest}</text>`;
  if (why !== undefined) {
    const rows = wrapped(why, 58, 3);
    return html`${head}${rows.map((row, index) => html`<text x="14" y="${64 + index * 20}" fill="${TONES.wait}">${row}</text>`)}`;
  }
  const said = limit === undefined ? 'no baseline is pinned' : `beyond the line ${beyondText(beyond)}`;
  return html`${head}<text x="14" y="45" font-size="12" fill="${SOFT}">${least} to ${most}; ${said}</text>
${plot(panel)}
<text x="14" y="182" font-size="12" fill="${SOFT}">${formatTime(from).slice(5)}</text><text x="${PLOT.right}" y="182" text-anchor="end" font-size="12" fill="${SOFT}">${formatTime(to).slice(5)}</text>`;
}

function plot({ values, limit }: Panel): Html {
  const parts = partsOf(values, PARTS);
  const y = scaleTo(rangeOf(limit === undefined ? parts : [...parts, limit]), PLOT.bottom, PLOT.top);
  const x = scaleTo({ least: 0, most: parts.length }, PLOT.left, PLOT.right);
  const drawn = parts.flatMap((part, index) => {
    if (Number.isNaN(part)) return [];
    const goesOn = index > 0 && !Number.isNaN(parts[index - 1]);
    return [html`${goesOn ? 'L' : 'M'}${x(index)} ${y(part)}H${x(index + 1)}`];
  });
  const dashed =
    limit === undefined
      ? undefined
      : html`<path d="M${PLOT.left} ${y(limit)}H${PLOT.right}" fill="none" stroke="${TONES.bad}" stroke-dasharray="5 4"/>`;
  return html`<path d="M${PLOT.left} ${PLOT.bottom}H${PLOT.right}" fill="none" stroke="${EDGE}"/>${dashed}<path d="${drawn}" fill="none" stroke="${LINE}" stroke-width="1.5"/>`;
}

function alertParts(alerts: readonly DigestAlert[]): Html {
  const head = html`<text x="14" y="26" font-weight="600">alerts</text>`;
  if (alerts.length === 0) return html`${head}<text x="14" y="54" fill="${TONES.good}">✓ none fires</text>`;
  const rows = alerts.flatMap(({ tone, text }, index) =>
    wrapped(`${tone === 'bad' ? '✕' : '!'} ${text}`, 66, 2).map((row) => ({ row, tone, index })),
  );
  const shown = rows.length > MOST_ROWS ? rows.slice(0, MOST_ROWS - 1) : rows;
  const more = alerts.length - 1 - shown.at(-1)!.index;
  const y = (index: number): number => 48 + index * 18;
  return html`${head}${shown.map(
    ({ row, tone }, index) => html`<text x="14" y="${y(index)}" font-size="12" fill="${TONES[tone]}">${row}</text>`,
  )}${more > 0 ? html`<text x="14" y="${y(shown.length)}" font-size="12" fill="${SOFT}">and ${more} more</text>` : undefined}`;
}

/** A sentence in as many lines as there is room for. */
function wrapped(text: string, width: number, most: number): string[] {
  const rows: string[] = [];
  for (const word of line(text, width * most).split(' ')) {
    const last = rows.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) rows[rows.length - 1] = `${last} ${word}`;
    else rows.push(clipped(word, width));
  }
  return rows.length <= most ? rows : [...rows.slice(0, most - 1), clipped(`${rows[most - 1]} …`, width)];
}

/** One line that fits; XML has no room for two marks that are none. */
const line = (text: string, most: number): string => clipped(plainText(text).replace(/[\n\ufffe\uffff]+/g, ' '), most);
