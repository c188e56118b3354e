import { createHash } from 'node:crypto';
import type { ExposedSample } from './exposition';

/**
 * The journal of samples: JSON lines, one file a UTC day. A line names the series of a pod once (their shape), each scrape
 * is then a line of numbers:
 *
 *   {"shape":"3f1c…","series":[["queue_depth",{"namespace":"denis","queue":"tools_mut"}]]}
 *   {"at":1764000000.25,"pod":"denis-5d9c7b6f4-abcde","shape":"3f1c…","values":[7]}
 *
 * A shape holds for the rest of its file. A value is a number, null where the pod said NaN or infinite, or a pair with the
 * time the pod itself gave.
 */
export type JournalLine =
  | { readonly kind: 'shape'; readonly id: string; readonly series: readonly SeriesName[] }
  | {
      readonly kind: 'scrape';
      /** Unix seconds. */
      readonly at: number;
      readonly pod: string;
      readonly shape: string;
      readonly values: readonly JournalValue[];
    };

/** Name and labels, without the label `pod`. */
export type SeriesName = readonly [name: string, labels: Readonly<Record<string, string>>];
export type JournalValue = number | null | readonly [value: number | null, at: number];

export interface Scrape {
  /** Unix seconds. */
  readonly at: number;
  readonly pod: string;
  readonly samples: readonly ExposedSample[];
}

export interface WrittenScrape {
  readonly shape: string;
  readonly shapeLine: string;
  readonly scrapeLine: string;
}

/** One scrape of one pod as its two lines; the first one is needed once a file. */
export function writeScrape({ at, pod, samples }: Scrape): WrittenScrape {
  const named = samples
    .map((sample) => ({ sample, name: JSON.stringify(nameOf(sample)) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const series = `[${named.map(({ name }) => name).join(',')}]`;
  const shape = createHash('sha256').update(series).digest('hex').slice(0, 12);
  const values = named.map(({ sample }): JournalValue => {
    const value = Number.isFinite(sample.value) ? sample.value : null;
    return sample.timestamp === undefined ? value : [value, sample.timestamp / 1000];
  });
  return {
    shape,
    shapeLine: `{"shape":"${shape}","series":${series}}\n`,
    scrapeLine: `${JSON.stringify({ at, pod, shape, values })}\n`,
  };
}

function nameOf({ name, labels }: ExposedSample): SeriesName {
  const others = [...labels].filter(([label]) => label !== 'pod').sort(([a], [b]) => (a < b ? -1 : 1));
  return [name, Object.fromEntries(others)];
}

/** When a line was scraped, without reading all of it; undefined when it is no scrape. */
export function timeIn(line: string): number | undefined {
  if (!line.startsWith('{"at":')) return undefined;
  const at = Number(line.slice(6, line.indexOf(',', 6)));
  return Number.isNaN(at) ? undefined : at;
}

/** @returns undefined for a line that is neither a shape nor a scrape */
export function readJournalLine(line: string): JournalLine | undefined {
  let value: Partial<Record<'at' | 'pod' | 'shape' | 'values' | 'series', unknown>> | null;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || typeof value.shape !== 'string') return undefined;
  const { at, pod, shape, values, series } = value;
  if (Array.isArray(series)) return series.every(isSeriesName) ? { kind: 'shape', id: shape, series } : undefined;
  if (typeof at !== 'number' || typeof pod !== 'string' || !Array.isArray(values)) return undefined;
  return values.every(isValue) ? { kind: 'scrape', at, pod, shape, values } : undefined;
}

function isSeriesName(value: unknown): value is SeriesName {
  if (!Array.isArray(value) || value.length !== 2 || typeof value[0] !== 'string') return false;
  const labels: unknown = value[1];
  return typeof labels === 'object' && labels !== null && Object.values(labels).every((one) => typeof one === 'string');
}

const isNumber = (value: unknown): boolean => typeof value === 'number' || value === null;
const isValue = (value: unknown): value is JournalValue =>
  isNumber(value) || (Array.isArray(value) && value.length === 2 && isNumber(value[0]) && typeof value[1] === 'number');
