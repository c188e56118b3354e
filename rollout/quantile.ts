/**
 * Quantile by the nearest rank: the smallest value that at least the share `q` of the values does not exceed.
 * It is always a value that was really measured, and never lower than what an interpolation would give.
 * @param values at least one finite number, any order; not changed
 * @param q between 0 and 1
 */
export function quantile(values: readonly number[], q: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))]!;
}
