/**
 * Runs `work` every `ms`, one run at a time; a run that fails is reported to `onFailure` and the next one comes all the same.
 * Returns the function that stops it. The timer keeps no process alive.
 */
export function every(ms: number, work: () => void | Promise<void>, onFailure: (error: unknown) => void): () => void {
  let isRunning = false;
  const timer = setInterval(() => {
    if (isRunning) return;
    isRunning = true;
    Promise.resolve()
      .then(work)
      .catch(onFailure)
      .finally(() => (isRunning = false));
  }, ms);
  timer.unref();
  return () => clearInterval(timer);
}
