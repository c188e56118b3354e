import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { MetricSource } from '../phases/metricSettings';
import { METRIC_KEYS, type MetricKey } from '../phases/metrics';
import { formatDuration, type Seconds, seconds } from '../phases/units';
import { reasonOf } from '../phases/userError';
import type { Fetched } from '../rollout/series';
import { bucketsIn, countersIn, gaugesIn } from './grouping';
import { holdsSamplesOf } from './journalFolder';
import { JournalReader } from './journalReader';
import { type MetricSelectors, selectorsOf } from './metricSelectors';
import type { FetchedAll, FetchOptions } from './metricsSource';

export interface JournalOptions extends FetchOptions {
  readonly folder: string;
  /** Age from which the newest scrape means that nobody samples. */
  readonly staleAfter: Seconds;
  /** The command that samples. */
  readonly start: string;
}

/** Reads the samples that the sampler of this machine wrote; without fresh ones every metric is `unreachable`. */
export async function fetchFromJournal(
  sources: Readonly<Record<MetricKey, MetricSource>>,
  options: JournalOptions,
): Promise<FetchedAll> {
  const { folder, now, lookBack } = options;
  const all = new Map<MetricKey, MetricSelectors>();
  const refused = new Map<MetricKey, string>();
  for (const key of METRIC_KEYS) {
    if (sources[key].off !== undefined) continue;
    try {
      all.set(key, selectorsOf(key, sources[key]));
    } catch (thrown) {
      refused.set(key, reasonOf(thrown));
    }
  }
  const reader = new JournalReader(
    [...all].flatMap(([key, selectors]) =>
      selectors.map((selector) => ({ key, selector, from: now - lookBack[key], to: now })),
    ),
  );
  let failure: string | undefined;
  try {
    await readFolder(reader, options);
    failure = silence(reader.newest, options);
  } catch (thrown) {
    failure = (thrown as NodeJS.ErrnoException).code === 'ENOENT' ? silence(undefined, options) : reasonOf(thrown);
  }
  const fetched = (key: MetricKey): Fetched => {
    const { off, query, counted, factor } = sources[key];
    if (off !== undefined) return { kind: 'off', reason: off };
    const reason = refused.get(key) ?? failure;
    if (reason !== undefined) return { kind: 'unreachable', query, reason };
    const [first, second] = all.get(key)!.map((selector) => reader.rowsOf(key, selector));
    if (counted?.kind === 'ratio') return countersIn(query, first!, second!);
    if (counted?.kind === 'histogram') return bucketsIn(query, first!);
    return gaugesIn(query, first!, factor);
  };
  return {
    series: Object.fromEntries(METRIC_KEYS.map((key) => [key, fetched(key)])) as Record<MetricKey, Fetched>,
    clockAhead: undefined,
    warnings: reader.faults.map((fault) => `journal of samples in ${folder}: ${fault}`),
  };
}

const longestLookBack = ({ lookBack }: JournalOptions): Seconds =>
  seconds(Math.max(...METRIC_KEYS.map((key) => lookBack[key])));

async function readFolder(reader: JournalReader, options: JournalOptions): Promise<void> {
  const { folder, now, signal } = options;
  const from = now - longestLookBack(options);
  const files = (await readdir(folder)).filter((file) => holdsSamplesOf(file, from, now)).sort();
  for (const file of files) {
    signal?.throwIfAborted();
    reader.read(file, await readFile(path.join(folder, file), 'utf8'));
  }
}

/** Why there is nothing to judge by; undefined while somebody samples. */
function silence(newest: number | undefined, options: JournalOptions): string | undefined {
  const { folder, now, staleAfter, start } = options;
  const how = `start the sampler on this machine and leave it running: ${start}`;
  if (newest === undefined) {
    return `there are no samples of the last ${formatDuration(longestLookBack(options))} in ${folder}; ${how}`;
  }
  const age = seconds(Math.max(0, now - newest));
  return age > staleAfter ? `the newest samples in ${folder} are ${formatDuration(age)} old; ${how}` : undefined;
}
