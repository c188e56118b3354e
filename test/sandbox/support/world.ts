import assert from 'node:assert/strict';
import type { Sandbox } from '../../../sandbox/index';

/** What `kubectl … -o json` prints. */
export async function jsonOf<T>(sandbox: Sandbox, args: readonly string[]): Promise<T> {
  const result = await sandbox.kubectl([...args, '-o', 'json']);
  assert.equal(result.code, 0, result.stderr);
  return JSON.parse(result.stdout) as T;
}

export async function podsOf(sandbox: Sandbox, app: string): Promise<{ name: string; ip: string }[]> {
  interface Pods {
    items: { metadata: { name: string }; status: { podIP: string } }[];
  }
  const { items } = await jsonOf<Pods>(sandbox, ['-n', 'denis', 'get', 'pods', '-l', `app=${app}`]);
  return items.map(({ metadata, status }) => ({ name: metadata.name, ip: status.podIP }));
}

/** The pods whose last scrape went well, sorted. */
export async function scrapedPods(sandbox: Sandbox): Promise<string[]> {
  const query = encodeURIComponent('up{namespace="denis",app="denis"} == 1');
  const answer = (await (await fetch(`${sandbox.info.prometheus}/api/v1/query?query=${query}`)).json()) as {
    data: { result: { metric: { pod: string } }[] };
  };
  return answer.data.result.map(({ metric }) => metric.pod).sort();
}
