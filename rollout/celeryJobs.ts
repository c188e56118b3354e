import type { UnixSeconds } from '../phases/units';
import type { Reading } from './cluster';
import { clipped, plainLine } from './plainText';
import type { SideCheck } from './sideChecks';

/** What the workers answered to one question. */
export interface CeleryJobs {
  /** Workers that answered. */
  readonly workers: number;
  /** Jobs of the materializer. */
  readonly materializer: number;
  readonly others: number;
  /** Names of the materializer's jobs, the most frequent first, a few of them. */
  readonly names: readonly { readonly name: string; readonly count: number }[];
}

/** The plan's look at Celery, each part by itself. */
export interface CeleryLook {
  /** Jobs that run. */
  readonly active: Reading<CeleryJobs>;
  /** Jobs that a worker has taken and not begun. */
  readonly reserved: Reading<CeleryJobs>;
  /** Jobs that a worker keeps for a later time. */
  readonly scheduled: Reading<CeleryJobs>;
  /** Jobs of any kind that wait in the broker: no worker has them yet. */
  readonly queue: Reading<number>;
}

const MOST_NAME = 80;
const MOST_NAMES = 5;

/** The name of a job is whatever somebody sent: plain, in one line, bounded. */
export const taskName = (text: string): string => clipped(plainLine(text.slice(0, 4 * MOST_NAME)), MOST_NAME);

/** Counts the jobs by their names. @param names of all jobs of all workers that answered */
export function countJobs(workers: number, names: readonly string[], tasks: RegExp): CeleryJobs {
  const own = names.map(taskName).filter((name) => tasks.test(name));
  const counts = new Map<string, number>();
  for (const name of own) counts.set(name, (counts.get(name) ?? 0) + 1);
  const frequent = [...counts].sort((a, b) => b[1] - a[1]).slice(0, MOST_NAMES);
  return {
    workers,
    materializer: own.length,
    others: names.length - own.length,
    names: frequent.map(([name, count]) => ({ name, count })),
  };
}

/**
 * The look in one line. What no worker answered is not known, and never none.
 * @param options.expected Ready pods of the workers; undefined where they are not known
 */
export function celeryCheck(
  look: CeleryLook,
  { queue, expected, at }: { readonly queue: string; readonly expected: number | undefined; readonly at: UnixSeconds },
): SideCheck {
  const { active } = look;
  const jobs = (['active', 'reserved', 'scheduled'] as const).map((kind) => ({ kind, reading: look[kind] }));
  const unread = jobs.flatMap(({ kind, reading }) =>
    reading.kind === 'unreadable' ? [{ what: WORDS[kind], reason: reading.reason }] : [],
  );
  const known = jobs.flatMap(({ kind, reading }) =>
    reading.kind === 'read' ? [`${reading.value.materializer} ${WORDS[kind]}`] : [],
  );
  const answers = jobs.flatMap(({ reading }) => (reading.kind === 'read' ? [reading.value] : []));
  const workers = answers.length === 0 ? 0 : Math.min(...answers.map((answer) => answer.workers));
  const others = answers.reduce((sum, answer) => sum + answer.others, 0);
  const few = expected !== undefined && answers.length > 0 && workers < expected;
  const waiting =
    look.queue.kind === 'read'
      ? `${look.queue.value} wait in queue ${taskName(queue)}`
      : `the queue cannot be read: ${look.queue.reason}`;
  const sentence = [
    ...(known.length === 0 ? [] : [`${known.join(', ')}${others === 0 ? '' : ` (and ${others} other jobs)`}`]),
    ...reasons(unread),
    ...(few ? [`only ${workers} workers answered, ${expected} worker pods are Ready`] : []),
    waiting,
  ].join('; ');
  const all = unread.length === 0 && look.queue.kind === 'read' && !few;
  return {
    id: 'celery',
    title: 'materializer jobs',
    kind: 'information',
    result: all ? 'info' : 'unknown',
    sentence,
    at,
    lines: active.kind === 'read' ? active.value.names.map(({ name, count }) => `${count} × ${name} runs`) : [],
  };
}

const WORDS = { active: 'running', reserved: 'reserved', scheduled: 'scheduled' } as const;

/** One reason for several questions is said once. */
function reasons(unread: readonly { readonly what: string; readonly reason: string }[]): string[] {
  const by = new Map<string, string[]>();
  for (const { what, reason } of unread) by.set(reason, [...(by.get(reason) ?? []), what]);
  return [...by].map(([reason, whats]) => `${whats.join(', ')} not known: ${reason}`);
}
