import { type Seconds, type UnixSeconds, unixSeconds } from '../phases/units';
import type { Series } from './series';

/** A stretch of time in which all pods reported the same percentage. */
export interface LiveSegment {
  /** 0 is off. */
  readonly percent: number;
  /** When all pods reported it first. */
  readonly from: UnixSeconds;
  /** When the first pod reported something else that all came to report; else the end of what was read. */
  readonly to: UnixSeconds;
  /** Whether its beginning was seen; `earlier` is at or before what was read. */
  readonly began: 'seen' | 'earlier';
}

export interface SegmentOptions {
  readonly from: UnixSeconds;
  readonly to: UnixSeconds;
  readonly scrapeInterval: Seconds;
}

/** What all pods have in common; new pods of another ReplicaSet are another one: a new image restarts the clock. */
interface Common {
  readonly percent: number;
  readonly replicaSet: string;
}

/**
 * The stretches of a real rollout, oldest first. A pod counts until two scrape intervals after its last sample, and a common
 * percentage must hold for one interval: pods are scraped one after another.
 * @param percentage the percentage that each pod reports
 */
export function segmentsOf(percentage: readonly Series[], options: SegmentOptions): readonly LiveSegment[] {
  const { from, to, scrapeInterval } = options;
  const segments: LiveSegment[] = [];
  const reported = new Map<string, Common & { readonly time: number }>();
  let current: (Common & { readonly from: number }) | undefined;
  let candidate: (Common & { readonly from: number }) | undefined;
  let brokenAt: number | undefined;
  let sawOther = false;
  const close = (end: number): void => {
    if (current === undefined) return;
    const began = sawOther && current.from > from ? 'seen' : 'earlier';
    sawOther = true;
    if (end <= from) return;
    const start = unixSeconds(Math.max(current.from, from));
    segments.push({ percent: current.percent, from: start, to: unixSeconds(end), began });
  };
  for (const { time, pod, replicaSet, percent } of inOrder(percentage, to)) {
    reported.set(pod, { time, replicaSet, percent });
    for (const [name, last] of reported) if (last.time < time - 2 * scrapeInterval) reported.delete(name);
    const common = commonOf(reported);
    if (common === undefined || !same(common, candidate ?? current)) {
      candidate = undefined;
      if (current !== undefined && !(common !== undefined && same(common, current))) brokenAt ??= time;
    }
    if (common === undefined) continue;
    if (same(common, current)) {
      candidate = undefined;
      brokenAt = undefined;
      continue;
    }
    candidate ??= { ...common, from: time };
    if (time - candidate.from < scrapeInterval) continue;
    close(brokenAt ?? candidate.from);
    current = candidate;
    candidate = undefined;
    brokenAt = undefined;
  }
  close(to);
  return segments;
}

interface Report extends Common {
  readonly time: number;
  readonly pod: string;
}

/** The samples of all pods as one stream. */
function* inOrder(series: readonly Series[], to: number): Generator<Report> {
  const next = series.map(() => 0);
  const replicaSets = series.map(({ pod }) => replicaSetOf(pod));
  for (;;) {
    let earliest = -1;
    series.forEach(({ times }, index) => {
      const time = times[next[index]!];
      if (time !== undefined && time <= to && (earliest < 0 || time < series[earliest]!.times[next[earliest]!]!))
        earliest = index;
    });
    if (earliest < 0) return;
    const { times, values, pod } = series[earliest]!;
    const index = next[earliest]!++;
    yield { time: times[index]!, pod, replicaSet: replicaSets[earliest]!, percent: values[index]! };
  }
}

function commonOf(reported: ReadonlyMap<string, Common>): Common | undefined {
  let common: Common | undefined;
  for (const own of reported.values()) {
    if (common !== undefined && !same(own, common)) return undefined;
    common = own;
  }
  return common;
}

const same = (one: Common, other: Common | undefined): boolean =>
  other !== undefined && one.percent === other.percent && one.replicaSet === other.replicaSet;

/** A pod of a Deployment is named for its ReplicaSet: `denis-5d9c7b6f4-x2x4z`. */
const replicaSetOf = (pod: string): string => /^(.+)-[a-z0-9]{5}$/.exec(pod)?.[1] ?? '';
