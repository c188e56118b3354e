import type { AcrossPods, MetricDefinition } from '../phases/metrics';
import type { Timing } from '../phases/timing';
import { formatDuration, type Seconds, seconds, type UnixSeconds } from '../phases/units';
import { bucketQuantile, quantile } from './quantile';
import { type Fetched, firstAtOrAfter, type Period, type Series } from './series';
import { foldSlots, increaseSlots } from './slots';

/** One metric over one period: a value with its evidence, or the named reason why there is none. Never null, never NaN. */
export type Measurement =
  | {
      readonly kind: 'value';
      readonly value: number;
      /** Moments at which at least one pod had a sample. */
      readonly samples: number;
      /** Age of the newest sample. */
      readonly age: Seconds;
      readonly query: string;
    }
  | {
      readonly kind: 'noData';
      readonly query: string;
      readonly detail: string;
      /** There are samples, but none in the time that counts, or counters that did not grow: not a silent source. */
      readonly notYet?: true;
    }
  | { readonly kind: 'stale'; readonly query: string; readonly age: Seconds; readonly detail: string }
  | { readonly kind: 'outOfRange'; readonly query: string; readonly value: number; readonly detail: string }
  | { readonly kind: 'ambiguous'; readonly query: string; readonly detail: string }
  | { readonly kind: 'unreachable'; readonly query: string; readonly detail: string };

export type Missing = Exclude<Measurement, { kind: 'value' }>;

/** Whether there are samples, only none in the time that counts. */
export const isEarly = (measurement: Measurement): boolean =>
  measurement.kind === 'noData' && measurement.notYet === true;

/** Whether the source did not give what it should. */
export const isMissing = (measurement: Measurement): measurement is Missing =>
  measurement.kind !== 'value' && !isEarly(measurement);

export interface MeasureOptions {
  readonly definition: MetricDefinition;
  readonly component?: string;
  /** What the value is held against, where that is one number: a quantile from buckets never hides on which side of it it lies. */
  readonly limit?: number;
  readonly timing: Timing;
  readonly now: UnixSeconds;
}

type Samples = Extract<Fetched, { query: string; notANumber: number }>;

/**
 * Measures one metric over one period.
 * @param fetched samples of the metric, raw; those before the period serve counters as the predecessor of its first sample
 */
export function measure(
  fetched: Exclude<Fetched, { kind: 'off' }>,
  period: Period,
  options: MeasureOptions,
): Measurement {
  const { query } = fetched;
  if (fetched.kind === 'unreachable') return { kind: 'unreachable', query, detail: fetched.reason };
  if (fetched.kind === 'ambiguous') return { kind: 'ambiguous', query, detail: fetched.detail };

  const newest = newestIn(fetched, options.component);
  if (newest === undefined) {
    const detail =
      fetched.notANumber > 0
        ? `all ${fetched.notANumber} samples were NaN or infinite`
        : 'the query returned no samples';
    return { kind: 'noData', query, detail };
  }
  const age = seconds(Math.max(0, options.now - newest));
  if (age > options.timing.staleAfter) {
    const detail = `newest sample is ${formatDuration(age)} old, more than ${formatDuration(options.timing.staleAfter)}`;
    return { kind: 'stale', query, age, detail };
  }
  const found = resultOf(fetched, period, options);
  return found.kind === 'value' ? { ...found, age, query } : { ...found, query };
}

type Result =
  | Omit<Extract<Measurement, { kind: 'value' }>, 'age' | 'query'>
  | Omit<Extract<Measurement, { kind: 'noData' }>, 'query'>
  | Omit<Extract<Measurement, { kind: 'outOfRange' }>, 'query'>;

const NOTHING_COUNTED = {
  kind: 'noData',
  detail: 'nothing was counted in the time that counts',
  notYet: true,
} as const;
const NOT_YET = { kind: 'noData', detail: 'no sample lies in the time that counts', notYet: true } as const;

function resultOf(fetched: Samples, period: Period, options: MeasureOptions): Result {
  switch (fetched.kind) {
    case 'series':
      return ofSeries(ofComponent(fetched.series, options.component), period, options);
    case 'ratio':
      return ofCounters(fetched, period, options);
    case 'histogram':
      return ofBuckets(fetched, period, options);
  }
}

