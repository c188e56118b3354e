import type { Standstill } from './killConfirm';

/** What was read of one pod's counter of new jobs, oldest first. */
export interface PodCounts {
  readonly counts: readonly Standstill[];
  /** The pod began after the first look, so that all it ever counted is new. */
  readonly fromZero: boolean;
}

/** New jobs of all pods. A counter that fell began at 0 again. */
export function jobsCounted(pods: readonly PodCounts[]): number {
  return pods.reduce((sum, pod) => sum + increases(pod).reduce((jobs, increase) => jobs + increase.jobs, 0), 0);
}

/** When the last new job was first seen, on the clock of the readings; undefined while there was none. */
export function lastJobAt(pods: readonly PodCounts[]): number | undefined {
  const times = pods.flatMap((pod) => increases(pod).at(-1)?.atMs ?? []);
  return times.length === 0 ? undefined : Math.max(...times);
}

function increases({ counts, fromZero }: PodCounts): { readonly jobs: number; readonly atMs: number }[] {
  return counts.flatMap(({ jobs, fromMs }, index) => {
    const before = index === 0 ? (fromZero ? 0 : jobs) : counts[index - 1]!.jobs;
    const grown = jobs < before ? jobs : jobs - before;
    return grown > 0 ? [{ jobs: grown, atMs: fromMs }] : [];
  });
}
