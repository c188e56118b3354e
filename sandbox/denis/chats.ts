import { randomUUID } from 'node:crypto';
import type { ApiPod } from './apiPod';
import { ErrorDiffusion } from './errorDiffusion';
import type { Parts } from './parts';
import type { Job } from './queue';
import { evenSequence, latencyAt, seededRandom } from './random';

const USERS = 10_000;
/** Chats that a stalled process still owes are dropped beyond this many seconds' worth. */
const MOST_OWED_SECONDS = 2;

/**
 * The conversations: an open-loop load, whose chats come at their rate whether or not earlier ones went well, and
 * the chats of people from outside. Those never meet the diffused errors, so that a probe is down only when the
 * scenario says so. Jobs are gathered and pushed together, once a tick.
 */
export class Chats {
  private readonly random: () => number;
  private readonly quantile: () => number;
  private readonly run = randomUUID().slice(0, 8);
  private errors = new ErrorDiffusion();
  private owed = 0;
  private lastTick: number;
  private jobs: Job[] = [];
  private jobNumber = 0;

  constructor(
    private readonly parts: Parts,
    seed: number,
  ) {
    this.random = seededRandom(seed);
    this.quantile = evenSequence(seed);
    this.lastTick = parts.now();
  }

  restartErrors(): void {
    this.errors = new ErrorDiffusion();
  }

  /** Dispatches the chats that came since the last call. A chat that finds no Ready pod is nobody's. */
  dispatchDue(chatsPerSecond: number): void {
    const now = this.parts.now();
    const seconds = Math.max(0, now - this.lastTick) / 1_000;
    this.lastTick = now;
    this.owed = Math.min(this.owed + seconds * chatsPerSecond, MOST_OWED_SECONDS * chatsPerSecond);
    for (; this.owed >= 1; this.owed -= 1) {
      const user = `user-${Math.floor(this.random() * USERS)}`;
      const pod = this.parts.fleet.nextReady();
      if (pod === undefined) continue;
      const { chatFailures, chatDown } = this.parts.effects(pod.name);
      if (this.errors.next(chatFailures)) pod.metrics.request(chatDown ? 503 : 500);
      else this.serve(pod, user);
    }
  }

  /** One chat that goes well: answered, and on the new path a job is queued. @returns its path */
  serve(pod: ApiPod, user: string): 'new' | 'old' {
    const { fleet, queue, now, effects } = this.parts;
    pod.metrics.request(200, latencyAt(this.quantile(), effects(pod.name).chatP99));
    pod.traceWrites += 1;
    if (!pod.takesNewPath(user, queue.flagOn) || fleet.find(pod.name) !== pod) return 'old';
    this.jobNumber += 1;
    this.jobs.push({ id: `${this.run}-${this.jobNumber}`, user, pod: pod.name, enqueuedAt: now() });
    return 'new';
  }

  /** Enqueues what the chats asked for since the last call. Without Redis those jobs are lost. Never rejects. */
  async push(): Promise<void> {
    const { fleet, queue, counters, now } = this.parts;
    // A pod that was told to stop in between enqueues nothing any more.
    const jobs = this.jobs.filter(({ pod }) => fleet.find(pod)?.featureOn(queue.flagOn));
    this.jobs = [];
    if (jobs.length === 0) return;
    try {
      await queue.push(jobs);
    } catch {
      counters.lost += jobs.length;
      return;
    }
    counters.enqueued += jobs.length;
    counters.lastEnqueuedAt = now();
    for (const { pod } of jobs) fleet.find(pod)?.metrics.enqueued(1);
  }
}
