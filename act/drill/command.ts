import { spawn } from 'node:child_process';
import path from 'node:path';
import { UserError } from '../../phases/userError';
import type { DrillContext } from './context';

export interface CommandEnd {
  readonly exitCode: number;
  /** ms from its start to its end. */
  readonly ms: number;
  readonly stdout: string;
  /** What it said, both streams: for a person, when it failed. */
  readonly output: string;
}

const MOST_OUTPUT = 64 * 1024;
/** Longer than any way of a kill waits, and than a resume; ms. */
const DEADLINE_MS = 180_000;

/**
 * Runs a built command of this project as an operator does, in a process of its own. An interruption of the drill does not
 * reach it: a kill that was begun goes on to its end.
 */
export function runOwnCommand(
  { checkout, stack, env, clock }: Pick<DrillContext, 'checkout' | 'stack' | 'env' | 'clock'>,
  name: 'kill' | 'resume',
  args: readonly string[],
): Promise<CommandEnd> {
  const started = clock();
  const program = path.join(checkout, 'dist', 'scripts', `${name}.js`);
  const child = spawn(process.execPath, [program, '--stack', stack, ...args], {
    cwd: checkout,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    timeout: DEADLINE_MS,
    killSignal: 'SIGKILL',
  });
  let [stdout, output] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    stdout = `${stdout}${chunk}`.slice(-MOST_OUTPUT);
    output = `${output}${chunk}`.slice(-MOST_OUTPUT);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output = `${output}${chunk}`.slice(-MOST_OUTPUT);
  });
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new UserError('drill', `${program} cannot be run: ${error.message}`)));
    child.once('close', (code) => resolve({ exitCode: code ?? 137, ms: clock() - started, stdout, output }));
  });
}
