import { setTimeout as wait } from 'node:timers/promises';
import { UserError } from '../../phases/userError';
import type { DrillMethod, DrillRun } from '../../rollout/drill';
import { type CommandEnd, runOwnCommand } from './command';
import type { DrillContext } from './context';
import { begunJobs, type JobClock, newJobs } from './jobClock';

/** What must flow before a kill is worth timing. */
export interface Load {
  /** New jobs per second, at least; 0 takes any. */
  readonly least: number;
  /** How long they are counted, ms. */
  readonly countMs: number;
}

const POLL_MS = 50;
/** Jobs must flow within this time. */
const FLOW_MS = 60_000;
/** No job for this long is the end of them; where they are rare, for this many times their distance, within reason. */
const QUIET_MS = 2_000;
const QUIET_GAPS = 5;
const QUIET_MOST_MS = 30_000;
/** Jobs that go on for so long after the order make the kill unconfirmed. */
const GIVE_UP_MS = 90_000;
/** Of the kill: off in its budgets, off but later. */
const CONFIRMED: readonly number[] = [0, 4];

/**
 * Kills by the command that an operator runs, and times it from its start to the last new job (of the workers: the last one that
 * they began). The feature must be on.
 * @throws UserError `drill` before anything is killed, when too few jobs flow or they cannot be counted
 */
export async function timedKill(context: DrillContext, method: DrillMethod, load: Load): Promise<DrillRun> {
  const { clock, signal } = context;
  const jobs = method === 'workers' ? begunJobs(context) : newJobs(context);
  try {
    const jobsPerSecond = await flow(context, jobs, load);
    const quietMs = Math.min(QUIET_MOST_MS, Math.max(QUIET_MS, (QUIET_GAPS * 1000) / jobsPerSecond));
    const order = clock();
    let end: CommandEnd | undefined;
    const command = runOwnCommand(context, 'kill', argumentsOf(method)).then((ended) => {
      end = ended;
      return ended;
    });
    const lastMs = (): number => Math.max(0, (jobs.lastAt() ?? order) - order);
    const isQuiet = (): boolean => jobs.unread() === undefined && clock() - order - lastMs() >= quietMs;
    while (!signal.aborted && clock() - order < GIVE_UP_MS && !(end !== undefined && isQuiet())) await wait(POLL_MS);
    const quiet = isQuiet();
    const { ms, exitCode, output } = await command;
    const problem = signal.aborted
      ? 'interrupted'
      : quiet
        ? problemOf(exitCode, output)
        : (jobs.unread() ?? `new jobs went on for ${GIVE_UP_MS / 1000} s`);
    return {
      method,
      at: new Date(order).toISOString(),
      ...(quiet ? { lastJobMs: Math.round(lastMs()) } : {}),
      endedMs: Math.round(ms),
      exitCode,
      jobsPerSecond,
      ...(problem === undefined ? {} : { problem }),
    };
  } finally {
    jobs.stop();
  }
}

/** Counts jobs until enough flow. @returns them per second */
async function flow({ clock, signal }: DrillContext, jobs: JobClock, { least, countMs }: Load): Promise<number> {
  const until = clock() + FLOW_MS + countMs;
  for (;;) {
    const [from, before] = [clock(), jobs.count()];
    await wait(countMs, undefined, { signal }).catch(() => {
      throw new UserError('drill', 'interrupted before the kill');
    });
    const perSecond = ((jobs.count() - before) * 1000) / (clock() - from);
    const unread = jobs.unread();
    if (unread === undefined && perSecond > 0 && perSecond >= least) return perSecond;
    if (clock() < until) continue;
    const found = unread ?? `${perSecond.toFixed(1)} new jobs per second, at least ${least || 'one job'} is needed`;
    throw new UserError('drill', `there is nothing to time: ${found}`);
  }
}

/** One way alone ends once it is confirmed; of the three together each must be. */
function argumentsOf(method: DrillMethod): string[] {
  return ['--reason', 'drill', ...(method === 'default' ? [] : ['--method', method, '--no-wait'])];
}

/** The command's own word for what it could not confirm. */
function problemOf(exitCode: number, output: string): string | undefined {
  const failed = /^ *[\d.]+ s +(\w+) +failed: (.*)$/m.exec(output);
  if (failed !== null) return `${failed[1]} failed: ${failed[2]}`;
  if (CONFIRMED.includes(exitCode)) return undefined;
  return `the command ended with ${exitCode}: ${output.trim().split('\n').at(-1) ?? ''}`;
}
