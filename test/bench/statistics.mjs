/** @param {number[]} values */
export function median(values) {
  return percentile(values, 0.5);
}

/**
 * The smallest value that a share of the values does not exceed; NaN of none.
 *
 * @param {number[]} values
 * @param {number} share
 */
export function percentile(values, share) {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/**
 * The most that fell into any second.
 *
 * @param {number[]} timesMs in their order
 */
export function busiestSecond(timesMs) {
  let most = 0;
  let first = 0;
  for (const [last, timeMs] of timesMs.entries()) {
    while (timeMs - (timesMs[first] ?? timeMs) >= 1_000) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

/** Milliseconds since 1970, finer than Date.now(): comparable between processes of one machine. */
export const nowMs = () => performance.timeOrigin + performance.now();

/** @param {number} ms */
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Asks again until the answer is true; throws the sentence when it is not in time.
 *
 * @param {() => Promise<boolean>} isSo
 * @param {number} withinMs
 * @param {() => string} otherwise
 */
export async function until(isSo, withinMs, otherwise) {
  for (const endMs = Date.now() + withinMs; !(await isSo());) {
    if (Date.now() > endMs) throw new Error(`${otherwise()} within ${withinMs / 1000} s`);
    await sleep(25);
  }
}
