/**
 * Runs `work` every `ms`, one run at a time. A run that fails is reported to `onFailure`, and the next one comes all the same;
 * without `onFailure` it is an unhandled rejection, which ends the process. Returns the function that stops the loop. The timer
 * keeps no process alive.
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
