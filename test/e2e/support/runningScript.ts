import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import path from 'node:path';
import type { Readable } from 'node:stream';
import type { Sandbox } from '../../../sandbox/index';
import { CHECKOUT } from './world';

export interface RunningScript {
  readonly child: ChildProcess;
  /** Both streams so far. */
  output(): string;
  /** Its exit code; null where a signal ended it. */
  readonly ended: Promise<number | null>;
}

/** Starts `npm run … -- …`, without npm, with the sandbox's environment and what is changed of it. */
export function startScript(
  sandbox: Sandbox,
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): RunningScript {
  const child = spawn(process.execPath, [path.join(CHECKOUT, 'dist', 'scripts', `${script}.js`), ...args], {
    cwd: CHECKOUT,
    env: { ...sandbox.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return followed(child);
}

/** Keeps what a process says, from its start on. */
export function followed(child: ChildProcessByStdio<null, Readable, Readable>): RunningScript {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { child, output: () => output, ended };
}
