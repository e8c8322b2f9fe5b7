import { Seeded } from './seeded.js';

/**
 * The webhooks of a run. `held` is paused and resumed in the middle. `newcomer` and `replayed` are created in the middle;
 * `replayed` only gets replays.
 */
export type WebhookName = 'plain' | 'serial' | 'flaky' | 'held' | 'steady' | 'newcomer' | 'replayed';

/** How a receiver treats one request. */
export type PlannedAnswer =
  { kind: 'status'; status: number; afterMs: number; retryAfterSeconds?: number } | { kind: 'reset' } | { kind: 'hang' };

/** Before TIDINGS_TIME_SCALE, which is 60: each retry is due a second after the attempt before. */
export const RETRY_INTERVAL_SECONDS = 60;
export const TIME_SCALE = 60;
export const RETRY_INTERVAL_MS = (RETRY_INTERVAL_SECONDS * 1_000) / TIME_SCALE;
export const RETRIES = 2;

/** The answers of each webhook's receiver, request by request. They follow from the seed alone. */
export class Plan {
  private readonly hangsAt: number;
  private readonly asksForPatienceAt: number;

  constructor(
    private readonly seed: number,
    events: number,
  ) {
    const random = new Seeded(seed, 'plan');
    // Early, because a request that hangs takes five seconds to time out.
    this.hangsAt = random.between(0, Math.floor(events / 5));
    this.asksForPatienceAt = random.between(0, Math.floor(events / 2));
  }

  /** `request` counts what the receiver has got of this delivery, from 1. */
  answer(webhook: WebhookName, event: number, request: number): PlannedAnswer {
    const random = new Seeded(this.seed, webhook, event);
    const chance = random.next();
    const accepted: PlannedAnswer = { kind: 'status', status: 200, afterMs: 0 };
    const refused: PlannedAnswer = { kind: 'status', status: 500, afterMs: random.between(0, 10) };
    switch (webhook) {
      case 'serial':
        return { ...accepted, afterMs: random.between(0, 8) };
      case 'flaky':
        break;
      default:
        return chance < 0.1 ? { ...accepted, afterMs: random.between(20, 200) } : accepted;
    }
    if (chance < 0.02) return refused;
    if (request === 1) {
      if (event === this.hangsAt) return { kind: 'hang' };
      if (event === this.asksForPatienceAt) return { ...refused, status: 503, retryAfterSeconds: 1 };
      if (chance < 0.05) return { kind: 'reset' };
      if (chance < 0.15) return refused;
    }
    if (request <= RETRIES && chance < 0.07) return refused;
    return chance > 0.9 ? { ...accepted, afterMs: random.between(20, 300) } : accepted;
  }
}
