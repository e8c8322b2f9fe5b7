/**
 * Runs `work` every `ms`, one run at a time, and returns the function that stops the loop. A failed run is reported to
 * `onFailure` and does not stop the loop. Without `onFailure`, a failure is an unhandled rejection, which ends the process.
 * The timer keeps no process alive.
 */
export function every(ms: number, work: () => void | Promise<void>, onFailure?: (error: unknown) => void): () => void {
  let isRunning = false;
  const timer = setInterval(() => {
    if (isRunning) return;
    isRunning = true;
    void Promise.resolve()
      .then(work)
      .catch(onFailure)
      .finally(() => (isRunning = false));
  }, ms);
  timer.unref();
  return () => clearInterval(timer);
}
