/** Waits until `check` stops throwing and returns what it returned; throws its last error after `withinMs`. Tests wait for facts, never for time. */
export async function eventually<T>(check: () => T | Promise<T>, withinMs = 10_000): Promise<T> {
  const untilMs = Date.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > untilMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
  }
}
