import type { Entry } from './entry';

/** From this moment on so much was live. */
export interface ExposureStep {
  /** Unix seconds. */
  readonly at: number;
  readonly percent: number;
}

/** New pods take a while: what ran before a move is still seen, and is no step back. */
const SETTLING = 15 * 60;

/**
 * The exposure over time, as the records tell it: by the moves that the ledger named, by permitted moves, by what was seen live, and
 * 0 from the moment at which a kill was confirmed, or a resume found it off. What nobody wrote down is not in it. Pure.
 * @param entries in the order of time
 */
export function exposureCourse(entries: readonly Entry[]): readonly ExposureStep[] {
  const events = entries.flatMap(eventsOf).sort((a, b) => a.at - b.at);
  const course: ExposureStep[] = [];
  let moved: { readonly until: number; readonly from: number | undefined } | undefined;
  for (const { at, percent, isMove } of events) {
    const before = course.at(-1)?.percent;
    if (percent === before) continue;
    if (!isMove && moved !== undefined && at < moved.until && percent === moved.from) continue;
    moved = isMove ? { until: at + SETTLING, from: before } : undefined;
    course.push({ at, percent });
  }
  return course;
}

type Event = ExposureStep & { readonly isMove: boolean };

function eventsOf({ at, kind, mode, live, lastMove, permit, killed, resumed }: Entry): Event[] {
  // A resume ends a rollout that is off, whoever turned it off, and leaves it so.
  if (resumed !== undefined && resumed.failed === undefined) return [{ at, percent: 0, isMove: false }];
  if (killed !== undefined) {
    return killed.confirmedAfterMs === undefined
      ? []
      : [{ at: at + killed.confirmedAfterMs / 1000, percent: 0, isMove: false }];
  }
  const events: Event[] = [];
  if (lastMove !== undefined) events.push({ at: lastMove.at, percent: lastMove.percent, isMove: true });
  if (live !== undefined) events.push({ at, percent: live, isMove: false });
  if (kind === 'permit' && mode === 'update' && permit !== undefined && permit.direction !== 'same') {
    events.push({ at, percent: permit.percent, isMove: true });
  }
  return events;
}
