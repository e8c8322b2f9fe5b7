/**
 * Response times as counts by bucket. Below 10 ms each millisecond has its own bucket. Above, buckets are a tenth wide, so a time
 * read from them is right to 5 %. The longest time-out, 60 s, falls into bucket 101. Histograms are stored: never change the buckets.
 */
const EXACT_MS = 10;
const STEP = Math.log(1.1);
const BUCKET_MAX = 101;

export function bucketOf(ms: number): number {
  if (ms < EXACT_MS) return Math.max(0, Math.floor(ms));
  return Math.min(BUCKET_MAX, EXACT_MS + Math.floor(Math.log(ms / EXACT_MS) / STEP));
}

/** Counts one answer. The array grows to the bucket it needs. */
export function count(histogram: number[], ms: number): void {
  const bucket = bucketOf(ms);
  while (histogram.length <= bucket) histogram.push(0);
  histogram[bucket]!++;
}

export function add(histogram: number[], other: number[]): void {
  while (histogram.length < other.length) histogram.push(0);
  for (const [bucket, times] of other.entries()) histogram[bucket]! += times;
}

/** Response time that a share `p` of the answers did not exceed, ms; null when there are no answers. */
export function percentile(histogram: number[], p: number): number | null {
  const total = histogram.reduce((sum, times) => sum + times, 0);
  let rank = Math.ceil(total * p);
  for (const [bucket, times] of histogram.entries()) {
    rank -= times;
    if (times > 0 && rank <= 0) return msOf(bucket);
  }
  return null;
}

/** Middle of a bucket, ms. */
function msOf(bucket: number): number {
  return bucket < EXACT_MS ? bucket : Math.round(EXACT_MS * Math.exp((bucket - EXACT_MS + 0.5) * STEP));
}
