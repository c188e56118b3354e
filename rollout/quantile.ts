/**
 * Quantile by the nearest rank: the smallest value that at least the share `q` of the values does not exceed.
 * It is always a value that was really measured, and never lower than what an interpolation would give.
 * @param values at least one finite number, any order; not changed
 * @param q between 0 and 1
 */
export function quantile(values: ArrayLike<number>, q: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))]!;
}

/** How many observations a histogram counted up to an edge, edge included. */
export interface BucketCount {
  readonly le: number;
  readonly count: number;
}

/**
 * Quantile of the observations in cumulative buckets: interpolated within its bucket, so exact on an edge.
 * @param buckets ascending by edge, the last one infinite
 * @param limit what the quantile will be held against. Where it lies within the quantile's own bucket, the bucket's upper
 * edge is the answer: on which side of the limit the observations were cannot be known
 * @returns the quantile, or why there is none
 */
export function bucketQuantile(
  buckets: readonly BucketCount[],
  q: number,
  limit?: number,
): number | { readonly reason: string } {
  const last = buckets.at(-1);
  if (last === undefined || last.le !== Number.POSITIVE_INFINITY) return { reason: 'there is no bucket le="+Inf"' };
  if (last.count === 0) return { reason: 'nothing was observed' };
  const rank = q * last.count;
  let lower = { le: 0, count: 0 };
  for (const bucket of buckets) {
    if (bucket.count >= rank) {
      if (bucket === last) {
        // All that is known is that it lies above the last edge.
        if (limit === undefined || limit <= lower.le) return lower.le * (1 + Number.EPSILON);
        return { reason: `it lies above the last bucket edge ${lower.le}, and so does the limit ${limit}` };
      }
      if (limit !== undefined && limit > lower.le && limit < bucket.le) return bucket.le;
      const share = bucket.count === lower.count ? 1 : (rank - lower.count) / (bucket.count - lower.count);
      return lower.le + (bucket.le - lower.le) * share;
    }
    // Buckets are scraped one after another: a count below that of a lower edge is that of the lower edge.
    lower = { le: bucket.le, count: Math.max(lower.count, bucket.count) };
  }
  return { reason: 'the buckets do not add up' };
}