function ofSeries(series: readonly Series[], period: Period, options: MeasureOptions): Result {
  const { unit, statistic, valid } = options.definition;
  const counter = statistic === 'rate' || statistic === 'increase';
  const outside = (over: Period): number | undefined =>
    counter || unit === 'age' ? undefined : firstOutside(series, over, valid);
  const result = statisticOf(series, period, options);
  // Samples out of range may be why no moment counts; then they are the reason, not a lack of samples.
  const bad = outside(result === undefined ? { from: period.from, to: period.to } : period);
  if (bad !== undefined) {
    const [least, most] = valid;
    const detail = `${bad} is outside ${least}–${most === Number.POSITIVE_INFINITY ? '∞' : most}${unit === 'ratio' && bad > 1 ? '; if the service writes percent, set unit: percent for this metric' : ''}`;
    return { kind: 'outOfRange', value: bad, detail };
  }
  if (result === undefined) return NOT_YET;
  if (result.value < valid[0]) {
    return { kind: 'outOfRange', value: result.value, detail: `${result.value} is below ${valid[0]}` };
  }
  return { kind: 'value', ...result };
}

/** The exact share: what the one counter grew by, of what the other did. */
function ofCounters(
  { part, whole }: Extract<Fetched, { kind: 'ratio' }>,
  period: Period,
  { timing }: MeasureOptions,
): Result {
  const [ofPart, ofWhole] = [newestTime(part), newestTime(whole)];
  if (ofPart === undefined || ofWhole === undefined) {
    const which = ofPart === undefined ? 'part' : 'whole';
    return {
      kind: 'noData',
      detail: `there is no series of the ${which}; a counter must be there from 0 on, not only once something is counted`,
    };
  }
  const all = increaseOf(whole, period, timing);
  if (all.moments === 0) return NOT_YET;
  if (all.total === 0) return NOTHING_COUNTED;
  const value = Number((increaseOf(part, period, timing).total / all.total).toPrecision(12));
  if (value > 1) return { kind: 'outOfRange', value, detail: `the part grew by more than the whole: ${value}` };
  return { kind: 'value', value, samples: all.moments };
}

/** The quantile of the observations that the buckets counted. */
function ofBuckets(
  { buckets }: Extract<Fetched, { kind: 'histogram' }>,
  period: Period,
  { timing, limit }: MeasureOptions,
): Result {
  let moments = 0;
  const counts = buckets.map(({ le, series }) => {
    const found = increaseOf(series, period, timing);
    moments = Math.max(moments, found.moments);
    return { le, count: found.total };
  });
  if (moments === 0) return NOT_YET;
  if (counts.at(-1)?.count === 0) return NOTHING_COUNTED;
  const value = bucketQuantile(counts, 0.99, limit);
  return typeof value === 'number'
    ? { kind: 'value', value, samples: moments }
    : { kind: 'noData', detail: value.reason };
}

/** Every series of a metric, for what only asks whether and when there are samples. */
export function seriesIn(fetched: Samples, component?: string): readonly Series[] {
  switch (fetched.kind) {
    case 'series':
      return ofComponent(fetched.series, component);
    case 'ratio':
      return fetched.whole;
    case 'histogram':
      return fetched.buckets.find(({ le }) => le === Number.POSITIVE_INFINITY)?.series ?? [];
  }
}

export function ofComponent(series: readonly Series[], component: string | undefined): readonly Series[] {
  return component === undefined ? series : series.filter((one) => one.component === component);
}

/** Of two counters that of the one which is longer silent: a share of which one side stopped is none. */
function newestIn(fetched: Samples, component: string | undefined): number | undefined {
  const whole = newestTime(seriesIn(fetched, component));
  if (fetched.kind !== 'ratio') return whole;
  const part = newestTime(fetched.part);
  return part === undefined || whole === undefined ? (part ?? whole) : Math.min(part, whole);
}

function newestTime(series: readonly Series[]): number | undefined {
  let newest: number | undefined;
  for (const { times } of series) {
    const last = times.at(-1);
    if (last !== undefined && (newest === undefined || last > newest)) newest = last;
  }
  return newest;
}

function firstOutside(series: readonly Series[], period: Period, valid: readonly [number, number]): number | undefined {
  for (const { times, values } of series) {
    for (let i = firstAtOrAfter(times, period.from); i < times.length && times[i]! < period.to; i++) {
      const value = values[i]!;
      if ((value < valid[0] || value > valid[1]) && (period.counts?.(times[i]!) ?? true)) return value;
    }
  }
  return undefined;
}

