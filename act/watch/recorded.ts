import path from 'node:path';
import { EVIDENCE_FILE } from '../journal';
import { newestLines } from '../page/newestLines';

/** Far more than is written between a rollback and the next tick. */
const MOST_BYTES = 1_000_000;

/** Whether the newest evidence of a folder has the rollback of this incident. @throws Error of the file system */
export async function isRecorded(journal: string, incident: string): Promise<boolean> {
  const lines = (await newestLines(path.join(journal, EVIDENCE_FILE), MOST_BYTES))?.toString('utf8') ?? '';
  const wanted = `"incident":${JSON.stringify(incident)}`;
  return lines.split('\n').some((line) => line.includes('"kind":"rollback"') && line.includes(wanted));
}
