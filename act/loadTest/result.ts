import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { loadTestFile } from '../../observe/loadTests';
import type { LoadTestResult } from '../../rollout/loadTest';

/**
 * Keeps a result beside the evidence, for its owner alone.
 * @returns the file
 * @throws Error of the file system
 */
export function writeLoadTest(folder: string, result: LoadTestResult): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = path.join(folder, loadTestFile(result.at));
  writeFileSync(`${file}.new`, `${JSON.stringify(result, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return file;
}
