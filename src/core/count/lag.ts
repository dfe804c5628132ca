/**
 * How late removals were, as a histogram of constant size: each bucket is 2 % wider than the one
 * before, so a quantile read from it is at most 1 % off; the maximum is exact.
 */
export interface LagHistogram {
  readonly buckets: Readonly<Record<string, number>>;
  readonly count: number;
  readonly max_ms: number;
}

export const EMPTY_LAG: LagHistogram = { buckets: {}, count: 0, max_ms: 0 };

const GROWTH = Math.log(1.02);

/** Adds lags in milliseconds; a negative one (a clock that moved) counts as none. */
export function addLags(histogram: LagHistogram, lags: readonly number[]): LagHistogram {
  const buckets: Record<string, number> = { ...histogram.buckets };
  let max = histogram.max_ms;
  for (const raw of lags) {
    const lag = Math.max(0, raw);
    max = Math.max(max, lag);
    const bucket = String(Math.round(Math.log1p(lag) / GROWTH));
    buckets[bucket] = (buckets[bucket] ?? 0) + 1;
  }
  return { buckets, count: histogram.count + lags.length, max_ms: max };
}

/** The lag in seconds that a share of the removals did not exceed; null when nothing was removed. */
export function lagQuantile(histogram: LagHistogram, share: number): number | null {
  if (histogram.count === 0) {
    return null;
  }
  const rank = Math.max(1, Math.ceil(share * histogram.count));
  const ordered = Object.entries(histogram.buckets)
    .map(([bucket, count]) => [Number(bucket), count] as const)
    .toSorted(([a], [b]) => a - b);
  let seen = 0;
  for (const [bucket, count] of ordered) {
    seen += count;
    if (seen >= rank) {
      return Math.min(histogram.max_ms, Math.expm1(bucket * GROWTH)) / 1000;
    }
  }
  return histogram.max_ms / 1000;
}
