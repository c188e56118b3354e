import { appendFileSync, statSync, truncateSync } from 'node:fs';

export type Log = (line: string) => void;

const MAX_BYTES = 5_000_000;

/** One line per event with its time; starts anew at 5 MB. A disk that is full never stops the service. */
export function logFile(file: string): Log {
  return (line) => {
    try {
      appendFileSync(file, `${new Date().toISOString()} ${line}\n`, { mode: 0o600 });
      if (statSync(file).size > MAX_BYTES) truncateSync(file);
    } catch (error) {
      process.stderr.write(`${line} (not logged: ${reasonOf(error)})\n`);
    }
  };
}

export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
