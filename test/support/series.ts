import type { Fetched, Series } from '../../rollout/series';

/** A value for every moment, or a constant one. */
export type ValueAt = number | ((time: number) => number);

export interface Sampling {
  /** Unix seconds, included. */
  readonly from: number;
  /** Excluded. */
  readonly to: number;
  readonly every: number;
}

/** One pod's samples at a steady interval; a value of NaN leaves the sample out, as an adapter would. */
export function sampled(pod: string, { from, to, every }: Sampling, value: ValueAt, component?: string): Series {
  const times: number[] = [];
  const values: number[] = [];
  for (let time = from; time < to; time += every) {
    const one = typeof value === 'number' ? value : value(time);
    if (Number.isNaN(one)) continue;
    times.push(time);
    values.push(one);
  }
  return { pod, ...(component === undefined ? {} : { component }), times, values };
}

/** A pod's samples as [time, value] pairs. */
export function pairs(pod: string, samples: readonly (readonly [time: number, value: number])[]): Series {
  return { pod, times: samples.map(([time]) => time), values: samples.map(([, value]) => value) };
}

export type FoundSeries = Extract<Fetched, { kind: 'series' }>;

export function found(...series: readonly Series[]): FoundSeries {
  return { kind: 'series', query: 'the_query{}', series, notANumber: 0 };
}

/** What a metric that is not switched off may answer instead of samples. */
type Answer = Exclude<Fetched, { kind: 'off' }>;
export const UNREACHABLE: Answer = { kind: 'unreachable', query: 'the_query{}', reason: 'Prometheus: timed out' };
export const AMBIGUOUS: Answer = { kind: 'ambiguous', query: 'the_query{}', detail: 'two series for pod denis-a' };
export const NOTHING: Answer = found();
