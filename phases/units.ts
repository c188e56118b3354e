/** Units in the type: a number of one unit is never taken for another. All are plain numbers at run time. */
declare const unit: unique symbol;
type Unit<Name extends string> = number & { readonly [unit]: Name };

/** Share of traffic in percent, 0–100. */
export type Percent = Unit<'percent'>;
/** A share as a fraction, 0–1; 0.95 is what people write as 95 %. */
export type Ratio = Unit<'ratio'>;
/** A length of time in seconds. */
export type Seconds = Unit<'seconds'>;
/** A moment in seconds since 1970-01-01T00:00:00Z. */
export type UnixSeconds = Unit<'unixSeconds'>;

export const percent = (value: number): Percent => value as Percent;
/** 95 → 0.95: the plan writes percent, the metrics are ratios. Rounded to 12 digits, so that 0.1 % is exactly 0.001. */
export const percentAsRatio = (value: number): Ratio => Number((value / 100).toPrecision(12)) as Ratio;
export const ratio = (value: number): Ratio => value as Ratio;
export const seconds = (value: number): Seconds => value as Seconds;
export const minutes = (value: number): Seconds => (value * 60) as Seconds;
export const hours = (value: number): Seconds => (value * 3600) as Seconds;
export const unixSeconds = (value: number): UnixSeconds => value as UnixSeconds;

const FACTORS = { d: 86_400, h: 3_600, m: 60, s: 1, ms: 0.001 } as const;
const DURATION = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

/**
 * Reads a duration such as `4h`, `1h30m`, `90s`, `500ms`. A bare number has no unit and is refused.
 * @returns the length in seconds, or undefined when the text is not a duration
 */
export function parseDuration(text: string): Seconds | undefined {
  const match = DURATION.exec(text);
  if (match === null || text === '') return undefined;
  const [, d, h, m, s, ms] = match;
  const total =
    Number(d ?? 0) * FACTORS.d +
    Number(h ?? 0) * FACTORS.h +
    Number(m ?? 0) * FACTORS.m +
    Number(s ?? 0) * FACTORS.s +
    Number(ms ?? 0) * FACTORS.ms;
  return seconds(total);
}

/** 61234 → `17h0m34s`-like text for people: the two largest units, `17h00m`; under a minute, `12s` or `1.5s`. */
export function formatDuration(length: Seconds): string {
  const total = Math.max(0, length);
  if (total < 60) return `${Number.isInteger(total) ? total : total.toFixed(1)}s`;
  const whole = Math.round(total);
  const two = (value: number): string => String(value).padStart(2, '0');
  if (whole < 3_600) return `${Math.floor(whole / 60)}m${two(whole % 60)}s`;
  if (whole < 100 * 3_600) return `${Math.floor(whole / 3_600)}h${two(Math.floor((whole % 3_600) / 60))}m`;
  return `${Math.floor(whole / 86_400)}d${two(Math.floor((whole % 86_400) / 3_600))}h`;
}
