import { z } from 'zod';
import { METRIC_KEYS, type MetricKey } from '../phases/metrics';
import type { MetricSource } from '../phases/settings';
import type { Seconds, UnixSeconds } from '../phases/units';
import { reasonOf } from '../phases/userError';
import type { Fetched, Series } from '../rollout/series';
import { type HttpAnswer, httpRequest } from './http';

const TIMEOUT_MS = 5_000;

/** What Prometheus must answer to a range selector. Values are text: NaN and infinities included. */
const answerSchema = z.object({
  status: z.literal('success'),
  /** Said with partial answers, as of a store that did not answer in time. */
  warnings: z.array(z.string()).optional(),
  data: z.object({
    resultType: z.literal('matrix'),
    result: z.array(
      z.object({ metric: z.record(z.string(), z.string()), values: z.array(z.tuple([z.number(), z.string()])) }),
    ),
  }),
});

export interface FetchOptions {
  readonly url: string;
  readonly now: UnixSeconds;
  /** How far back each metric is needed. */
  readonly lookBack: Readonly<Record<MetricKey, Seconds>>;
  readonly scrapeInterval: Seconds;
  readonly signal?: AbortSignal;
}

export interface FetchedAll {
  readonly series: { readonly [K in MetricKey]: Fetched };
  /** Seconds that Prometheus' clock is ahead of ours; undefined when it did not answer. */
  readonly clockAhead: number | undefined;
}

/** Reads the raw samples of every metric, all at once; a failure is that metric's own `unreachable`. */
export async function fetchMetrics(
  sources: Readonly<Record<MetricKey, MetricSource>>,
  options: FetchOptions,
): Promise<FetchedAll> {
  let clockAhead: number | undefined;
  const entries = METRIC_KEYS.map(async (key): Promise<[MetricKey, Fetched]> => {
    const source = sources[key];
    if (source.off !== undefined) return [key, { kind: 'off', reason: source.off }];
    const query = rangeQuery(source, options.lookBack[key], options.scrapeInterval);
    try {
      const answer = await ask(query, options);
      clockAhead ??= answer.clockAhead;
      return [key, seriesOf(query, source, answer)];
    } catch (thrown) {
      return [key, { kind: 'unreachable', query, reason: `Prometheus: ${reasonOf(thrown)}` }];
    }
  });
  const series = Object.fromEntries(await Promise.all(entries)) as Record<MetricKey, Fetched>;
  return { series, clockAhead };
}

/** A selector is read raw; an expression is evaluated once per scrape interval. */
function rangeQuery(source: MetricSource, lookBack: Seconds, step: Seconds): string {
  const range = `${Math.ceil(lookBack * 1000)}ms`;
  return source.expression ? `(${source.query})[${range}:${Math.round(step * 1000)}ms]` : `${source.query}[${range}]`;
}

function ask(query: string, { url, now, signal }: FetchOptions): Promise<HttpAnswer> {
  const address = new URL(url);
  address.pathname = `${address.pathname.replace(/\/$/, '')}/api/v1/query`;
  return httpRequest(address.href, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams({ query, time: String(now), timeout: `${TIMEOUT_MS}ms` }).toString(),
    timeoutMs: TIMEOUT_MS,
    ...(signal === undefined ? {} : { signal }),
  });
}

function seriesOf(query: string, source: MetricSource, answer: HttpAnswer): Fetched {
  const unreachable = (reason: string): Fetched => ({ kind: 'unreachable', query, reason: `Prometheus: ${reason}` });
  let body: unknown;
  try {
    body = JSON.parse(answer.body);
  } catch {
    const type = answer.contentType.split(';')[0] || 'no content type';
    return unreachable(
      `answered ${answer.status} with ${type}, not JSON; is canary:prometheus its address, and is no login page in between?`,
    );
  }
  const parsed = answerSchema.safeParse(body);
  if (!parsed.success) return unreachable(complaintIn(body, answer.status));
  const [warning] = parsed.data.warnings ?? [];
  if (warning !== undefined) return unreachable(`it warns that its answer may be partial: ${warning.slice(0, 300)}`);

  const byPod = new Map<string, Series>();
  let notANumber = 0;
  for (const { metric, values } of parsed.data.data.result) {
    const pod = metric['pod'] ?? '';
    const component = metric['component'];
    const times: number[] = [];
    const numbers: number[] = [];
    for (const [time, text] of values) {
      const value = Number(text);
      if (Number.isFinite(value) && text !== '') {
        times.push(time);
        numbers.push(value * source.factor);
      } else notANumber++;
    }
    if (values.length === 0) continue;
    const key = `${pod}\u0000${component ?? ''}`;
    const series: Series = { pod, ...(component === undefined ? {} : { component }), times, values: numbers };
    const joined = join(byPod.get(key), series);
    if (joined === undefined) {
      const where = pod === '' ? 'without a pod label' : `for pod ${pod}`;
      return {
        kind: 'ambiguous',
        query,
        detail: `two series ${where}${component === undefined ? '' : ` and component ${component}`}; narrow the matchers of this metric`,
      };
    }
    byPod.set(key, joined);
  }
  return { kind: 'series', query, series: [...byPod.values()], notANumber };
}

/** One series after another is one pod whose labels changed; two at the same time are ambiguous. */
function join(before: Series | undefined, next: Series): Series | undefined {
  if (before === undefined || before.times.length === 0) return next;
  if (next.times.length === 0) return before;
  const [first, second] = before.times[0]! <= next.times[0]! ? [before, next] : [next, before];
  if (first.times.at(-1)! >= second.times[0]!) return undefined;
  return { ...first, times: [...first.times, ...second.times], values: [...first.values, ...second.values] };
}

/** Prometheus' own words where there are some. */
function complaintIn(body: unknown, status: number): string {
  const { error, errorType } = (body ?? {}) as { error?: unknown; errorType?: unknown };
  if (typeof error === 'string') return `answered ${status} (${String(errorType)}): ${error.slice(0, 300)}`;
  return `answered ${status} with JSON of another form than that of its HTTP API`;
}
