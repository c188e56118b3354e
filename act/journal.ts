import { appendFileSync, closeSync, fstatSync, mkdirSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import type { ActionRecord } from '../rollout/action';
import type { EvidenceRecord } from '../rollout/evidence';

export const EVIDENCE_FILE = 'evidence.jsonl';

/**
 * Appends a record to the evidence of a folder, one line of JSON in one write, so that two writers do not mix. The folder is made
 * where it is not there, for its owner alone.
 * @throws Error of the file system
 */
export function appendEvidence(folder: string, record: EvidenceRecord | ActionRecord): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = openSync(path.join(folder, EVIDENCE_FILE), 'a+', 0o600);
  try {
    appendFileSync(file, `${endsInALine(file) ? '' : '\n'}${JSON.stringify(record)}\n`);
  } finally {
    closeSync(file);
  }
}

/** Not so when a writer was ended in the middle of its record: the next one must not become part of that. */
function endsInALine(file: number): boolean {
  const { size } = fstatSync(file);
  const last = Buffer.alloc(1);
  return size === 0 || readSync(file, last, 0, 1, size - 1) === 0 || last.toString() === '\n';
}
