const SLOT_MS = 250;
const SLOTS = 20;

/** Successes among all, over the last 5 s; keeps its last value while nothing happens. */
export class RecentRatio {
  private readonly slots: { slot: number; good: number; all: number }[] = [];
  private last = 1;

  add(nowMs: number, good: boolean): void {
    const slot = Math.floor(nowMs / SLOT_MS);
    let newest = this.slots.at(-1);
    if (newest?.slot !== slot) {
      newest = { slot, good: 0, all: 0 };
      this.slots.push(newest);
    }
    newest.all += 1;
    if (good) newest.good += 1;
    this.value(nowMs);
  }

  /** Ratio, 0–1; 1 before anything happened. */
  value(nowMs: number): number {
    const oldest = Math.floor(nowMs / SLOT_MS) - SLOTS;
    while (this.slots[0] !== undefined && this.slots[0].slot <= oldest) this.slots.shift();
    const all = this.slots.reduce((sum, slot) => sum + slot.all, 0);
    if (all > 0) this.last = this.slots.reduce((sum, slot) => sum + slot.good, 0) / all;
    return this.last;
  }
}
