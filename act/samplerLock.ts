import { closeSync, existsSync, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { reasonOf, UserError } from '../phases/userError';
import { processStart } from './processStart';

/** One process that samples: its number and start name it for good, on one machine. */
export interface Holder {
  readonly machine: string;
  readonly pid: number;
  readonly started: string;
}

export interface SamplerLock {
  /** May be called more than once, and from a signal handler: it is synchronous. */
  release(): void;
}

const FILE = /^sampler\.([^.]*)\.(\d+)\.([^.]*)\.lock$/;

/**
 * Takes the one right to write into a folder, or says who has it. Everybody first puts down a file of his own, whose name says
 * all, and then looks who else is there: of two who come at once, at least one sees the other and gives way. The file of a
 * process that is gone holds nobody back.
 * @param folder made where it is missing, for its owner alone
 * @throws UserError `sampler` when another process samples into the folder, or it cannot be written
 */
export function lockSamples(folder: string, machine: string, pid: number): SamplerLock {
  const holder = { machine, pid, started: processStart(pid) ?? '' };
  const own = path.join(folder, fileOf(holder));
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    closeSync(openSync(own, 'wx', 0o600));
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST' && existsSync(own)) {
      throw new UserError('sampler', refusal(own, holder, machine));
    }
    throw new UserError(
      'sampler',
      `${folder} cannot be written: ${reasonOf(thrown)}; set canary:journal to a folder that can`,
    );
  }
  const release = (): void => rmSync(own, { force: true });
  for (const file of readdirSync(folder)) {
    const other = holderIn(file);
    if (other === undefined || path.join(folder, file) === own) continue;
    if (other.machine === machine && processStart(other.pid) !== other.started) {
      rmSync(path.join(folder, file), { force: true });
      continue;
    }
    release();
    throw new UserError('sampler', refusal(path.join(folder, file), other, machine));
  }
  return { release };
}

function refusal(file: string, other: Holder, machine: string): string {
  const who = `process ${other.pid} samples into this folder already`;
  if (other.machine === machine) return `${who}; stop it first, or leave the sampling to it`;
  return `${who}, on machine ${other.machine}; the folder belongs to one machine: stop that sampler, or delete ${file} if it is gone`;
}

/** A point would end a part of the name. */
const encoded = (text: string): string => encodeURIComponent(text).replaceAll('.', '%2E');

const fileOf = ({ machine, pid, started }: Holder): string =>
  `sampler.${encoded(machine)}.${pid}.${encoded(started)}.lock`;

function holderIn(file: string): Holder | undefined {
  const match = FILE.exec(file);
  if (match === null) return undefined;
  const [, machine, pid, started] = match;
  return { machine: decodeURIComponent(machine!), pid: Number(pid), started: decodeURIComponent(started!) };
}
