import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { stringify } from 'yaml';

export interface PrometheusServer {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts a real Prometheus that scrapes these targets five times a second, each as the pod of its name.
 * @param past samples that it holds already, as OpenMetrics text with time stamps
 */
export async function startPrometheus(
  targets: Readonly<Record<string, string>>,
  past?: string,
): Promise<PrometheusServer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'prometheus-'));
  const config = path.join(folder, 'prometheus.yml');
  const jobs = Object.entries(targets).map(([pod, target]) => ({
    job_name: pod,
    scrape_interval: '200ms',
    scrape_timeout: '200ms',
    static_configs: [{ targets: [target], labels: { namespace: 'denis', pod } }],
  }));
  writeFileSync(config, stringify({ scrape_configs: jobs }));
  if (past !== undefined) {
    const file = path.join(folder, 'past.txt');
    writeFileSync(file, past);
    const create = ['tsdb', 'create-blocks-from', 'openmetrics', '--quiet', '--max-block-duration=24h'];
    try {
      execFileSync('promtool', [...create, file, path.join(folder, 'data')]);
    } catch (thrown) {
      rmSync(folder, { recursive: true, force: true });
      throw thrown;
    }
    rmSync(file);
  }
  const args = [`--config.file=${config}`, `--storage.tsdb.path=${folder}/data`, '--web.listen-address=127.0.0.1:0'];
  const child = spawn('prometheus', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    said.push(line);
    const address = /msg="Listening on" .*address=(127\.0\.0\.1:\d+)/.exec(line)?.[1];
    if (address === undefined) continue;
    child.stderr.resume();
    return { url: `http://${address}`, stop };
  }
  await stop();
  throw new Error(`prometheus ended before it listened:\n${said.join('\n')}`);
}
