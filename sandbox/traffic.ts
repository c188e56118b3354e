import { waitFor } from './waitFor';

const DENIS_PODS = 3;

interface QueryAnswer {
  data: { result: { metric: Record<string, string>; value: [number, string] }[] };
}

/** Returns when Prometheus has scraped every pod of Denis once. */
export async function everyPodScraped(prometheus: string, log: string, signal: AbortSignal): Promise<void> {
  const query = encodeURIComponent('up{job="denis"} == 1');
  const probe = async (): Promise<true | undefined> => {
    const response = await fetch(`${prometheus}/api/v1/query?query=${query}`, { signal: AbortSignal.timeout(2_000) });
    const answer = (await response.json()) as QueryAnswer;
    const { length } = answer.data.result;
    if (length < DENIS_PODS) throw new Error(`${length} of ${DENIS_PODS} are up`);
    return true;
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
