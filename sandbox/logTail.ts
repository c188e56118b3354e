import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const MOST_BYTES = 64 * 1024;

/** The end of a log, at most 64 KiB and nothing from before the offset; empty when there is no such file. */
export function logTail(file: string, offset = 0): string {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    return '';
  }
  try {
    const end = fstatSync(descriptor).size;
    const start = Math.max(offset, end - MOST_BYTES);
    const buffer = Buffer.alloc(Math.max(0, end - start));
    readSync(descriptor, buffer, 0, buffer.length, start);
    return buffer.toString('utf8');
  } finally {
    closeSync(descriptor);
  }
}
