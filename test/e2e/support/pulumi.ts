import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import type { Sandbox } from '../../../sandbox/index';
import { identify, type ProcessIdentity, signalProcess } from '../../../sandbox/processIdentity';
import { CHECKOUT } from './world';

export interface PulumiOptions {
  /** Runs with the policy pack too. @default false */
  readonly pack?: boolean;
  /** Another settings file than the sandbox's own. */
  readonly settings?: string;
  readonly kubeconfig?: string;
  /** URL of other stacks of the same names. */
  readonly backend?: string;
  /** Folder with programs that come before those of the PATH. */
  readonly programs?: string;
}

export interface PulumiRun {
  readonly code: number;
  /** Both streams, as a terminal shows them. */
  readonly output: string;
  readonly ms: number;
}

export interface RunningPulumi {
  readonly ended: Promise<PulumiRun>;
  /** Ends `pulumi` itself at once, as a crash would. @returns ends what it had started, which a crash leaves behind */
  crash(): () => void;
}

const DEADLINE_MS = 60_000;

/** Starts the plain `pulumi` in the checkout, with the sandbox's environment. */
export function startPulumi(sandbox: Sandbox, args: readonly string[], options: PulumiOptions = {}): RunningPulumi {
  const { pack = false, settings, kubeconfig, backend, programs } = options;
  const start = performance.now();
  const child = spawn('pulumi', [...args, '--non-interactive', '--color', 'never'], {
    cwd: CHECKOUT,
    env: {
      ...sandbox.env,
      ...(pack && { PULUMI_OPTION_POLICY_PACK: 'policy-pack' }),
      ...(settings !== undefined && { PULUMI_OPTION_CONFIG_FILE: settings }),
      ...(kubeconfig !== undefined && { KUBECONFIG: kubeconfig }),
      ...(backend !== undefined && { PULUMI_BACKEND_URL: backend }),
      ...(programs !== undefined && { PATH: `${programs}:${sandbox.env['PATH']}` }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { pid } = child;
  assert.ok(pid !== undefined, 'pulumi starts');
  const crash = (): (() => void) => {
    const started = descendants(pid);
    child.kill('SIGKILL');
    return () => {
      for (const one of started) signalProcess(one, 'SIGKILL');
    };
  };
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const ended = new Promise<PulumiRun>((resolve, reject) => {
    const timer = setTimeout(() => {
      crash()();
      reject(new Error(`pulumi ${args.join(' ')} took more than ${DEADLINE_MS / 1000} s:\n${output}`));
    }, DEADLINE_MS);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code: code ?? (signal === null ? 1 : 137), output, ms: performance.now() - start });
    });
  });
  return { ended, crash };
}

/** Everything below a process. Its plugins have process groups of their own, so that no signal to a group reaches them. */
function descendants(pid: number): ProcessIdentity[] {
  const pairs = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  const parents = pairs.map((line) => line.trim().split(/\s+/).map(Number));
  const below = (parent: number): number[] =>
    parents.flatMap(([child, itsParent]) => (itsParent === parent ? [child!, ...below(child!)] : []));
  return below(pid).flatMap((each) => identify('pulumi', each) ?? []);
}

export function pulumi(sandbox: Sandbox, args: readonly string[], options?: PulumiOptions): Promise<PulumiRun> {
  return startPulumi(sandbox, args, options).ended;
}

/** An update without the preview before it: what a pipeline runs, and where only the update itself can refuse. */
const upArgs = (stack: string, flags: readonly string[]) => [
  'up',
  '--yes',
  '--skip-preview',
  '--stack',
  stack,
  ...flags,
];

export function startUp(sandbox: Sandbox, stack: string, options?: PulumiOptions, ...flags: string[]): RunningPulumi {
  return startPulumi(sandbox, upArgs(stack, flags), options);
}

/** An update that must succeed. */
export async function up(
  sandbox: Sandbox,
  stack: string,
  options?: PulumiOptions,
  ...flags: string[]
): Promise<PulumiRun> {
  const run = await startUp(sandbox, stack, options, ...flags).ended;
  assert.equal(run.code, 0, run.output);
  return run;
}

/** An update that must be refused; the exit code is 255 or 1, after the CLI's version. */
export async function refusedUp(
  sandbox: Sandbox,
  stack: string,
  options?: PulumiOptions,
  ...flags: string[]
): Promise<PulumiRun> {
  const run = await startUp(sandbox, stack, options, ...flags).ended;
  assert.notEqual(run.code, 0, run.output);
  return run;
}
