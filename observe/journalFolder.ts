import { homedir } from 'node:os';
import path from 'node:path';
import type { ClusterSettings } from '../phases/settings';

/** The folder of this machine's journals about one cluster, or about those that a kill reached without a pinned UID. `HOME` and `XDG_STATE_HOME` are those of the environment. */
export function journalFolder(
  { journal, clusterUid }: Pick<ClusterSettings, 'journal' | 'clusterUid'>,
  env: NodeJS.ProcessEnv,
): string {
  const home = env['HOME'] || homedir();
  if (journal !== undefined) return journal.startsWith('~/') ? path.join(home, journal.slice(2)) : journal;
  const state = env['XDG_STATE_HOME'] || path.join(home, '.local', 'state');
  return path.join(state, 'denis-canary', clusterUid === '' ? 'unpinned' : clusterUid.replace(/[^\w.-]/g, '_'));
}

const FILE = /^samples-(\d{4}-\d{2}-\d{2})\.jsonl$/;
const DAY = 86_400;

/** File of the samples of one UTC day. @param at unix seconds */
export const samplesFile = (at: number): string => `samples-${new Date(at * 1000).toISOString().slice(0, 10)}.jsonl`;

/** Start of the day whose samples a file holds, unix seconds; undefined for any other file. */
export function dayOfSamples(file: string): number | undefined {
  const [, day] = FILE.exec(file) ?? [];
  const start = day === undefined ? Number.NaN : Date.parse(`${day}T00:00:00Z`) / 1000;
  return Number.isNaN(start) ? undefined : start;
}

/** Whether a file may hold samples of this span, unix seconds. */
export function holdsSamplesOf(file: string, from: number, to: number): boolean {
  const day = dayOfSamples(file);
  return day !== undefined && day <= to && day + DAY > from;
}
