import { type CeleryTarget, lookAtCelery } from '../../observe/celery';
import { probeChat } from '../../observe/chat';
import type { KillReading } from '../../observe/killReading';
import type { PodAccess } from '../../observe/podAccess';
import { reasonOf } from '../../phases/userError';
import type { CeleryLook } from '../../rollout/celeryJobs';
import { type AfterKill, BUDGETS } from '../../rollout/kill';
import { lastNewJob, podCount, standsStill } from '../../rollout/killConfirm';
import type { Lookout } from './lookout';
import { pause } from './pause';

/** How long every counter must stand still, how long it may take to, and how long the metrics may be away; ms. */
const STILL_MS = 3_000;
const JOBS_MS = 30_000;
const UNREAD_MS = 15_000;
const POLL_MS = 250;
const LIST_MS = 2_000;
const CHAT_RETRY_MS = 1_000;
const SAY_QUEUE_MS = 10_000;
const JOBS_RETRY_MS = 2_000;

export interface LookAfter {
  readonly access: PodAccess;
  readonly lookout: Lookout;
  /** Reads the cluster again; pods come and go while they restart. */
  readonly read: () => Promise<KillReading>;
  /** URL of the service's `/chat`; undefined asks a pod. */
  readonly chat: string | undefined;
  /** Celery, to be asked for what runs; undefined where it is not configured. May take its time (decryption), or fail. */
  readonly celery: () => Promise<CeleryTarget | undefined>;
  /** For Celery's own program. */
  readonly env: NodeJS.ProcessEnv;
  /** ms since the order. */
  readonly elapsed: () => number;
  readonly onFound: (found: AfterKill) => void;
  /** How it stands meanwhile. */
  readonly onProgress: (what: AfterKill['what'], sentence: string) => void;
  readonly signal: AbortSignal;
}

type Look = (look: LookAfter, cluster: Known) => Promise<Omit<AfterKill, 'what' | 'afterMs'>>;

/** What the readings said last. */
interface Known {
  latest: KillReading | undefined;
}

/** Looks whether the kill did what it should, within the plan's budgets. @returns what was found until the signal */
export async function lookAfterKill(look: LookAfter): Promise<readonly AfterKill[]> {
  const { elapsed, onFound, signal } = look;
  const done = new AbortController();
  const known: Known = { latest: undefined };
  const listing = keepListing({ ...look, signal: AbortSignal.any([signal, done.signal]) }, known);
  const looks: readonly (readonly [AfterKill['what'], Look])[] = [
    ['new jobs', newJobs],
    ['chat', chat],
    ['queue', queue],
    ['running jobs', runningJobs],
  ];
  const found = await Promise.all(
    looks.map(async ([what, act]) => {
      const result = await act(look, known);
      if (signal.aborted) return [];
      const finding: AfterKill = { what, afterMs: elapsed(), ...result };
      onFound(finding);
      return [finding];
    }),
  );
  done.abort();
  await listing;
  return found.flat();
}

async function keepListing({ read, lookout, signal }: LookAfter, known: Known): Promise<void> {
  while (!signal.aborted) {
    const reading = await read().catch(() => undefined);
    if (reading !== undefined && reading.unlisted === undefined) {
      known.latest = reading;
      lookout.watch((reading.denis?.denis.pods ?? []).filter(({ ready }) => ready));
    }
    await pause(LIST_MS, signal);
  }
}

const newJobs: Look = async ({ lookout, elapsed, signal }, known) => {
  const until = elapsed() + JOBS_MS;
  for (; ; await pause(POLL_MS, signal)) {
    const seen = lookout.seen();
    const unread = seen.find((pod) => pod.unread !== undefined);
    const last = Math.max(0, ...lookout.everSeen().map(({ counts }) => lastNewJob(counts) ?? 0));
    if (
      known.latest !== undefined &&
      unread === undefined &&
      seen.every(({ counts }) => standsStill(counts, STILL_MS))
    ) {
      const since = last === 0 ? 'none was seen' : `the last one ${(last / 1000).toFixed(1)} s after the order`;
      const state = last <= BUDGETS.effective * 1000 ? 'good' : 'late';
      return { state, sentence: `${since}; ${podCount(seen.length)} counted none for ${STILL_MS / 1000} s` };
    }
    if (elapsed() > until || signal.aborted) {
      if (unread !== undefined) return { state: 'unseen', sentence: `pod ${unread.pod}: ${unread.unread}` };
      if (known.latest === undefined) return { state: 'unseen', sentence: 'the pods cannot be listed' };
      return { state: 'failed', sentence: 'pods still count new jobs' };
    }
  }
};

