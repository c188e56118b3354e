import { spawn } from 'node:child_process';

export interface CommandResult {
  stdout: string;
  stderr: string;
  /** 128 + the signal's number when a signal ended it, as a shell reports it. */
  code: number;
}

export interface CommandOptions {
  env: NodeJS.ProcessEnv;
  cwd: string;
  input?: string;
  timeoutMs: number;
  signal?: AbortSignal;
  /** Runs behind everything else, so that it does not slow down what others wait for. @default false */
  background?: boolean;
}

/** Runs a command to its end; no shell. Over its time-out, or when aborted, it is ended and that is the error. */
export function runCommand(command: string, args: readonly string[], options: CommandOptions): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const [program, programArgs] = options.background ? ['nice', ['-n', '10', command, ...args]] : [command, args];
    const child = spawn(program, programArgs, { cwd: options.cwd, env: options.env });
    const output = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        output[stream] += text;
      });
    }
    const end = (): boolean => child.kill('SIGKILL');
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      end();
    }, options.timeoutMs);
    options.signal?.addEventListener('abort', end, { once: true });
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', end);
      if (options.signal?.aborted) return reject(options.signal.reason);
      if (late) return reject(new Error(`${command} ${args[0] ?? ''} took more than ${options.timeoutMs / 1000} s`));
      resolve({ ...output, code: code ?? 137 });
    });
    // A command that ends without reading its input is no error here; its exit code tells.
    child.stdin.on('error', () => {});
    child.stdin.end(options.input ?? '');
    if (options.signal?.aborted) end();
  });
}
