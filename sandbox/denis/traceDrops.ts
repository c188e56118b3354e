import type { ApiPod } from './apiPod';

/** Loses decision traces at the rate of the whole service, in turn over the pods. */
export class TraceDrops {
  private owed = 0;
  private turn = 0;

  drop(seconds: number, perMinute: number, pods: readonly ApiPod[]): void {
    if (perMinute === 0 || pods.length === 0) {
      this.owed = 0;
      return;
    }
    for (this.owed += (seconds * perMinute) / 60; this.owed >= 1; this.owed -= 1) {
      this.turn += 1;
      pods[this.turn % pods.length]!.dropTraces(1);
    }
  }
}
