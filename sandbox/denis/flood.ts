import type { Fleet } from './fleet';
import type { Queue } from './queue';

/**
 * Holds the queue at a depth with filler entries. The fillers stand for the materializer's own jobs: once the
 * feature goes off they are dropped as those are, as soon as there is a Ready worker to do so, and they come back
 * when it goes on again. A flood that begins while the feature is off is held.
 */
export class Flood {
  private depth = 0;
  private wasOff = true;
  private drained = false;
  /** An earlier process may have left some behind. */
  private fillersInQueue = true;

  constructor(
    private readonly fleet: Fleet,
    private readonly queue: Queue,
  ) {}

  set(depth: number): void {
    this.depth = depth;
    this.drained = false;
    this.wasOff = this.fleet.featureOff(this.queue.flagOn);
  }

  /** @throws when Redis is away; the next call goes on */
  async hold(): Promise<void> {
    const off = this.fleet.featureOff(this.queue.flagOn);
    if (!off) this.drained = false;
    else if (!this.wasOff) this.drained = true;
    this.wasOff = off;
    if (this.depth > 0 && !this.drained) {
      this.fillersInQueue = true;
      await this.queue.fill(this.depth);
    } else if (this.fillersInQueue && (this.depth === 0 || this.fleet.readyWorkers.length > 0)) {
      await this.queue.removeFillers();
      this.fillersInQueue = false;
    }
  }
}
