import { reasonOf } from '../phases/userError';
import { type PodState, type Reading, read, unreadable } from '../rollout/cluster';
import { type ExposedSample, parseExposition } from './exposition';
import { type HttpAnswer, httpRequest } from './http';
import type { PodAccess, PodAddress } from './podAccess';

const METRICS_PATH = '/metrics';
const MOST_BYTES = 16 * 1024 * 1024;

export interface ScrapeOptions {
  readonly access: PodAccess;
  /** Becomes a label of every series, as a scrape configuration for Kubernetes would add it. */
  readonly namespace: string;
  /** From the first byte sent to the last one read, reaching the pod included. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** Asks one pod for its `/metrics`; what it does not say is a reason, never an exception. */
export async function scrapePod(pod: PodAddress, options: ScrapeOptions): Promise<Reading<readonly ExposedSample[]>> {
  const { timeoutMs } = options;
  const deadline = AbortSignal.timeout(timeoutMs);
  const signal = options.signal === undefined ? deadline : AbortSignal.any([deadline, options.signal]);
  try {
    const answer = await Promise.race([ask(pod, options, signal), aborted(signal)]);
    return read(parseExposition(textIn(answer)).flatMap((sample) => asScraped(sample, pod, options.namespace)));
  } catch (thrown) {
    return unreadable(deadline.aborted ? `no answer within ${timeoutMs / 1000} s` : reasonOf(thrown));
  }
}

async function ask(pod: PodAddress, { access, timeoutMs }: ScrapeOptions, signal: AbortSignal): Promise<HttpAnswer> {
  return access(pod, (origin) =>
    httpRequest(`${origin}${METRICS_PATH}`, {
      headers: { accept: 'text/plain;version=0.0.4' },
      timeoutMs,
      mostBytes: MOST_BYTES,
      signal,
    }),
  );
}

/** A port-forward knows no signal: it ends by its own deadline, but nobody waits for it. */
const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) return reject(new Error('interrupted'));
    signal.addEventListener('abort', () => reject(new Error('interrupted')), { once: true });
  });

function textIn({ status, contentType, body }: HttpAnswer): string {
  if (status !== 200) throw new Error(`${METRICS_PATH} answers ${status}`);
  const [type = ''] = contentType.split(';');
  if (type.trim() !== 'text/plain' && type.trim() !== '') {
    throw new Error(`${METRICS_PATH} is ${type.trim()}, expected text/plain, version 0.0.4 of Prometheus' format`);
  }
  return body;
}

/** The labels of a target win; a series' own ones of the same name are kept under `exported_…`, as a scrape keeps them. */
function asScraped(sample: ExposedSample, pod: PodAddress, namespace: string): ExposedSample[] {
  // The scrape's own series: whether the pod answered is not the pod's to say.
  if (sample.name === 'up') return [];
  const target: [string, string][] = [
    ['namespace', namespace],
    ['pod', pod.name],
  ];
  const labels = new Map(sample.labels);
  for (const [name, value] of target) {
    const own = labels.get(name);
    if (own !== undefined) labels.set(`exported_${name}`, own);
    labels.set(name, value);
  }
  for (const [name, value] of labels) if (value === '') labels.delete(name);
  return [{ ...sample, labels }];
}

/** The series that every scrape makes of a pod: 1 when it answered, else 0. */
export function upOf(pod: PodState, namespace: string, answered: boolean): ExposedSample {
  const labels = new Map([
    ['namespace', namespace],
    ['pod', pod.name],
  ]);
  return { name: 'up', labels, value: answered ? 1 : 0, timestamp: undefined };
}
