import { realpathSync } from 'node:fs';
import path from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { checkoutRoot } from './checkout';
import type { SandboxOptions } from './options';
import { ownSandbox } from './owner';
import { register } from './registry';
import { SandboxError } from './sandboxError';
import { type OwnerMessage, startDetached } from './startDetached';
import { stopCommand } from './stopCommand';

interface Flags {
  detach?: true;
  stop?: true;
  all?: true;
  owner?: true;
  folder?: string;
  timeScale: number;
  chats: number;
  seed: number;
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function main(): Promise<void> {
  const flags = parseFlags(process.argv);
  const options: SandboxOptions = {
    ...(flags.folder !== undefined && { folder: path.resolve(flags.folder) }),
    timeScale: flags.timeScale,
    chatsPerSecond: flags.chats,
    seed: flags.seed,
  };
  if (flags.stop) return await stopCommand(options.folder, { all: flags.all ?? false, env: process.env, say });
  if (flags.owner) return await runDetached(options);
  if (flags.detach) return await detach();
  await runInForeground(options);
}

function parseFlags(argv: readonly string[]): Flags {
  return new Command('npm run sandbox --')
    .description(
      'Starts a real control plane, Prometheus, Redis and Denis on loopback addresses. In the foreground it runs until Ctrl-C.',
    )
    .option('--detach', 'return when ready and print one JSON object; the sandbox runs on')
    .option('--stop', 'end the sandbox in --folder, or the one detached sandbox of this checkout')
    .option('--all', 'with --stop: end every detached sandbox of this checkout')
    .option(
      '--folder <folder>',
      'state folder, empty or missing; kept at the end (default: a fresh one, removed at the end)',
    )
    .option('--time-scale <n>', 'how many times faster the judging durations pass', numberFrom(1), 3600)
    .option('--chats <n>', 'chats per second', numberFrom(0), 100)
    .option('--seed <n>', 'seed of everything random', numberFrom(0), 1)
    .addOption(new Option('--owner').hideHelp())
    .allowExcessArguments(false)
    .parse(argv)
    .opts<Flags>();
}

function numberFrom(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isFinite(value) && value >= least) return value;
    throw new InvalidArgumentError(`Expected a number of at least ${least}.`);
  };
}

async function runInForeground(options: SandboxOptions): Promise<void> {
  const abort = new AbortController();
  let ready = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => abort.abort(stopped()));
  // Also when `npm` or the set-up above this process is killed with SIGKILL, which nobody passes on.
  const parent = process.ppid;
  const watchParent = setInterval(() => process.ppid === parent || abort.abort(stopped()), 500);
  await ownSandbox(options, {
    log: say,
    signal: abort.signal,
    onReady: ({ info }) => {
      ready = true;
      process.stdout.write(`${JSON.stringify(info, null, 2)}\n`);
      say(`ready; in another shell: . ${info.folder}/env.sh\nCtrl-C ends it`);
    },
  }).catch((error: unknown) => {
    if (!isStop(error) || ready) throw error;
    say('stopped before it was ready');
    process.exitCode = 130;
  });
  clearInterval(watchParent);
}

async function detach(): Promise<void> {
  const info = await startDetached(__filename, ['--owner', ...process.argv.slice(2)], say);
  register(process.env, {
    folder: realpathSync(info.folder),
    checkout: checkoutRoot(),
    startedAt: new Date().toISOString(),
  });
  process.stdout.write(`${JSON.stringify(info)}\n`);
}

/** The process behind `--detach`: tied to its starter until it is ready. */
async function runDetached(options: SandboxOptions): Promise<void> {
  const abort = new AbortController();
  let ready = false;
  const tell = (message: OwnerMessage): void => {
    if (process.connected) process.send?.(message);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => abort.abort(stopped()));
  process.on('SIGHUP', () => {});
  process.on('disconnect', () => ready || abort.abort(stopped()));
  try {
    await ownSandbox(options, {
      log: (progress) => tell({ progress }),
      signal: abort.signal,
      onReady: (sandbox) => {
        ready = true;
        tell({ ready: sandbox.info });
      },
    });
  } catch (error) {
    if (isStop(error)) return;
    const code = error instanceof SandboxError ? error.code : undefined;
    tell({ failed: { code, message: code === undefined ? String((error as Error).stack) : (error as Error).message } });
    process.exitCode = 1;
  }
}

function stopped(): SandboxError {
  return new SandboxError('SANDBOX_STOPPED', 'the sandbox was told to stop');
}

function isStop(error: unknown): boolean {
  return error instanceof SandboxError && error.code === 'SANDBOX_STOPPED';
}

main().catch((error: unknown) => {
  say(error instanceof SandboxError ? `${error.code}: ${error.message}` : String((error as Error).stack ?? error));
  process.exitCode = 1;
});
