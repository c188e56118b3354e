import type { DenisState, PodState, Reading } from './cluster';

/** A stretch of readings of one pod's counter of new jobs that all said the same; ms after the order. */
export interface Standstill {
  readonly jobs: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Adds a reading to what was read before; equal readings are one stretch. */
export function withCount(before: readonly Standstill[], jobs: number, atMs: number): readonly Standstill[] {
  const last = before.at(-1);
  if (last?.jobs !== jobs) return [...before, { jobs, fromMs: atMs, toMs: atMs }];
  return [...before.slice(0, -1), { ...last, toMs: atMs }];
}

/** How long a counter must stand still before that says something; ms. */
export const QUIET_MS = 500;

/** Whether a pod counted no new job from a moment on, seen for long enough. */
export function quietSince(counts: readonly Standstill[], sinceMs: number): boolean {
  const last = counts.at(-1);
  return last !== undefined && last.toMs - Math.max(last.fromMs, sinceMs) >= QUIET_MS;
}

/** Whether a pod's counter has stood still for this long, ms. */
export function standsStill(counts: readonly Standstill[], forMs: number): boolean {
  const last = counts.at(-1);
  return last !== undefined && last.toMs - last.fromMs >= forMs;
}

/** When a pod was last seen to have counted a new job; undefined while it was not. A restarted counter begins at 0. */
export function lastNewJob(counts: readonly Standstill[]): number | undefined {
  return counts.findLast(({ jobs }, index) => index > 0 && jobs > 0)?.fromMs;
}

/** The Ready pods that are not off by their environment. */
export const podsOn = ({ pods }: Pick<DenisState, 'pods'>): readonly PodState[] =>
  pods.filter(({ ready, serves }) => ready && serves.enabled !== false);

/** The Ready pods that did not say that they were told to stop, each with its reason. */
export function podsUntold(
  pods: readonly PodState[],
  told: ReadonlyMap<string, Reading<boolean>>,
): readonly { readonly pod: PodState; readonly reason: string }[] {
  return pods.flatMap((pod) => {
    if (!pod.ready) return [];
    const reading = told.get(pod.name);
    if (reading?.kind === 'read' && reading.value) return [];
    const reason =
      reading === undefined
        ? 'not told yet'
        : reading.kind === 'unreadable'
          ? reading.reason
          : 'it says that it was not told';
    return [{ pod, reason }];
  });
}

/** `pod denis-a` or `3 pods`, for sentences. */
export const podCount = (count: number): string => (count === 1 ? '1 pod' : `${count} pods`);
