/** A clock that only moves when it is told to, and the pauses that wait for it. */
export class VirtualTime {
  private readonly pauses = new Set<{ readonly until: number; readonly end: () => void }>();
  private watchers: (() => void)[] = [];
  /** Lengths of all pauses so far, in milliseconds. */
  readonly asked: number[] = [];

  constructor(private now: number) {}

  readonly clock = (): number => this.now;

  readonly pause = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const pause = { until: this.now + ms, end: resolve };
      signal.addEventListener('abort', () => {
        this.pauses.delete(pause);
        resolve();
      });
      this.asked.push(ms);
      if (ms === 0) resolve();
      else this.pauses.add(pause);
      for (const watcher of this.watchers.splice(0)) watcher();
    });

  /** Ends once so many pauses were begun. */
  async begun(count: number): Promise<void> {
    while (this.asked.length < count) await new Promise<void>((resolve) => this.watchers.push(resolve));
  }

  advance(ms: number): void {
    this.now += ms;
    for (const pause of [...this.pauses]) {
      if (pause.until > this.now) continue;
      this.pauses.delete(pause);
      pause.end();
    }
  }
}
