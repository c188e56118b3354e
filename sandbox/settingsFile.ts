import { existsSync, readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import type { AddressBlock } from './addressBlock';
import { denisUrl } from './denisProcess';
import { prometheusUrl, SCRAPE_INTERVAL } from './prometheus';
import { writePrivate } from './stateFolder';
import { CONTEXT } from './users';

/** What the stacks read instead of their tracked settings files, through PULUMI_OPTION_CONFIG_FILE. */
export interface StackSettings {
  'canary:context': string;
  'canary:clusterUid': string;
  'canary:prometheus': string;
  'canary:redis': string;
  'canary:chat': string;
  'canary:podAccess': string;
  'canary:timeScale': number;
  'canary:scrapeInterval': string;
  'canary:minimumJobs': number;
  'canary:ruleMinimumJobs': number;
  'canary:ruleMinimumFailed': number;
  'canary:journal': string;
  'canary:watcher': string;
}

export function redisUrl({ ports }: AddressBlock): string {
  return `redis://127.0.0.1:${ports.redis}`;
}

export function stackSettings(
  block: AddressBlock,
  clusterUid: string,
  timeScale: number,
  journal: string,
  watcher: string,
): StackSettings {
  return {
    'canary:context': CONTEXT,
    'canary:clusterUid': clusterUid,
    'canary:prometheus': prometheusUrl(block),
    'canary:redis': redisUrl(block),
    'canary:chat': `${denisUrl(block)}/chat`,
    'canary:podAccess': 'direct',
    'canary:timeScale': timeScale,
    'canary:scrapeInterval': SCRAPE_INTERVAL,
    'canary:minimumJobs': 5,
    'canary:ruleMinimumJobs': 5,
    'canary:ruleMinimumFailed': 3,
    'canary:journal': journal,
    'canary:watcher': watcher,
  };
}

/** Adds the settings to what the CLI wrote into the file (the salt of the stacks' passphrase). */
export function writeSettingsFile(file: string, settings: StackSettings): void {
  const existing = existsSync(file) ? (parse(readFileSync(file, 'utf8')) as Record<string, unknown> | null) : null;
  writePrivate(file, stringify({ ...existing, config: settings }));
}