interface Statistics {
  readonly value: number;
  readonly samples: number;
}

function statisticOf(series: readonly Series[], period: Period, options: MeasureOptions): Statistics | undefined {
  const { definition, timing } = options;
  switch (definition.statistic) {
    case 'rate':
    case 'increase': {
      const { total, moments } = increaseOf(series, period, timing);
      if (moments === 0) return undefined;
      const minutes = (moments * timing.scrapeInterval) / 60;
      return { value: definition.statistic === 'rate' ? total / minutes : total, samples: moments };
    }
    case 'availability':
      return availabilityOf(series, period, timing);
    case 'last':
      return lastOf(series, period, options);
    case 'ratio':
    case 'p99':
      return undefined;
    case 'mean':
    case 'p95': {
      const values = acrossPods(series, period, options);
      if (values.length === 0) return undefined;
      if (definition.statistic === 'mean') {
        return { value: meanOf(values), samples: values.length };
      }
      return { value: quantile(values, 0.95), samples: values.length };
    }
  }
}

/** Rounded to 12 digits, as the limits are: summing up must not lift a value that lies on its limit above or below it. */
function meanOf(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return Number((sum / values.length).toPrecision(12));
}

/** Newest sample of each pod that still reports, folded into one: pods are scraped one after another. A unix time becomes its age. */
function lastOf(series: readonly Series[], period: Period, options: MeasureOptions): Statistics | undefined {
  const { definition, timing, now } = options;
  const last: { time: number; value: number }[] = [];
  for (const { times, values } of series) {
    let i = firstAtOrAfter(times, period.to) - 1;
    while (i >= 0 && times[i]! >= period.from && !(period.counts?.(times[i]!) ?? true)) i--;
    if (i >= 0 && times[i]! >= period.from) last.push({ time: times[i]!, value: values[i]! });
  }
  if (last.length === 0) return undefined;
  const newest = Math.max(...last.map(({ time }) => time));
  const value = fold(
    last.filter(({ time }) => time >= newest - timing.staleAfter).map((one) => one.value),
    definition.acrossPods,
  );
  const samples = acrossPods(series, period, options).length;
  return { value: definition.unit === 'age' ? now - value : value, samples };
}

function fold(values: readonly number[], how: AcrossPods): number {
  if (how === 'max' || how === 'newest') return Math.max(...values);
  const sum = values.reduce((total, value) => total + value, 0);
  return how === 'avg' ? sum / values.length : sum;
}

/** Samples of all pods folded into one per scrape interval. */
function acrossPods(series: readonly Series[], period: Period, { definition, timing }: MeasureOptions): Float64Array {
  const { values } = foldSlots(series, period, timing.scrapeInterval, definition.acrossPods);
  let known = 0;
  for (const value of values) if (!Number.isNaN(value)) values[known++] = value;
  return values.subarray(0, known);
}

/** What counters grew by, and at how many moments there was a sample. */
function increaseOf(series: readonly Series[], period: Period, timing: Timing): { total: number; moments: number } {
  let total = 0;
  let moments = 0;
  for (const value of increaseSlots(series, period, timing.scrapeInterval).values) {
    if (Number.isNaN(value)) continue;
    total += value;
    moments++;
  }
  return { total, moments };
}

/** Share of the whole minutes in which at least one pod was up (value 1); a minute without any sample is not known to be one. */
function availabilityOf(series: readonly Series[], period: Period, timing: Timing): Statistics | undefined {
  const first = Math.ceil(period.from / timing.minute);
  const end = Math.floor(period.to / timing.minute);
  const length = Math.max(0, end - first);
  const [seen, up] = [new Uint8Array(length), new Uint8Array(length)];
  for (const { times, values } of series) {
    for (let i = firstAtOrAfter(times, first * timing.minute); i < times.length; i++) {
      const minute = Math.floor(times[i]! / timing.minute) - first;
      if (minute >= length) break;
      seen[minute] = 1;
      if (values[i] === 1) up[minute] = 1;
    }
  }
  const count = (minutes: Uint8Array): number => minutes.reduce((sum, one) => sum + one, 0);
  const samples = count(seen);
  return samples === 0 ? undefined : { value: count(up) / length, samples };
}
