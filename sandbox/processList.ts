import { readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import type { ProcessIdentity } from './processIdentity';
import { writePrivate } from './stateFolder';

/** Written at every change, so that `--stop` can end a sandbox whose owner is gone or hangs. */
export interface ProcessList {
  /** The process that started the others and ends them when asked. */
  owner: ProcessIdentity | undefined;
  started: ProcessIdentity[];
  temporary: boolean;
}

const NAME = 'processes.json';

export function writeProcessList(folder: string, list: ProcessList): void {
  const file = path.join(folder, NAME);
  writePrivate(`${file}.new`, JSON.stringify(list, null, 2));
  renameSync(`${file}.new`, file);
}

/** @returns undefined when no sandbox was ever started there. */
export function readProcessList(folder: string): ProcessList | undefined {
  try {
    return JSON.parse(readFileSync(path.join(folder, NAME), 'utf8')) as ProcessList;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
