import { ErrorDiffusion } from './errorDiffusion';
import type { Parts } from './parts';
import type { Job } from './queue';
import { evenSequence, latencyAt, seededRandom } from './random';

const JOBS_PER_WORKER = 4;
/** What a job takes in real time; the latency that is reported is simulated. */
const SHORTEST_MS = 10;
const LONGEST_MS = 60;
/** How many entries one look at the queue drops at most while the feature is off. */
const DROPS_AT_ONCE = 200;

interface RunningJob {
  job: Job;
  worker: string;
  endsAt: number;
}

/**
 * The Ready worker pods, seen as one pool: each runs four jobs at a time, and without any the queue stays as it is.
 *
 * A job that is taken while the feature is off is dropped without running: the flag is off, the pod that enqueued it
 * was told to stop, or that pod is gone and no pod that lives has the feature on. So a queue drains quickly after a
 * kill, while an ordinary change of the percentage loses no job. What already runs ends in its own time, within
 * tens of milliseconds, also when its worker pod goes (a warm shutdown).
 */
export class Jobs {
  private running: RunningJob[] = [];
  private readonly random: () => number;
  private readonly quantile: () => number;
  private failures = new ErrorDiffusion();
  private taking = false;

  constructor(
    private readonly parts: Parts,
    seed: number,
  ) {
    this.random = seededRandom(seed);
    this.quantile = evenSequence(seed);
  }

  get runningJobs(): number {
    return this.running.length;
  }

  runningOn(worker: string): number {
    return this.running.filter((each) => each.worker === worker).length;
  }

  /** Begins to count failures anew, so that the first of them comes when its turn is. */
  restartFailures(): void {
    this.failures = new ErrorDiffusion();
  }

  finishDue(): void {
    const now = this.parts.now();
    const due = this.running.filter(({ endsAt }) => endsAt <= now);
    if (due.length === 0) return;
    this.running = this.running.filter(({ endsAt }) => endsAt > now);
    for (const { job } of due) this.finish(job, now);
  }

  /** One look at the queue; a second one while the first is under way does nothing. @throws when Redis is away */
  async take(): Promise<void> {
    if (this.taking) return;
    this.taking = true;
    try {
      while (await this.takeOnce());
    } finally {
      this.taking = false;
    }
  }

  /** @returns whether there may be more to drop */
  private async takeOnce(): Promise<boolean> {
    const { fleet, queue, counters } = this.parts;
    const dropping = fleet.readyWorkers.length > 0 && fleet.featureOff(queue.flagOn);
    const most = dropping ? DROPS_AT_ONCE : this.freeSlots().length;
    const entries = await queue.take(most);
    const wanted = entries.filter((job) => job !== undefined && this.isWanted(job)) as Job[];
    counters.dropped += entries.length - wanted.length;
    // Workers may have gone while Redis answered: what finds no slot waits on.
    const slots = this.freeSlots();
    const unplaced = wanted.splice(slots.length);
    wanted.forEach((job, index) => {
      this.begin(job, slots[index]!);
    });
    if (unplaced.length > 0) await queue.putBack(unplaced);
    return dropping && entries.length === most && unplaced.length === 0;
  }

  private isWanted(job: Job): boolean {
    const { fleet, queue } = this.parts;
    const origin = fleet.find(job.pod);
    if (origin !== undefined) return origin.featureOn(queue.flagOn);
    return !fleet.featureOff(queue.flagOn);
  }

  /** The worker of every free slot, spread over the workers. */
  private freeSlots(): string[] {
    const names = this.parts.fleet.readyWorkers.map(({ metadata }) => metadata.name);
    const busy = new Map(names.map((name) => [name, this.runningOn(name)]));
    const slots: string[] = [];
    for (let level = 0; level < JOBS_PER_WORKER; level += 1) {
      for (const name of names) if (busy.get(name)! <= level) slots.push(name);
    }
    return slots;
  }

  private begin(job: Job, worker: string): void {
    const now = this.parts.now();
    const endsAt = now + SHORTEST_MS + this.random() * (LONGEST_MS - SHORTEST_MS);
    this.running.push({ job, worker, endsAt });
    this.parts.counters.started += 1;
    this.parts.counters.lastBegunAt = now;
  }

  /** Counted for the pod that enqueued it, or for another when that one is gone. */
  private finish(job: Job, now: number): void {
    const { fleet, counters, effects } = this.parts;
    counters.finished += 1;
    const pod = fleet.find(job.pod) ?? fleet.nextReady();
    if (pod === undefined) return;
    const { jobFailures, jobP99, graphP99 } = effects(pod.name);
    const fails = this.failures.next(jobFailures, String(pod.pct));
    if (fails) counters.failed += 1;
    const quantile = this.quantile();
    pod.metrics.jobFinished(now, !fails, {
      job: latencyAt(quantile, jobP99),
      graph: latencyAt(1 - quantile, graphP99),
    });
  }
}
