import { phaseNamed } from '../phases/ladder';
import type { Timing } from '../phases/timing';
import { formatDuration, hours, type Seconds, seconds, type UnixSeconds } from '../phases/units';
import type { Decision } from './decide';
import type { WatchEvent } from './watchEvent';

/** The plan's watch of the full rollout: its alerts every 4 h, its dashboard every 8 h. */
const WATCHED = phaseNamed('canary-100')!;
const ALERTS_EVERY = hours(4);
/** Of this many looks at the alerts one is a look at the dashboard too. */
const DASHBOARD_EVERY = 2;

/** The newest digest that was told. */
export interface DigestTold {
  /** Activation that it belongs to, Unix seconds. */
  readonly since: number;
  /** Of the digests of that activation, from 1 on. */
  readonly number: number;
}

export interface DigestTick {
  readonly told: DigestTold | undefined;
  readonly due: Pick<WatchEvent, 'sentence' | 'key'> | undefined;
}

/** How far back a digest of the dashboard goes. */
export const digestLength = (timing: Timing): Seconds => timing.scaled(seconds(ALERTS_EVERY * DASHBOARD_EVERY));

const DASHBOARD = 'digest:dashboard';
export const isOfDashboard = ({ key }: Pick<WatchEvent, 'key'>): boolean => key.startsWith(DASHBOARD);

/**
 * What of the schedule is due, each once, counted from the activation of canary-100 to the end of its window, and on while that is
 * not complete. Of several that nobody told, only the newest is; a dashboard that was missed comes with it.
 */
export function digestTick(
  before: DigestTold | undefined,
  decision: Decision | undefined,
  activatedAt: UnixSeconds | undefined,
  timing: Timing,
): DigestTick {
  if (decision?.phase !== WATCHED.name || decision.facts.livePercent !== WATCHED.exposure || activatedAt === undefined)
    return { told: before, due: undefined };
  const told = before?.since === activatedAt ? before.number : 0;
  const every = timing.scaled(ALERTS_EVERY);
  const number = Math.floor((decision.facts.now - activatedAt) / every);
  const over = number > Math.floor(timing.window(WATCHED) / every) && decision.facts.window.complete;
  if (over || number <= told) return { told: before, due: undefined };
  const dashboard = Math.floor(number / DASHBOARD_EVERY) > Math.floor(told / DASHBOARD_EVERY);
  const passed = formatDuration(seconds(number * every));
  return {
    told: { since: activatedAt, number },
    due: {
      sentence: `${passed} of ${formatDuration(timing.window(WATCHED))} at 100 %`,
      key: `${dashboard ? DASHBOARD : 'digest:alerts'}:${activatedAt}#${number}`,
    },
  };
}