const queue: Look = async ({ lookout, elapsed, signal, onProgress }, known) => {
  const until = BUDGETS.drained * 1000;
  let lastRead = elapsed();
  let said = Number.NEGATIVE_INFINITY;
  for (; ; await pause(POLL_MS, signal)) {
    const depths = lookout.seen().flatMap(({ queueDepth }) => queueDepth ?? []);
    const depth = depths.length === 0 ? undefined : Math.max(...depths);
    if (depth !== undefined) lastRead = elapsed();
    if (depth === 0) return { state: 'good', sentence: 'empty' };
    if (depth !== undefined && known.latest?.workers?.replicas === 0) {
      return { state: 'good', sentence: `frozen with ${depth} jobs: there are no workers` };
    }
    if (elapsed() - lastRead > UNREAD_MS) return { state: 'unseen', sentence: 'no pod says how long it is' };
    if (elapsed() > until || signal.aborted) {
      return { state: 'late', sentence: `${depth} jobs still wait after ${BUDGETS.drained} s` };
    }
    if (depth !== undefined && elapsed() - said > SAY_QUEUE_MS) {
      onProgress('queue', `${depth} jobs wait`);
      said = elapsed();
    }
  }
};

/** By the plan's own command: no running job is needed within the budget. What waits is said too; its own line is the queue's. */
const runningJobs: Look = async ({ celery, env, elapsed, signal, onProgress }, known) => {
  let target: CeleryTarget | undefined;
  try {
    target = await celery();
  } catch (thrown) {
    return { state: 'unseen', sentence: reasonOf(thrown) };
  }
  if (target === undefined) return { state: 'unseen', sentence: 'not looked at: canary:celery is off' };
  const until = Math.max(elapsed(), BUDGETS.running * 1000);
  for (; ; await pause(JOBS_RETRY_MS, signal)) {
    const look = await lookAtCelery(target, env, signal);
    const { active } = look;
    const waiting = waitingIn(look);
    if (active.kind === 'read' && active.value.materializer === 0) {
      return { state: 'good', sentence: `none runs at ${active.value.workers} workers; ${waiting}` };
    }
    const workers = known.latest?.workers;
    if (active.kind === 'unreadable' && workers?.replicas === 0 && workers.running === 0) {
      return { state: 'good', sentence: `none runs: there are no workers; ${waiting}` };
    }
    if (elapsed() > until || signal.aborted) {
      if (active.kind === 'unreadable') return { state: 'unseen', sentence: `${active.reason}; ${waiting}` };
      return { state: 'late', sentence: `${active.value.materializer} still run; ${waiting}` };
    }
    onProgress('running jobs', active.kind === 'read' ? `${active.value.materializer} run` : active.reason);
  }
};

/** What no worker runs yet. */
function waitingIn({ reserved, scheduled, queue }: CeleryLook): string {
  const of = (reading: CeleryLook['reserved'], word: string): string =>
    reading.kind === 'read' ? `${reading.value.materializer} ${word}` : `${word} not known`;
  const queued = queue.kind === 'read' ? `${queue.value} in the queue` : 'the queue not known';
  return `${of(reserved, 'reserved')}, ${of(scheduled, 'scheduled')}, ${queued}`;
}

const chat: Look = async ({ access, chat, elapsed, signal }, known) => {
  const until = elapsed() + BUDGETS.running * 1000;
  for (; ; await pause(CHAT_RETRY_MS, signal)) {
    const pod = known.latest?.denis?.denis.pods.find(({ ready }) => ready);
    const answer =
      chat !== undefined
        ? await probeChat(chat, signal)
        : pod && (await access(pod, (origin) => probeChat(`${origin}/chat`, signal)).catch(() => undefined));
    if (answer?.kind === 'read' && answer.value === 200) return { state: 'good', sentence: '/chat answers 200' };
    if (elapsed() > until || signal.aborted) {
      if (answer === undefined) return { state: 'unseen', sentence: 'no pod could be asked' };
      const said = answer.kind === 'read' ? `answers ${answer.value}` : `does not answer: ${answer.reason}`;
      return { state: 'failed', sentence: `/chat ${said}` };
    }
  }
};
