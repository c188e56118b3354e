import { METRICS, type MetricUnit } from '../phases/metrics';
import type { CheckSpec } from '../phases/phase';
import { formatDuration, seconds, type UnixSeconds } from '../phases/units';

export { formatLimit, formatRatio } from '../phases/format-limit';

/**
 * A metric's number for people: ratios in percent, latencies in seconds.
 * @param limit what the number is held against, in the same unit: a value beside it is never written as the limit itself
 */
export function formatNumber(unit: MetricUnit, value: number, limit?: number): string {
  switch (unit) {
    case 'ratio':
      return `${distinct(value * 100, 2, limit === undefined ? undefined : limit * 100)} %`;
    case 'percent':
      return `${distinct(value, 2, limit)} %`;
    case 'seconds':
      return `${distinct(value, 2, limit)} s`;
    case 'age':
      return formatDuration(seconds(Math.round(value)));
    case 'jobs':
      return distinct(value, 1, limit);
    case 'drops/min':
      return `${distinct(value, 1, limit)}/min`;
  }
}

/** A check's value: against a baseline as `+7.1 %`, else in the metric's unit. */
export function formatValue({ limit, metric }: CheckSpec, value: number, baseline: number | undefined): string {
  if (limit.kind === 'absolute') return formatNumber(METRICS[metric].unit, value, limit.value);
  if (baseline === undefined || baseline <= 0) return formatNumber(METRICS[metric].unit, value);
  const above = (value / baseline - 1) * 100;
  const onLimit = value === baseline * (1 + limit.above);
  const text = distinct(above, 1, onLimit ? undefined : limit.above * 100).replace(/^-(0\.?0*)$/, '$1');
  return `${text.startsWith('-') ? text.replace('-', '−') : `+${text}`} %`;
}

/** `2026-11-26 09:40 UTC`, or with seconds. */
export function formatTime(time: UnixSeconds, precision: 'minutes' | 'seconds' = 'minutes'): string {
  const length = precision === 'minutes' ? 16 : 19;
  return `${new Date(time * 1000).toISOString().slice(0, length).replace('T', ' ')} UTC`;
}

const MOST_DIGITS = 9;

/** As many digits as it takes that rounding does not hide on which side of its limit a value lies. */
function distinct(value: number, digits: number, limit: number | undefined): string {
  const text = value.toFixed(digits);
  if (limit === undefined || digits === MOST_DIGITS || value === limit) return text;
  return Math.abs(Number(text) - limit) < 1e-9 ? distinct(value, digits + 1, limit) : text;
}
