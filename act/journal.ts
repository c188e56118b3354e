import { appendFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import type { EvidenceRecord } from '../rollout/evidence';

export const EVIDENCE_FILE = 'evidence.jsonl';

/**
 * Appends a record to the evidence of a folder, one line of JSON in one write, so that two writers do not mix. The folder is made where it is not there, for its owner alone.
 * @throws Error of the file system
 */
export function appendEvidence(folder: string, record: EvidenceRecord): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  appendFileSync(path.join(folder, EVIDENCE_FILE), `${JSON.stringify(record)}\n`, { mode: 0o600 });
}
