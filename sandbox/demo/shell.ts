import { runCommand } from '../command';
import type { Sandbox } from '../sandbox';

/** What a command of the demo printed, and how it ended. */
export interface Shown {
  readonly code: number;
  readonly output: string;
  readonly seconds: number;
}

const LONGEST_MS = 180_000;

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
