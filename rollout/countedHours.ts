import type { CountedHours } from '../phases/phase';

/** Time zones differ from UTC by whole quarters of an hour, so that one look-up serves 900 seconds. */
const QUARTER = 900;
const WEEKDAYS: Readonly<Record<string, number>> = { Mon: 1, Tue: 2, Wed: 3, Thu: 4, Fri: 5, Sat: 6, Sun: 7 };

/** Local weekday (Monday = 1) and second of the day. */
export interface LocalTime {
  readonly weekday: number;
  readonly secondOfDay: number;
}

/** @returns a function from Unix seconds to the local time of a zone; daylight saving included */
export function localTimeIn(timezone: string): (time: number) => LocalTime {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const quarters = new Map<number, LocalTime>();
  return (time) => {
    const quarter = Math.floor(time / QUARTER);
    let local = quarters.get(quarter);
    if (local === undefined) {
      const parts = Object.fromEntries(
        format.formatToParts(quarter * QUARTER * 1000).map(({ type, value }) => [type, value]),
      );
      local = {
        weekday: WEEKDAYS[parts['weekday'] ?? ''] ?? 0,
        secondOfDay: Number(parts['hour']) * 3600 + Number(parts['minute']) * 60,
      };
      quarters.set(quarter, local);
    }
    return { weekday: local.weekday, secondOfDay: local.secondOfDay + (time - quarter * QUARTER) };
  };
}

/** @param clock `08:00` */
export function secondOfDay(clock: string): number {
  const [hour, minute] = clock.split(':');
  return Number(hour) * 3600 + Number(minute) * 60;
}

/** @returns whether a moment lies in the hours that count towards the window */
export function countsIn(hours: CountedHours, timezone: string): (time: number) => boolean {
  return between(hours, timezone, hours.from);
}

/** @returns whether a phase may be activated at a moment */
export function mayActivateIn(hours: CountedHours, timezone: string): (time: number) => boolean {
  return between(hours, timezone, hours.activateFrom);
}

function between(hours: CountedHours, timezone: string, start: string): (time: number) => boolean {
  const local = localTimeIn(timezone);
  const [from, to] = [secondOfDay(start), secondOfDay(hours.to)];
  return (time) => {
    const { weekday, secondOfDay: second } = local(time);
    return hours.weekdays.includes(weekday) && second >= from && second < to;
  };
}
