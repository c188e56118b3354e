import { unixSeconds } from '../../phases/units';
import { formatTime } from '../format';

/** An ISO time as `2026-11-26 03:12:04 UTC`; a text that is no time stays as it is. */
export function timeOf(iso: string): string {
  const time = Date.parse(iso) / 1000;
  return Number.isNaN(time) ? iso : formatTime(unixSeconds(time), 'seconds');
}
