import { type ExecFileException, execFile } from 'node:child_process';
import { z } from 'zod';
import type { CelerySettings } from '../phases/celerySettings';
import { parseRedisUrl } from '../phases/redisUrl';
import { reasonOf } from '../phases/userError';
import { type CeleryJobs, type CeleryLook, countJobs, taskName } from '../rollout/celeryJobs';
import { type Reading, read, unreadable } from '../rollout/cluster';
import { clipped, plainText } from '../rollout/plainText';
import { redacted } from '../rollout/redacted';
import { withRedis } from './redisClient';

/** Seconds that Celery waits for the answers of its workers; all that answer meanwhile are in its one answer. */
const REPLY_SECONDS = 3;
/** Python, the app's own imports and a broker that is tried again take their time. */
const COMMAND_MS = 20_000;
const BROKER_MS = 3_000;
const MOST_BYTES = 16 * 1024 * 1024;
const MOST_SAID = 300;

/** Celery keeps a list for each of these priorities beside the queue's own; kombu's `sep` and `priority_steps`. */
const PRIORITY_LISTS = ['', '\u0006\u00163', '\u0006\u00166', '\u0006\u00169'];

export interface CeleryTarget {
  readonly settings: CelerySettings;
  /** URL of the broker, a secret. */
  readonly broker: string;
}

/**
 * Looks at the jobs by the plan's command and at the broker's queue, all at once. Never throws: each part that cannot be read
 * says why. An empty answer of the workers is not an empty queue, and no answer is not an empty one.
 */
export async function lookAtCelery(
  target: CeleryTarget,
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<CeleryLook> {
  const ask = (what: string): Promise<Reading<CeleryJobs>> => inspect(what, target, env, signal);
  const [active, reserved, scheduled, queue] = await Promise.all([
    ask('active'),
    ask('reserved'),
    ask('scheduled'),
    queueLength(target),
  ]);
  return { active, reserved, scheduled, queue };
}

async function queueLength({ settings, broker }: CeleryTarget): Promise<Reading<number>> {
  try {
    const lengths = await withRedis(broker, BROKER_MS, (client) =>
      Promise.all(PRIORITY_LISTS.map((suffix) => client.llen(`${settings.queue}${suffix}`))),
    );
    return read(lengths.reduce((sum, length) => sum + length, 0));
  } catch (thrown) {
    return unreadable(reasonOf(thrown));
  }
}

interface Ended {
  readonly error: ExecFileException | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function inspect(
  what: string,
  target: CeleryTarget,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<Reading<CeleryJobs>> {
  const { settings, broker } = target;
  const args = [
    ...['-A', settings.app],
    ...(settings.folder === undefined ? [] : ['--workdir', settings.folder]),
    ...['inspect', what, '--json', '--timeout', String(REPLY_SECONDS)],
  ];
  const { error, stdout, stderr } = await new Promise<Ended>((resolve) => {
    execFile(
      settings.binary,
      args,
      {
        env: { ...env, ...brokerVariable(broker) },
        timeout: COMMAND_MS,
        killSignal: 'SIGKILL',
        maxBuffer: MOST_BYTES,
        ...(signal === undefined ? {} : { signal }),
      },
      (error, stdout, stderr) => resolve({ error, stdout, stderr }),
    );
  });
  if (error !== null) return unreadable(whyNot(error, `${stdout}\n${stderr}`, target));
  return jobsIn(stdout, target);
}

/**
 * In the environment, where no list of processes shows its password; it goes before what the app says itself. Celery writes
 * sentinels in another form than we do, so the app's own setting counts there.
 */
function brokerVariable(broker: string): NodeJS.ProcessEnv {
  return 'host' in parseRedisUrl(broker).at ? { CELERY_BROKER_URL: broker } : {};
}

function whyNot(error: ExecFileException, output: string, { settings, broker }: CeleryTarget): string {
  const { binary } = settings;
  if (error.code === 'ENOENT') {
    return `${binary} was not found; install Celery with the app where this runs, or name it by canary:celery.binary`;
  }
  if (error.code === 'EACCES') return `${binary} is not a program that may be run (canary:celery.binary)`;
  if (error.code === 'ABORT_ERR') return 'it was interrupted';
  if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') {
    return `Celery printed more than ${MOST_BYTES / 1024 / 1024} MiB`;
  }
  if (error.killed) return `Celery gave no answer within ${COMMAND_MS / 1000} s`;
  if (output.includes('No nodes replied')) {
    return `no worker answered within ${REPLY_SECONDS} s: there is none, or it hangs, or it has another broker`;
  }
  const said = shown(lastLine(output), broker);
  if (output.includes('Could not connect to the message broker')) return `Celery does not reach its broker: ${said}`;
  return `Celery ended with ${String(error.code ?? error.signal)}: ${said === '' ? 'it said nothing' : said}`;
}

const lastLine = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .findLast((line) => line !== '') ?? '';

function shown(text: string, broker: string): string {
  const { password } = parseRedisUrl(broker);
  return clipped(
    redacted(plainText(text.slice(0, 4 * MOST_SAID)), password === undefined ? [] : [password]),
    MOST_SAID,
  );
}

const jobSchema = z.object({ name: z.string() });
/** A job that is kept for later stands in an envelope with its time. */
const entrySchema = z.union([jobSchema, z.object({ request: jobSchema }).transform(({ request }) => request)]);
const answerSchema = z.record(z.string(), z.union([z.array(entrySchema), z.object({ error: z.unknown() })]));

/** What the app prints when it is loaded stands before the answer, which is one line. */
function jobsIn(stdout: string, { settings }: CeleryTarget): Reading<CeleryJobs> {
  const line = stdout.split('\n').findLast((one) => one.trimStart().startsWith('{'));
  const parsed = line === undefined ? undefined : answerSchema.safeParse(asJson(line));
  if (!parsed?.success) {
    return unreadable('the answer of Celery is not {"worker": [jobs with a name]}; is canary:celery.binary Celery 5?');
  }
  const workers = Object.entries(parsed.data);
  const failed = workers.find(([, jobs]) => !Array.isArray(jobs));
  if (failed !== undefined) return unreadable(`worker ${taskName(failed[0])} answered with an error`);
  if (workers.length === 0) return unreadable('no worker answered');
  const names = workers.flatMap(([, jobs]) => (Array.isArray(jobs) ? jobs.map(({ name }) => name) : []));
  return read(countJobs(workers.length, names, new RegExp(settings.tasks, 'i')));
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
