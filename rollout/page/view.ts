import { formatDuration, type Seconds, seconds, type UnixSeconds } from '../../phases/units';
import type { Assessment, Judgement } from '../assessment';
import type { Reading } from '../cluster';
import type { Heartbeat } from '../heartbeat';
import type { WatcherStatus } from '../watcherStatus';

/** All that the watcher's page and metrics show, at one moment. */
export interface WatchView {
  readonly now: UnixSeconds;
  /** When this process began. */
  readonly started: UnixSeconds;
  /** When it finished its last tick; absent before the first one. */
  readonly tickedAt?: UnixSeconds;
  /** Whether this process acts; another one does where it does not. */
  readonly leads: boolean;
  /** Of the one that leads; absent when it could not be read. */
  readonly heartbeat?: Heartbeat;
  readonly judgement: Reading<Judgement>;
  /** What was judged; absent when it could not be read. */
  readonly assessment?: Assessment;
  readonly status: Pick<WatcherStatus, 'incident' | 'blindSince' | 'witness'>;
  /** Newest first. */
  readonly recent: readonly Recent[];
}

/** Something that the watcher did or found out. */
export interface Recent {
  readonly at: UnixSeconds;
  readonly severity: 'info' | 'warning' | 'page';
  readonly text: string;
}

/** A watcher whose last tick is older does not watch. Not scaled: ticks are not. */
const TICK_MOST = seconds(60);

/** Whether the watcher watches, in a sentence. Before its first tick it may take as long as between two. */
export function livelinessOf({ now, started, tickedAt }: Pick<WatchView, 'now' | 'started' | 'tickedAt'>): {
  readonly alive: boolean;
  readonly sentence: string;
} {
  const age = ageAt(now, tickedAt ?? started);
  const alive = age < TICK_MOST;
  const when =
    tickedAt === undefined
      ? `no tick yet, ${formatDuration(age)} after the start`
      : `the last tick was ${formatDuration(age)} ago`;
  return { alive, sentence: alive ? when : `${when}: it should come every 10s, so nothing is watched now` };
}

/** Whole seconds that have passed since; none where a clock was set back. */
export const ageAt = (now: UnixSeconds, then: UnixSeconds): Seconds => seconds(Math.max(0, Math.round(now - then)));
