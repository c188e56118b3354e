import { readSandboxJobs } from '../../observe/sandboxJobs';
import { UserError } from '../../phases/userError';
import type { DrillMethod, DrillRun } from '../../rollout/drill';
import { runSentence } from '../../rollout/drillTable';
import type { Standing } from '../../rollout/move';
import { runOwnCommand } from './command';
import type { DrillContext } from './context';
import { makeLiveInSandbox, refuseRealCluster } from './sandboxLive';
import { refuseUnlessReady } from './standing';
import { timedKill } from './timedKill';

/** All users take the new path: at least half of the chats make a job before a kill counts. */
const LEAST_SHARE = 0.5;
const COUNT_MS = 1_000;

export interface SandboxDrill {
  readonly methods: readonly DrillMethod[];
  /** Of each method. */
  readonly runs: number;
}

/**
 * Drills in a sandbox, where nobody minds: live, kill, and again; in the end what `npm run resume` does, so that a rollout may
 * begin. Whatever goes wrong, or an interruption, leaves the feature killed.
 * @throws UserError `drill` on any other cluster, before anything is written, and where a part of it fails
 */
export async function drillInSandbox(
  context: DrillContext,
  standing: Standing,
  { methods, runs }: SandboxDrill,
): Promise<DrillRun[]> {
  refuseRealCluster(standing.cluster);
  refuseUnlessReady(standing);
  const { settings, signal, say } = context;
  const { chatsPerSecond } = await readSandboxJobs(settings.chat);
  const load = { least: chatsPerSecond * LEAST_SHARE, countMs: COUNT_MS };
  const workers = Math.max(1, standing.cluster.workers?.replicas ?? 0);
  const done: DrillRun[] = [];
  try {
    for (const method of methods) {
      for (let run = 1; run <= runs; run++) {
        await makeLiveInSandbox(context, workers);
        const timed = await timedKill(context, method, load);
        done.push(timed);
        say(runSentence(timed, `${run}/${runs}`));
        signal.throwIfAborted();
      }
    }
  } catch (thrown) {
    await leaveKilled(context);
    throw signal.aborted ? new UserError('drill', 'the drill was interrupted; npm run resume ends it') : thrown;
  }
  await resumeAfter(context);
  return done;
}

async function leaveKilled(context: DrillContext): Promise<void> {
  const { say } = context;
  say('turning the feature off');
  const { exitCode, output } = await runOwnCommand(context, 'kill', ['--reason', 'the drill ended early', '--no-wait']);
  say(exitCode === 0 ? 'the feature is off and latched' : `NOT CONFIRMED OFF: ${output.trim()}`);
}

async function resumeAfter(context: DrillContext): Promise<void> {
  const { exitCode, output } = await runOwnCommand(context, 'resume', ['--reason', 'the drill is over', '--yes']);
  if (exitCode !== 0) {
    throw new UserError('drill', `after the drill npm run resume ended with ${exitCode}:\n${output.trim()}`);
  }
  context.say('resumed: off at 0 %, only canary-1 is next');
}
