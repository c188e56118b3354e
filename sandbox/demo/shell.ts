import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { runCommand } from '../command';
import type { Sandbox } from '../sandbox';

/** What a command of the demo printed, and how it ended. */
export interface Shown {
  readonly code: number;
  readonly output: string;
  readonly seconds: number;
}

/** A command that goes on while others are run. */
export interface Background {
  /** Waits until it has printed this. @returns what it found */
  said(what: RegExp, deadlineMs: number): Promise<string>;
  stop(): Promise<void>;
}

const LONGEST_MS = 180_000;
const STOP_MS = 45_000;

/** Runs the commands of the demo as a person would type them, and prints them with what matters of their answer. */
export class Shell {
  constructor(
    private readonly sandbox: Sandbox,
    private readonly checkout: string,
    private readonly print: (line: string) => void,
    private readonly signal: AbortSignal,
  ) {}

  /** @param line the command as typed; quotes are not needed by any of them */
  async run(line: string, options: { quiet?: boolean } = {}): Promise<Shown> {
    if (!options.quiet) this.print(`  $ ${line}`);
    const [command, ...args] = line.split(' ') as [string, ...string[]];
    const started = performance.now();
    const result = await runCommand(command, args, {
      cwd: this.checkout,
      env: { ...this.sandbox.env, NO_COLOR: '1' },
      timeoutMs: LONGEST_MS,
      signal: this.signal,
    });
    const output = `${result.stdout}${result.stderr}`;
    const seconds = (performance.now() - started) / 1000;
    if (!options.quiet) for (const text of essence(output)) this.print(`    ${text}`);
    return { code: result.code, output, seconds };
  }

  /** @param shown which of its lines are printed, as they come */
  start(line: string, shown: RegExp): Background {
    this.print(`  $ ${line} &`);
    const [command, ...args] = line.split(' ') as [string, ...string[]];
    // A process group of its own: npm does not hand every signal on.
    const child = spawn(command, args, {
      cwd: this.checkout,
      env: { ...this.sandbox.env, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    const ended = once(child, 'exit').catch((thrown: unknown) => thrown);
    let over = false;
    void ended.then(() => {
      over = true;
    });
    const said: string[] = [];
    createInterface({ input: child.stdout }).on('line', (text) => {
      said.push(text);
      if (shown.test(text)) this.print(`    ${text}`);
    });
    return {
      said: async (what, deadlineMs) => {
        const end = performance.now() + deadlineMs;
        for (;;) {
          this.signal.throwIfAborted();
          const found = said.find((text) => what.test(text));
          if (found !== undefined) return found;
          if (over || performance.now() > end) {
            throw new Error(`${line} ${over ? 'ended' : 'did not say'}: expected ${what}, found:\n${said.join('\n')}`);
          }
          await pause(200);
        }
      },
      stop: async () => {
        if (over || child.pid === undefined) return;
        process.kill(-child.pid, 'SIGTERM');
        const timer = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), STOP_MS);
        await ended;
        clearTimeout(timer);
      },
    };
  }
}

/** Of Pulumi's output what it says, or else what it did, without the progress lines; of everything else all. */
export function essence(output: string): string[] {
  const lines = output
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
  if (!lines.some((line) => /^(Previewing update|Updating) \(/.test(line))) return lines;
  const diagnostics = lines.indexOf('Diagnostics:');
  if (diagnostics !== -1) {
    const said = upTo(/^(Outputs|Policies|Resources):/, lines.slice(diagnostics + 1));
    return said.filter((line) => !/^ {2}\S.*\):$/.test(line)).map((line) => line.replace(/^ {4}/, ''));
  }
  const policies = lines.findIndex((line) => line.startsWith('Policies:'));
  if (policies !== -1) return upTo(/^(Outputs|Resources):/, lines.slice(policies + 1));
  return upTo(/^Duration:/, lines.slice(lines.lastIndexOf('Resources:') + 1));
}

function upTo(end: RegExp, lines: readonly string[]): string[] {
  const index = lines.findIndex((line) => end.test(line));
  return lines.slice(0, index === -1 ? undefined : index);
}
