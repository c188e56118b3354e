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

/** Of Pulumi's output the verdict and the diagnostics, without the progress lines; of everything else all. */
export function essence(output: string): string[] {
  const lines = output.split('\n').map((line) => line.trimEnd());
  if (!lines.some((line) => /^(Previewing update|Updating) \(/.test(line))) return lines.filter((line) => line !== '');
  const start = lines.indexOf('Diagnostics:');
  if (start === -1) {
    const policies = lines.findIndex((line) => line.startsWith('Policies:'));
    const shown = policies === -1 ? lines : lines.slice(policies);
    return shown.filter(
      (line) => line !== '' && !/^\s*([+~-]\s|@ )/.test(line) && !/^(Updating|Previewing)/.test(line),
    );
  }
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => /^(Outputs|Policies):$/.test(line) || /^Resources:$/.test(line));
  const body = rest.slice(0, end === -1 ? undefined : end).filter((line) => line !== '' && !/^ {2}\S.*\):$/.test(line));
  return body.map((line) => line.replace(/^ {4}/, ''));
}
