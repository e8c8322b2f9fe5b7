import type { Webhook } from '../directory/webhook.js';

/** Minutes between probes of a webhook that failures have paused. The last interval repeats. */
const INTERVALS_MINUTES = [1, 2, 5, 10, 30, 60];

/** Knows when to probe webhooks that failures have paused, if they ask for it. */
export class ProbeTimes {
  private readonly next = new Map<string, { atMs: number; made: number }>();

  constructor(private readonly timeScale: number) {}

  isDue(webhookId: string, { state }: Webhook, nowMs: number): boolean {
    if (!state.isProbed) return false;
    const known = this.next.get(webhookId);
    if (known) return known.atMs <= nowMs;
    this.next.set(webhookId, { atMs: nowMs + this.intervalMs(0), made: 0 });
    return false;
  }

  made(webhookId: string, nowMs: number): void {
    const made = (this.next.get(webhookId)?.made ?? 0) + 1;
    this.next.set(webhookId, { atMs: nowMs + this.intervalMs(made), made });
  }

  forget(webhookId: string): void {
    this.next.delete(webhookId);
  }

  private intervalMs(made: number): number {
    return (INTERVALS_MINUTES[Math.min(made, INTERVALS_MINUTES.length - 1)]! * 60_000) / this.timeScale;
  }
}
