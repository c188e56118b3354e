import { METRIC_KEYS, type MetricKey } from '../phases/metrics';
import type { UnixSeconds } from '../phases/units';
import { type Fetched, firstAtOrAfter, type Series } from './series';

export type AllFetched = { readonly [K in MetricKey]: Fetched };

/**
 * Plays samples of the past back.
 * @returns a function from a moment to what a reading at that moment would have found: samples up to it, none after it
 */
export function playback(all: AllFetched): (until: UnixSeconds) => AllFetched {
  const recorded = each(all, (fetched) => mapSeries(fetched, (series) => [compact(series)]));
  return (until) => each(recorded, (fetched) => mapSeries(fetched, (series) => head(series, until)));
}

function each(all: AllFetched, change: (fetched: Fetched) => Fetched): AllFetched {
  return Object.fromEntries(METRIC_KEYS.map((key) => [key, change(all[key])])) as Record<MetricKey, Fetched>;
}

/** Every series of a metric, changed or left out; what has none stays as it is. */
export function mapSeries(fetched: Fetched, change: (series: Series) => readonly Series[]): Fetched {
  switch (fetched.kind) {
    case 'series':
      return { ...fetched, series: fetched.series.flatMap(change) };
    case 'ratio':
      return { ...fetched, part: fetched.part.flatMap(change), whole: fetched.whole.flatMap(change) };
    case 'histogram':
      return { ...fetched, buckets: fetched.buckets.map(({ le, series }) => ({ le, series: series.flatMap(change) })) };
    case 'ambiguous':
    case 'unreachable':
    case 'off':
      return fetched;
  }
}

// A view into a typed array costs nothing, a copied array of days at every moment would. It is read as an array is: by index, length and at().
const asArray = (numbers: Float64Array): readonly number[] => numbers as unknown as readonly number[];

const compact = (series: Series): Series => ({
  ...series,
  times: asArray(Float64Array.from(series.times)),
  values: asArray(Float64Array.from(series.values)),
});

function head(series: Series, until: UnixSeconds): readonly Series[] {
  const { times, values } = series as unknown as { times: Float64Array; values: Float64Array };
  let end = firstAtOrAfter(series.times, until);
  while (end < times.length && times[end]! <= until) end++;
  if (end === 0) return [];
  return [{ ...series, times: asArray(times.subarray(0, end)), values: asArray(values.subarray(0, end)) }];
}
