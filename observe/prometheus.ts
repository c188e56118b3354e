import type { MetricSource } from '../phases/metricSettings';
import { METRIC_KEYS, type MetricKey } from '../phases/metrics';
import type { Seconds } from '../phases/units';
import { reasonOf } from '../phases/userError';
import type { Fetched } from '../rollout/series';
import { bucketsIn, countersIn, gaugesIn, type RawSeries } from './grouping';
import { httpRequest } from './http';
import type { FetchedAll, FetchOptions } from './metricsSource';
import { seriesInAnswer } from './prometheusAnswer';

const TIMEOUT_MS = 5_000;

export interface PrometheusOptions extends FetchOptions {
  readonly url: string;
  readonly scrapeInterval: Seconds;
}

/** Reads the raw samples of every metric, all at once; a failure is that metric's own `unreachable`. */
export async function fetchMetrics(
  sources: Readonly<Record<MetricKey, MetricSource>>,
  options: PrometheusOptions,
): Promise<FetchedAll> {
  let clockAhead: number | undefined;
  const ask = async (query: string): Promise<RawSeries[]> => {
    const answer = await post(query, options);
    clockAhead ??= answer.clockAhead;
    return seriesInAnswer(answer);
  };
  const entries = METRIC_KEYS.map(async (key): Promise<[MetricKey, Fetched]> => {
    const source = sources[key];
    if (source.off !== undefined) return [key, { kind: 'off', reason: source.off }];
    const { query, fetch } = reading(source, options.lookBack[key], options.scrapeInterval);
    try {
      return [key, await fetch(ask)];
    } catch (thrown) {
      return [key, { kind: 'unreachable', query, reason: `Prometheus: ${reasonOf(thrown)}` }];
    }
  });
  const series = Object.fromEntries(await Promise.all(entries)) as Record<MetricKey, Fetched>;
  return { series, clockAhead, warnings: [] };
}

type Ask = (query: string) => Promise<RawSeries[]>;

interface Reading {
  /** For people, who may paste it into Prometheus. */
  readonly query: string;
  readonly fetch: (ask: Ask) => Promise<Fetched>;
}

/** How one metric is read: by selectors raw, an expression evaluated once per scrape interval. */
function reading(source: MetricSource, lookBack: Seconds, step: Seconds): Reading {
  const milliseconds = `${Math.ceil(lookBack * 1000)}ms`;
  const { counted } = source;
  if (counted?.kind === 'ratio') {
    const [part, whole] = [`${counted.part}[${milliseconds}]`, `${counted.whole}[${milliseconds}]`];
    const query = `sum(increase(${part})) / sum(increase(${whole}))`;
    return {
      query,
      fetch: async (ask) => {
        const [parts, all] = await Promise.all([ask(part), ask(whole)]);
        return countersIn(query, parts, all);
      },
    };
  }
  if (counted?.kind === 'histogram') {
    const buckets = `${counted.buckets}[${milliseconds}]`;
    const query = `histogram_quantile(0.99, sum by (le) (increase(${buckets})))`;
    return { query, fetch: async (ask) => bucketsIn(query, await ask(buckets)) };
  }
  const query = source.expression
    ? `(${source.query})[${milliseconds}:${Math.round(step * 1000)}ms]`
    : `${source.query}[${milliseconds}]`;
  return { query, fetch: async (ask) => gaugesIn(query, await ask(query), source.factor) };
}

function post(query: string, { url, now, signal }: PrometheusOptions): ReturnType<typeof httpRequest> {
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
