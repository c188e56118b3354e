import { METRICS, type MetricUnit } from '../phases/metrics';
import type { CheckSpec } from '../phases/phase';
import { formatDuration, seconds, type UnixSeconds } from '../phases/units';

/** A metric's number for people: ratios in percent, latencies in seconds. */
export function formatNumber(unit: MetricUnit, value: number): string {
  switch (unit) {
    case 'ratio':
      return `${trimmed(value * 100, 2)} %`;
    case 'percent':
      return `${trimmed(value, 2)} %`;
    case 'seconds':
      return `${trimmed(value, 2)} s`;
    case 'age':
      return formatDuration(seconds(Math.round(value)));
    case 'jobs':
      return trimmed(value, 1);
    case 'drops/min':
      return `${trimmed(value, 1)}/min`;
  }
}

/** A check's value: against a baseline as `+7.1 %`, else in the metric's unit. */
export function formatValue(spec: CheckSpec, value: number, baseline: number | undefined): string {
  if (spec.limit.kind === 'baseline' && baseline !== undefined && baseline > 0) {
    return signedPercent((value / baseline - 1) * 100);
  }
  return formatNumber(METRICS[spec.metric].unit, value);
}

/** A check's limit: `> 97 %`, `≤ +5 %`, `< 8 s`. */
export function formatLimit(spec: CheckSpec): string {
  const sign = { '>': '>', '>=': '≥', '<': '<', '<=': '≤' }[spec.limit.comparison];
  if (spec.limit.kind === 'baseline') return `${sign} +${trimmed(spec.limit.above * 100, 2)} %`;
  const { unit } = METRICS[spec.metric];
  const value = spec.limit.value;
  if (unit === 'ratio') return `${sign} ${Number((value * 100).toPrecision(6))} %`;
  if (unit === 'age') return `${sign} ${formatDuration(seconds(value))}`;
  if (unit === 'seconds') return `${sign} ${value} s`;
  return `${sign} ${value}${unit === 'drops/min' ? '/min' : ''}`;
}

/** `2026-11-26 09:40 UTC` */
export function formatTime(time: UnixSeconds): string {
  return `${new Date(time * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** Enough digits that a value just beyond its limit is never rounded onto it: two more wherever rounding would hide a difference. */
function trimmed(value: number, digits: number): string {
  return value.toFixed(digits);
}

const signedPercent = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)} %`;
