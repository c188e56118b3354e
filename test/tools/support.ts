import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** The checkout, seen from dist/test/tools. */
export const checkout = path.resolve(__dirname, '..', '..', '..');

/** A module of tools/, which is plain JavaScript; the caller says which shape it relies on. */
export function tool<T>(name: string): T {
  return require(path.join(checkout, 'tools', `${name}.js`)) as T;
}

/** A folder of the test's own, removed with everything in it. */
export function temporaryFolder(): { path: string; remove: () => void } {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'denis-tools-'));
  return { path: folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export function writeProgram(file: string, script: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

/** Waits for a condition, with a deadline. */
export async function until(condition: () => boolean, what: string, ms = 10_000): Promise<void> {
  for (const deadline = Date.now() + ms; !condition(); await new Promise((resolve) => setTimeout(resolve, 20))) {
    if (Date.now() > deadline) throw new Error(`waited ${ms} ms for ${what}`);
  }
}

export const linesOf = (file: string): string[] =>
  existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];

/** Collects what is written. */
export function collector(): { write: (text: string) => boolean; text: () => string } {
  const parts: string[] = [];
  return { write: (text) => parts.push(text) > 0, text: () => parts.join('') };
}
