import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A folder with one program, which comes first on the PATH of `env`; the program itself is a real process. */
export interface StandIn {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** The text of a file that the program wrote into its folder. */
  written(file: string): string;
  remove(): void;
}

/** @param script POSIX shell; `$FOLDER` is the program's folder */
export function standIn(name: string, script: string): StandIn {
  const folder = mkdtempSync(path.join(tmpdir(), 'stand-in-'));
  const program = path.join(folder, name);
  writeFileSync(program, `#!/bin/sh\nFOLDER='${folder}'\n${script}\n`);
  chmodSync(program, 0o700);
  return {
    folder,
    env: { ...process.env, PATH: `${folder}${path.delimiter}${process.env['PATH'] ?? ''}` },
    written: (file) => readFileSync(path.join(folder, file), 'utf8'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Whether a process runs. */
export function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
