import { METRIC_KEYS, type MetricKey } from '../phases/metrics';
import type { Settings } from '../phases/settings';
import { seconds, type UnixSeconds, unixSeconds } from '../phases/units';
import { type Reading, read, unreadable } from '../rollout/cluster';
import type { Fetched, Series } from '../rollout/series';
import { lookBackOfAll } from './metricsSource';
import { fetchMetrics } from './prometheus';

/** Longest stretch that one query reads. */
const MOST_AT_ONCE = 24 * 3600;

export interface HistoryOptions {
  readonly url: string;
  readonly from: UnixSeconds;
  readonly to: UnixSeconds;
  readonly signal?: AbortSignal;
}

/**
 * Reads the samples of a span of the past, stretch after stretch, each with the deadlines of a reading of the present; what
 * lies before the span as far as it is needed to judge: the baseline's look-back of chat p99, some minutes of the rest.
 * @returns the samples, or what could not be read: a past with a hole in it would be judged wrongly
 */
export async function readHistory(
  { metrics, timing }: Pick<Settings, 'metrics' | 'timing'>,
  { url, from, to, signal }: HistoryOptions,
): Promise<Reading<Record<MetricKey, Fetched>>> {
  const start = from - 3 * timing.staleAfter;
  let all: Record<MetricKey, Fetched> | undefined;
  for (let begin = start; begin < to; begin += MOST_AT_ONCE) {
    const end = Math.min(begin + MOST_AT_ONCE, to);
    const lookBack = lookBackOfAll(seconds(end - begin));
    if (begin === start) lookBack.chat_latency_p99 = seconds(end - from + timing.baseline);
    const { series } = await fetchMetrics(metrics, {
      url,
      now: unixSeconds(end),
      lookBack,
      scrapeInterval: timing.scrapeInterval,
      ...(signal === undefined ? {} : { signal }),
    });
    const failed = METRIC_KEYS.flatMap((key) => {
      const one = series[key];
      return one.kind === 'unreachable' ? [{ key, reason: one.reason }] : [];
    });
    const [first] = failed;
    if (first !== undefined) return unreadable(`${failed.map(({ key }) => key).join(', ')}: ${first.reason}`);
    const before = all;
    all = Object.fromEntries(
      METRIC_KEYS.map((key) => [key, before === undefined ? series[key] : joined(before[key], series[key])]),
    ) as Record<MetricKey, Fetched>;
  }
  return all === undefined ? unreadable('the span is empty') : read(all);
}

/** One stretch and the next one of the same metric. */
function joined(before: Fetched, next: Fetched): Fetched {
  if (before.kind === 'series' && next.kind === 'series') {
    const notANumber = before.notANumber + next.notANumber;
    return { ...before, series: joinedSeries(before.series, next.series), notANumber };
  }
  // Counters of one pod are not told apart: each stretch stays by itself, without what was counted between it and the next.
  if (before.kind === 'ratio' && next.kind === 'ratio') {
    const [part, whole] = [before.part.concat(next.part), before.whole.concat(next.whole)];
    return { ...before, part, whole, notANumber: before.notANumber + next.notANumber };
  }
  if (before.kind === 'histogram' && next.kind === 'histogram') {
    const edges = new Set([...before.buckets, ...next.buckets].map(({ le }) => le));
    const at = (le: number) =>
      [before, next].flatMap(({ buckets }) => buckets.find((one) => one.le === le)?.series ?? []);
    const buckets = [...edges].sort((a, b) => a - b).map((le) => ({ le, series: at(le) }));
    return { ...before, buckets, notANumber: before.notANumber + next.notANumber };
  }
  // What is ambiguous in one stretch is so in the whole.
  return before.kind === 'ambiguous' ? before : next;
}

/** There is one series a pod and component. */
function joinedSeries(before: readonly Series[], next: readonly Series[]): readonly Series[] {
  const nameOf = ({ pod, component = '' }: Series): string => `${pod}\u0000${component}`;
  const found = new Map(before.map((series) => [nameOf(series), series]));
  for (const series of next) found.set(nameOf(series), prolonged(found.get(nameOf(series)), series));
  return [...found.values()];
}

/** Some versions of Prometheus send the sample on the border with both stretches. */
function prolonged(before: Series | undefined, next: Series): Series {
  const last = before?.times.at(-1);
  if (before === undefined || last === undefined) return next;
  const fresh = next.times.findIndex((time) => time > last);
  if (fresh < 0) return before;
  const [times, values] = [next.times.slice(fresh), next.values.slice(fresh)];
  return { ...before, times: before.times.concat(times), values: before.values.concat(values) };
}
