import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { parse } from 'yaml';
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

/** Server-side apply with a body in YAML, as Pulumi's Kubernetes provider sends it; kubectl always sends JSON. */
export async function applyYaml(sandbox: Sandbox, path: string, body: string): Promise<void> {
  const config = parse(readFileSync(sandbox.kubeconfig('admin'), 'utf8')) as {
    clusters: [{ cluster: { 'certificate-authority-data': string } }];
    users: [{ user: { token: string } }];
  };
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const outgoing = request(new URL(path, sandbox.apiServer.url), {
      method: 'PATCH',
      ca: Buffer.from(config.clusters[0].cluster['certificate-authority-data'], 'base64'),
      headers: {
        authorization: `Bearer ${config.users[0].user.token}`,
        'content-type': 'application/apply-patch+yaml',
      },
    });
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode));
    });
    outgoing.end(body);
  });
  assert.equal(status, 200);
}
