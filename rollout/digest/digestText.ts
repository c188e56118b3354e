import { formatDuration, seconds } from '../../phases/units';
import { formatTime } from '../format';
import { clipped, plainText } from '../plainText';
import { sparkline } from '../sparkline';
import { laidOut } from '../table';
import type { Digest } from './digest';
import type { Panel } from './panel';

const WIDTH = 24;
const MOST_LINE = 300;

/** The panels and what fires, as plain text with aligned columns. */
export function digestText(digest: Digest): string {
  const { title, from, to, panels } = digest;
  const length = formatDuration(seconds(to - from));
  return [
    line(title),
    `the last ${length}, to ${formatTime(to)}`,
    ...laidOut({ columns: ['dashboard', 'newest', 'least', 'most', 'beyond', 'course'], rows: panels.map(row) }),
    ...panels.flatMap(({ title, why }) => (why === undefined ? [] : [`  ${line(`${title}: ${why}`)}`])),
    alertsText(digest),
  ].join('\n');
}

/** What fires, alone: the plan looks at it twice as often. */
export function alertsText({ alerts }: Pick<Digest, 'alerts'>): string {
  if (alerts.length === 0) return 'alerts: none fires';
  return [
    `alerts: ${alerts.length}`,
    ...alerts.map(({ tone, text }) => `  ${tone === 'bad' ? '✕' : '!'} ${line(text)}`),
  ].join('\n');
}

const row = ({ title, newest, least, most, beyond, values }: Panel): string[] => [
  title,
  newest,
  least,
  most,
  beyondText(beyond),
  sparkline(values, WIDTH),
];

/** The share of the samples that are beyond the line; a few of many are not none. */
export function beyondText(beyond: number | undefined): string {
  if (beyond === undefined) return '–';
  if (beyond === 0) return 'never';
  return beyond < 0.01 ? '< 1 %' : `${Math.floor(beyond * 100)} %`;
}

const line = (text: string): string => clipped(plainText(text).replaceAll('\n', ' '), MOST_LINE);
