import type { Sandbox } from '../../../sandbox/index';
import { waitFor } from '../../../sandbox/waitFor';
import { jsonOf } from '../../sandbox/support/world';
import { kubectl, makeLive } from './cluster';
import { startScript } from './runningScript';

export interface KillRun {
  readonly code: number;
  /** Both streams. */
  readonly output: string;
}

export interface RunningKillCommand {
  readonly ended: Promise<KillRun>;
  /** Waits until the command has printed something. */
  printed(what: RegExp): Promise<unknown>;
  interrupt(): void;
}

const DEADLINE_MS = 60_000;

/** Starts `npm run kill -- …`, without npm, with the sandbox's environment and what is changed of it. */
export function startKill(
  sandbox: Sandbox,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): RunningKillCommand {
  const { child, output, ended: closed } = startScript(sandbox, 'kill', args, env);
  const ended = new Promise<KillRun>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`kill ${args.join(' ')} took more than ${DEADLINE_MS / 1000} s:\n${output()}`));
    }, DEADLINE_MS);
    closed.then((code) => {
      clearTimeout(timer);
      resolve({ code: code ?? 137, output: output() });
    }, reject);
  });
  return {
    ended,
    printed: (what) =>
      waitFor(async () => (what.test(output()) ? true : Promise.reject(new Error(output()))), {
        what: String(what),
        deadlineMs: 30_000,
      }),
    interrupt: () => child.kill('SIGINT'),
  };
}

export function runKill(
  sandbox: Sandbox,
  args: readonly string[],
  env?: Readonly<Record<string, string>>,
): Promise<KillRun> {
  return startKill(sandbox, args, env).ended;
}

/** A percentage is live again whatever a kill left behind: latch, flag, workers, a rollout that is paused. */
export async function liveAgain(sandbox: Sandbox, pct: number): Promise<void> {
  await kubectl(sandbox, ['rollout', 'resume', 'deployment/denis']).catch(() => {}); // fails where it is not paused
  await makeLive(sandbox, pct);
}

/** The latch on the Deployment. */
export async function latchOf(sandbox: Sandbox): Promise<{ by: string; reason: string; workers?: number } | undefined> {
  const { metadata } = await jsonOf<{ metadata: { annotations: Record<string, string> } }>(sandbox, [
    ...['-n', 'denis', 'get', 'deployment', 'denis'],
  ]);
  const text = metadata.annotations['canary.denis.run/latch'];
  return text === undefined ? undefined : JSON.parse(text);
}

export interface DenisNow {
  readonly now: number;
  readonly pods: readonly { name: string; ready: boolean; enabled: boolean; killed: boolean; live: number }[];
  readonly jobs: { enqueued: number; lastEnqueuedAt: number | null; lastBegunAt: number | null };
  readonly queueDepth: number;
  readonly flagOn: boolean;
}

/** What Denis itself says, as no service really would. */
export async function denisNow(sandbox: Sandbox): Promise<DenisNow> {
  const answer = await fetch(`${sandbox.info.denis}/sandbox/state`, { signal: AbortSignal.timeout(5_000) });
  return (await answer.json()) as DenisNow;
}

/** Waits until jobs are enqueued: the feature is really on, under load. */
export async function underLoad(sandbox: Sandbox): Promise<void> {
  const before = (await denisNow(sandbox)).jobs.enqueued;
  const probe = async (): Promise<true | undefined> =>
    (await denisNow(sandbox)).jobs.enqueued > before + 10 ? true : undefined;
  await waitFor(probe, { what: 'jobs to be enqueued', deadlineMs: 10_000 });
}
