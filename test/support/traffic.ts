import type { Fetched, Series } from '../../rollout/series';
import { seededRandom } from '../../sandbox/denis/random';
import { found } from './series';

/** How many of `count` fail, each by itself. */
function binomial(count: number, share: number, random: () => number): number {
  // Jumps from failure to failure, so that healthy jobs cost nothing.
  const step = Math.log(1 - share);
  let failed = 0;
  for (let at = Math.floor(Math.log(1 - random()) / step); at < count; failed++) {
    at += 1 + Math.floor(Math.log(1 - random()) / step);
  }
  return failed;
}

export interface Traffic {
  /** Unix seconds: first and last sample, and their distance. */
  readonly from: number;
  readonly to: number;
  readonly every: number;
  readonly perMinute: number;
  /** Share of the jobs that fail, at a moment. */
  readonly failing: (time: number) => number;
  readonly seed: number;
}

/** Jobs of one pod that fail by chance, as counters and as gauges have them: a gauge keeps its last share while there is no job. */
export function traffic({ from, to, every, perMinute, failing, seed }: Traffic): {
  readonly counters: Fetched;
  /** What failed, of all. */
  readonly failures: Fetched;
  readonly gauge: Fetched;
  readonly jobs: Fetched;
} {
  const random = seededRandom(seed);
  const times: number[] = [];
  const [whole, part, share, bad]: [number[], number[], number[], number[]] = [[], [], [], []];
  let [all, good, due, last] = [0, 0, 0, 1];
  for (let time = from; time < to; time += every) {
    due += (perMinute * every) / 60;
    const count = Math.floor(due);
    due -= count;
    const failed = binomial(count, failing(time), random);
    all += count;
    good += count - failed;
    if (count > 0) last = (count - failed) / count;
    times.push(time);
    whole.push(all);
    part.push(good);
    bad.push(all - good);
    share.push(last);
  }
  const series = (values: number[]): Series => ({ pod: 'denis-a', times, values });
  const query = 'jobs{}';
  const ratio = (values: number[]): Fetched => {
    return { kind: 'ratio', query, part: [series(values)], whole: [series(whole)], notANumber: 0 };
  };
  return {
    counters: ratio(part),
    failures: ratio(bad),
    gauge: found(series(share)),
    jobs: found(series(whole)),
  };
}
