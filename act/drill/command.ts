import { spawn } from 'node:child_process';
import path from 'node:path';
import type { DrillContext } from './context';

export interface CommandEnd {
  readonly exitCode: number;
  /** ms from its start to its end. */
  readonly ms: number;
  /** What it said, both streams: for a person, when it failed. */
  readonly output: string;
}

const MOST_OUTPUT = 64 * 1024;
/** Longer than any way of a kill waits, and than a resume; ms. */
const DEADLINE_MS = 180_000;

/**
 * Runs a built command of this project as an operator does, in a process of its own. An interruption of the drill does not
 * reach it: a kill that was begun goes on to its end. Never rejects.
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
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = `${output}${text}`.slice(-MOST_OUTPUT);
    });
  }
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ exitCode: 127, ms: clock() - started, output: error.message }));
    child.once('close', (code) => resolve({ exitCode: code ?? 137, ms: clock() - started, output }));
  });
}
