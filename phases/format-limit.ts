import { METRICS } from './metrics';
import type { CheckSpec } from './phase';
import { formatDuration, seconds } from './units';

/** A check's limit: `> 97 %`, `≤ +5 %`, `< 8 s`. */
export function formatLimit(spec: CheckSpec): string {
  const sign = { '>': '>', '>=': '≥', '<': '<', '<=': '≤' }[spec.limit.comparison];
  if (spec.limit.kind === 'baseline') return `${sign} +${formatRatio(spec.limit.above)}`;
  const { unit } = METRICS[spec.metric];
  const value = spec.limit.value;
  if (unit === 'ratio') return `${sign} ${formatRatio(value)}`;
  if (unit === 'age') return `${sign} ${formatDuration(seconds(value))}`;
  if (unit === 'seconds') return `${sign} ${value} s`;
  return `${sign} ${value}${unit === 'drops/min' ? '/min' : ''}`;
}

/** A ratio that the plan names: 0.93 → `93 %`. */
export const formatRatio = (share: number): string => `${Number((share * 100).toPrecision(6))} %`;
