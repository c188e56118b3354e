import type { Bucket, Fetched, Series } from '../rollout/series';

/** One series as a source has it: in order of time, NaN where a sample was no finite number. */
export interface RawSeries {
  readonly labels: ReadonlyMap<string, string>;
  /** Unix seconds, ascending. */
  readonly times: readonly number[];
  /** In the service's unit, as long as `times`. */
  readonly values: readonly number[];
}

/**
 * One series a pod (and component). Two of them after one another are one pod whose labels changed, two at once are ambiguous.
 * @param factor from the service's unit to ours
 */
export function gaugesIn(query: string, rows: readonly RawSeries[], factor: number): Fetched {
  const { series, notANumber } = numbersIn(rows, factor);
  const byPod = new Map<string, Series>();
  for (const one of series) {
    const key = `${one.pod}\u0000${one.component ?? ''}`;
    const joined = join(byPod.get(key), one);
    if (joined === undefined) {
      const component = one.component === undefined ? '' : ` and component ${one.component}`;
      const detail = `two series ${podIn(one)}${component}; narrow the matchers of this metric`;
      return { kind: 'ambiguous', query, detail };
    }
    byPod.set(key, joined);
  }
  return { kind: 'series', query, series: [...byPod.values()], notANumber };
}

/** Two counters. Each series stays by itself, because each one is reset by itself; those of one pod add up. */
export function countersIn(query: string, part: readonly RawSeries[], whole: readonly RawSeries[]): Fetched {
  const [parts, all] = [numbersIn(part, 1), numbersIn(whole, 1)];
  const notANumber = parts.notANumber + all.notANumber;
  return { kind: 'ratio', query, part: parts.series, whole: all.series, notANumber };
}

/** The buckets of a histogram by their upper edge, ascending; the series of one edge stay by themselves, as counters do. */
export function bucketsIn(query: string, rows: readonly RawSeries[]): Fetched {
  const byEdge = new Map<number, RawSeries[]>();
  for (const row of rows) {
    const text = row.labels.get('le');
    const le = edgeOf(text);
    if (le === undefined) {
      const edge =
        text === undefined ? 'has no label le' : `has the edge le=${JSON.stringify(text)}, which is no number`;
      const detail = `a bucket ${podIn({ pod: row.labels.get('pod') ?? '' })} ${edge}; is it a histogram?`;
      return { kind: 'ambiguous', query, detail };
    }
    byEdge.set(le, [...(byEdge.get(le) ?? []), row]);
  }
  let notANumber = 0;
  const buckets: Bucket[] = [...byEdge]
    .sort(([a], [b]) => a - b)
    .map(([le, ofEdge]) => {
      const found = numbersIn(ofEdge, 1);
      notANumber += found.notANumber;
      return { le, series: found.series };
    });
  return { kind: 'histogram', query, buckets, notANumber };
}

const podIn = ({ pod }: Pick<Series, 'pod'>): string => (pod === '' ? 'without a pod label' : `for pod ${pod}`);

/** `0.5`, `1e-3`, `+Inf`: what clients write as an edge. */
function edgeOf(text: string | undefined): number | undefined {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  return text !== undefined && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

function numbersIn(rows: readonly RawSeries[], factor: number): { series: Series[]; notANumber: number } {
  let notANumber = 0;
  const series = rows
    .filter(({ times }) => times.length > 0)
    .map(({ labels, times, values }): Series => {
      const component = labels.get('component');
      const good: { times: number[]; values: number[] } = { times: [], values: [] };
      for (const [index, value] of values.entries()) {
        if (Number.isFinite(value)) {
          good.times.push(times[index]!);
          good.values.push(value * factor);
        } else notANumber++;
      }
      return { pod: labels.get('pod') ?? '', ...(component === undefined ? {} : { component }), ...good };
    });
  return { series, notANumber };
}

/** @returns undefined where the two have samples at the same time */
function join(before: Series | undefined, next: Series): Series | undefined {
  if (before === undefined || before.times.length === 0) return next;
  if (next.times.length === 0) return before;
  const [first, second] = before.times[0]! <= next.times[0]! ? [before, next] : [next, before];
  if (first.times.at(-1)! >= second.times[0]!) return undefined;
  return { ...first, times: [...first.times, ...second.times], values: [...first.values, ...second.values] };
}
