import type { Phase } from './phase';
import { hours, minutes, type Seconds, seconds } from './units';

/** Every duration that judges, after the sandbox's time scale. Built once from the settings by {@link timingOf}. */
export interface Timing {
  /** 1 on every real cluster. */
  readonly scale: number;
  readonly scrapeInterval: Seconds;
  /** The grain in which a window is counted: a minute, scaled. */
  readonly minute: Seconds;
  /** Time after activation that no window reaches into. */
  readonly warmUp: Seconds;
  /** Age from which the newest sample is stale. */
  readonly staleAfter: Seconds;
  /** Look-back of the baseline, and the least that must be there. */
  readonly baseline: Seconds;
  readonly baselineLeast: Seconds;
  /** False where the time scale ignores hours and days. */
  readonly hoursCount: boolean;
  readonly window: (phase: Phase) => Seconds;
  readonly recentSlice: (phase: Phase) => Seconds;
  /** Look-back of the rules that read a rate or a latency, and how far that of a success rule may grow. */
  readonly ruleLookBack: Seconds;
  readonly ruleLookBackMost: Seconds;
  /** Any other duration of the plan that judges: `for` of a rule, the hold of canary-10. */
  readonly scaled: (length: Seconds) => Seconds;
}

/** Share of a window's minutes that must count (ours). */
export const COMPLETE_SHARE = 0.97;
/** Clocks further apart than this refuse a move up: windows and ages would be wrong. Not scaled. */
export const CLOCK_TOLERANCE = seconds(30);

const WARM_UP = minutes(3);
const STALE_AFTER = minutes(2);
const BASELINE = hours(24);
const BASELINE_LEAST = hours(1);
const RULE_LOOK_BACK = minutes(5);
const RULE_LOOK_BACK_MOST = hours(1);
const RECENT_LEAST = minutes(5);
const RECENT_MOST = hours(1);
/** No scaled duration is shorter than this many scrape intervals, else it would judge single samples. */
const LEAST_SCRAPES = 5;
/** A scaled minute still holds two samples. */
const MINUTE_SCRAPES = 2;

/**
 * @param scale how many times faster than the plan time runs; 1 outside the sandbox
 * @param scrapeInterval of the metrics source
 */
export function timingOf(scale: number, scrapeInterval: Seconds): Timing {
  const scaled = (length: Seconds): Seconds =>
    scale === 1 ? length : seconds(Math.max(length / scale, LEAST_SCRAPES * scrapeInterval));
  const window = (phase: Phase): Seconds => scaled(phase.window);
  return {
    scale,
    scrapeInterval,
    minute: scale === 1 ? minutes(1) : seconds(Math.max(60 / scale, MINUTE_SCRAPES * scrapeInterval)),
    warmUp: scaled(WARM_UP),
    staleAfter: scaled(STALE_AFTER),
    baseline: scaled(BASELINE),
    baselineLeast: scaled(BASELINE_LEAST),
    hoursCount: scale === 1,
    window,
    ruleLookBack: scaled(RULE_LOOK_BACK),
    ruleLookBackMost: scaled(RULE_LOOK_BACK_MOST),
    scaled,
    recentSlice: (phase) => {
      const slice = seconds(Math.min(Math.max(phase.window / 12, RECENT_LEAST), RECENT_MOST));
      return seconds(Math.min(scaled(slice), window(phase)));
    },
  };
}
