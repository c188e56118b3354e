import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SampleWriter } from '../../../act/sampleWriter';
import type { ExposedSample } from '../../../observe/exposition';

/** A fresh folder, removed in every case. */
export async function withFolder<T>(use: (folder: string) => Promise<T> | T): Promise<T> {
  const folder = mkdtempSync(path.join(tmpdir(), 'journal-'));
  chmodSync(folder, 0o700);
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A series of one pod as a scrape has it. */
export function exposed(
  name: string,
  value: number,
  labels: Record<string, string> = {},
  timestamp?: number,
): ExposedSample {
  return { name, labels: new Map(Object.entries({ namespace: 'denis', ...labels })), value, timestamp };
}

/** Writes these scrapes, oldest first. */
export function writeAll(
  folder: string,
  scrapes: readonly (readonly [at: number, pod: string, samples: readonly ExposedSample[]])[],
): void {
  const writer = new SampleWriter(folder);
  for (const [at, pod, samples] of scrapes) {
    writer.append({
      at,
      pod,
      samples: samples.map((one) => ({ ...one, labels: new Map([...one.labels, ['pod', pod]]) })),
    });
  }
  writer.close();
}
