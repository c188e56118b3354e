import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { Sandbox } from '../../../sandbox/index';
import { CHECKOUT } from './world';

export interface PulumiOptions {
  /** Runs with the policy pack too. @default false */
  readonly pack?: boolean;
  /** Another settings file than the sandbox's own. */
  readonly settings?: string;
  readonly kubeconfig?: string;
  /** URL of other stacks of the same names. */
  readonly backend?: string;
}

export interface PulumiRun {
  readonly code: number;
  /** Both streams, as a terminal shows them. */
  readonly output: string;
  readonly ms: number;
}

export interface RunningPulumi {
  readonly pid: number;
  readonly ended: Promise<PulumiRun>;
  /** Ends `pulumi` itself at once, as a crash would; what it started is left to notice. */
  kill(): void;
}

const DEADLINE_MS = 60_000;

/** Starts the plain `pulumi` in the checkout, with the sandbox's environment. */
export function startPulumi(sandbox: Sandbox, args: readonly string[], options: PulumiOptions = {}): RunningPulumi {
  const { pack = false, settings, kubeconfig, backend } = options;
  const start = performance.now();
  const child = spawn('pulumi', [...args, '--non-interactive', '--color', 'never'], {
    cwd: CHECKOUT,
    env: {
      ...sandbox.env,
      ...(pack && { PULUMI_OPTION_POLICY_PACK: 'policy-pack' }),
      ...(settings !== undefined && { PULUMI_OPTION_CONFIG_FILE: settings }),
      ...(kubeconfig !== undefined && { KUBECONFIG: kubeconfig }),
      ...(backend !== undefined && { PULUMI_BACKEND_URL: backend }),
    },
    // A group of its own: over its deadline everything it started ends too.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { pid } = child;
  assert.ok(pid !== undefined, 'pulumi starts');
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const ended = new Promise<PulumiRun>((resolve, reject) => {
    const timer = setTimeout(() => {
      process.kill(-pid, 'SIGKILL');
      reject(new Error(`pulumi ${args.join(' ')} took more than ${DEADLINE_MS / 1000} s:\n${output}`));
    }, DEADLINE_MS);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code: code ?? (signal === null ? 1 : 137), output, ms: performance.now() - start });
    });
  });
  return { pid, ended, kill: () => process.kill(pid, 'SIGKILL') };
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
