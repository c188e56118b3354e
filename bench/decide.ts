import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fetchMetrics } from '../observe/prometheus';
import { canary100 } from '../phases/canary-100';
import { METRIC_KEYS, type MetricKey } from '../phases/metrics';
import { parseSettings } from '../phases/settings';
import { hours, type Seconds, seconds, unixSeconds } from '../phases/units';
import { decide } from '../rollout/decide';
import { waitFor } from '../sandbox/waitFor';
import { median, shown } from './pairs';
import { databaseOf, SERIES_PER_POD } from './pastSamples';

/** What a decision costs over the longest window: 72 h of 15 s samples, read from a real Prometheus and judged; then four and sixteen times as many. */
const FACTORS = [1, 4, 16];
const ROUNDS = Number(process.env['ROUNDS'] ?? 10);
/** Judgements of what one round read: as in a watcher, which judges again and again. */
const JUDGEMENTS = 10;
const EVERY = 15;
const WINDOW_HOURS = 72;
/** Warm-up, and some minutes that the window does not need. */
const LEAD = 600;

async function main(): Promise<void> {
  const rows: { readonly factor: number; readonly all: number; readonly judging: number }[] = [];
  for (const factor of FACTORS) rows.push({ factor, ...(await measure(factor)) });
  const [one] = rows;
  for (const { factor, all, judging } of rows.slice(1)) {
    console.log(
      `${factor}× the samples: ${(all / one!.all).toFixed(1)}× the time in all, ${(judging / one!.judging).toFixed(1)}× to judge`,
    );
  }
}

async function measure(factor: number): Promise<{ readonly all: number; readonly judging: number }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'denis-bench-'));
  const now = Math.floor(Date.now() / 1000 / EVERY) * EVERY;
  const from = now - WINDOW_HOURS * 3600 - LEAD;
  const pods = Array.from({ length: factor }, (_, index) => `denis-${index}`);
  const database = await databaseOf({ pods, from, to: now + EVERY, every: EVERY }, folder);
  const prometheus = await startOn(database, folder);
  try {
    const settings = parseSettings({
      context: 'bench',
      clusterUid: 'bench',
      prometheus: prometheus.url,
      redis: 'redis://localhost',
      chat: 'http://localhost/chat',
    });
    settings.metrics.uptime = { ...settings.metrics.uptime, query: 'up{namespace="denis"}' };
    const lookBack = hours(WINDOW_HOURS + 1 / 12);
    const read = () =>
      fetchMetrics(settings.metrics, {
        url: prometheus.url,
        now: unixSeconds(now),
        lookBack: Object.fromEntries(METRIC_KEYS.map((key) => [key, lookBack])) as Record<MetricKey, Seconds>,
        scrapeInterval: seconds(EVERY),
      });
    const judge = ({ series }: Awaited<ReturnType<typeof read>>) =>
      decide({
        phase: canary100,
        now: unixSeconds(now),
        activatedAt: unixSeconds(from),
        settings,
        series,
        baseline: { chatP99: 0.3, measuredAt: '', covered: seconds(86_400), samples: 5_760 },
        pods,
        livePercent: 100,
        permittedPercent: 100,
      });
    const [all, judging, heap]: [number[], number[], number[]] = [[], [], []];
    let cold: number | undefined;
    for (let round = -2; round < ROUNDS; round++) {
      const started = performance.now();
      const fetched = await read();
      const asked = performance.now();
      const { verdict, sentence } = judge(fetched);
      const ended = performance.now();
      // The first reading of so many samples from the disk may take Prometheus longer than it is given.
      if (verdict !== 'COMPLETE' && round >= 0) throw new Error(`expected COMPLETE, found ${verdict}: ${sentence}`);
      cold ??= (ended - asked) / 1000;
      if (round < 0) continue;
      all.push((ended - started) / 1000);
      for (let more = 0; more < JUDGEMENTS; more++) {
        const before = performance.now();
        judge(fetched);
        judging.push((performance.now() - before) / 1000);
      }
      global.gc?.();
      heap.push(process.memoryUsage().rss / 1024 / 1024);
    }
    const samples = pods.length * SERIES_PER_POD * ((now - from) / EVERY);
    console.log(`${factor}×: ${Math.round(samples / 1000)} k samples of ${pods.length * SERIES_PER_POD} series`);
    console.log(`  from Prometheus to decision  ${shown(all)}`);
    const first = ((cold ?? 0) * 1000).toFixed(1);
    console.log(
      `  judging alone                ${(median(judging) * 1000).toFixed(1)} ms, the very first time ${first} ms`,
    );
    console.log(`  memory, first and last round ${heap[0]!.toFixed(0)} and ${heap.at(-1)!.toFixed(0)} MB`);
    return { all: median(all), judging: median(judging) };
  } finally {
    await prometheus.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A Prometheus on a database of the past; it scrapes nothing. */
async function startOn(database: string, folder: string): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const config = path.join(folder, 'prometheus.yaml');
  writeFileSync(config, 'scrape_configs: []\n');
  const args = [
    `--config.file=${config}`,
    `--storage.tsdb.path=${database}`,
    '--storage.tsdb.retention.time=1y',
    '--web.listen-address=127.0.0.1:0',
  ];
  const child = spawn('prometheus', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  for await (const line of createInterface({ input: child.stderr })) {
    const address = /msg="Listening on" .*address=(127\.0\.0\.1:\d+)/.exec(line)?.[1];
    if (address === undefined) continue;
    child.stderr.resume();
    const url = `http://${address}`;
    const ready = async (): Promise<true | undefined> => ((await fetch(`${url}/-/ready`)).ok ? true : undefined);
    await waitFor(ready, { what: `prometheus at ${url}`, deadlineMs: 60_000 });
    return { url, stop };
  }
  throw new Error('prometheus ended before it listened');
}

main().catch((thrown: unknown) => {
  console.error(thrown);
  process.exitCode = 1;
});
