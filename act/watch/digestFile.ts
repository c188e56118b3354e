import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { UnixSeconds } from '../../phases/units';
import { isoOf } from '../../rollout/watcherStatus';

const NAME = /^digest-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ\.svg$/;

/** `digest-2026-11-26T08-00-00Z.svg`: names in the order of time. */
const nameAt = (at: UnixSeconds): string => `digest-${isoOf(at).slice(0, 19).replaceAll(':', '-')}Z.svg`;

/** Writes the picture of one digest into the journal's folder. @returns its name @throws Error of the file system */
export function writeDigest(folder: string, at: UnixSeconds, svg: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const name = nameAt(at);
  writeFileSync(path.join(folder, name), svg, { mode: 0o600 });
  return name;
}

/** The newest picture's file; undefined where there is none. @throws Error of the file system */
export function newestDigest(folder: string): string | undefined {
  try {
    const newest = readdirSync(folder)
      .filter((name) => NAME.test(name))
      .sort()
      .at(-1);
    return newest === undefined ? undefined : path.join(folder, newest);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw thrown;
  }
}
