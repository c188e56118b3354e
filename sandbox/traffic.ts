import { waitFor } from './waitFor';

const DENIS_PODS = 3;

interface QueryAnswer {
  data: { result: { metric: Record<string, string>; value: [number, string] }[] };
}

interface TargetsAnswer {
  data: { activeTargets: { scrapeUrl: string; lastError: string }[] };
}

/** Returns when Prometheus has scraped every pod of Denis once. */
export async function everyPodScraped(prometheus: string, log: string, signal: AbortSignal): Promise<void> {
  const ask = async <T>(path: string): Promise<T> =>
    (await (await fetch(`${prometheus}/api/v1/${path}`, { signal: AbortSignal.timeout(2_000) })).json()) as T;
  const probe = async (): Promise<true | undefined> => {
    const { data } = await ask<QueryAnswer>(`query?query=${encodeURIComponent('up{job="denis"} == 1')}`);
    if (data.result.length >= DENIS_PODS) return true;
    const targets = (await ask<TargetsAnswer>('targets?state=active')).data.activeTargets;
    const errors = targets
      .filter(({ lastError }) => lastError !== '')
      .map(({ scrapeUrl, lastError }) => `${scrapeUrl}: ${lastError}`);
    throw new Error([`${data.result.length} of ${DENIS_PODS} are up`, ...errors].join('; '));
  };
  await waitFor(probe, {
    what: `prometheus to scrape every pod of Denis (its log is ${log})`,
    deadlineMs: 25_000,
    signal,
  });
}

/** Returns when a chat is answered. */
export async function chatAnswers(denis: string, log: string, signal: AbortSignal): Promise<void> {
  const probe = async (): Promise<true | undefined> => {
    const response = await fetch(`${denis}/chat`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ message: 'are you there?', user_id: 'sandbox' }),
      signal: AbortSignal.timeout(2_000),
    });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return true;
  };
  await waitFor(probe, { what: `denis to answer ${denis}/chat (its log is ${log})`, deadlineMs: 15_000, signal });
}
