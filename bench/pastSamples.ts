import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { runCommand } from '../sandbox/command';

/** A healthy canary-100 as it was scraped: which pods, from when to when, how often. Unix seconds. */
export interface Past {
  readonly pods: readonly string[];
  readonly from: number;
  readonly to: number;
  readonly every: number;
}

/** The series of one pod; memory has two. Values move a little, so that they compress as real ones do. */
const SERIES: readonly (readonly [name: string, labels: string, value: (time: number, noise: number) => number])[] = [
  ['materializer_success_rate', '', (_, noise) => 0.997 + noise * 0.002],
  ['materializer_latency_p99', '', (_, noise) => 0.9 + noise * 0.2],
  ['error_rate', '', (_, noise) => 0.0002 + noise * 0.0001],
  ['chat_latency_p99', '', (_, noise) => 0.3 + noise * 0.01],
  ['queue_depth', 'queue="tools_mut"', (_, noise) => Math.round(noise * 10)],
  ['worker_seen', '', (time) => time - 5],
  ['decisiontrace_drops', '', () => 7],
  ['graph_write_latency_p99', '', (_, noise) => 0.1 + noise * 0.05],
  ['memory_usage', 'component="api"', (_, noise) => 0.5 + noise * 0.05],
  ['memory_usage', 'component="workers"', (_, noise) => 0.4 + noise * 0.05],
  ['up', '', () => 1],
  ['materializer_pct', '', () => 100],
  ['materializer_new', '', (time) => Math.floor(time)],
];

/** Samples of one pod at one moment. */
export const SERIES_PER_POD = SERIES.length;

/** Writes the samples as OpenMetrics and makes a Prometheus database of them. @returns its folder */
export async function databaseOf(past: Past, folder: string): Promise<string> {
  const file = path.join(folder, 'samples.txt');
  const stream = createWriteStream(file);
  let seed = 1;
  const noise = (): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const written = new Set<string>();
  for (const [name, labels, value] of SERIES) {
    if (!written.has(name)) stream.write(`# TYPE ${name} unknown\n`);
    written.add(name);
    for (const pod of past.pods) {
      const all = [`namespace="denis"`, `pod="${pod}"`, labels].filter((label) => label !== '').join(',');
      let text = '';
      for (let time = past.from; time < past.to; time += past.every)
        text += `${name}{${all}} ${value(time, noise())} ${time}\n`;
      if (!stream.write(text)) await once(stream, 'drain');
    }
  }
  stream.end('# EOF\n');
  await once(stream, 'finish');
  const database = path.join(folder, 'data');
  const made = await runCommand('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', file, database], {
    cwd: folder,
    env: process.env,
    timeoutMs: 300_000,
  });
  if (made.code !== 0) throw new Error(`promtool: ${made.stderr}`);
  return database;
}
