import { setTimeout as sleep } from 'node:timers/promises';
import type { Api } from '../support/api.js';
import type { Platform } from '../support/platform.js';

/** An account of a run, as its CRM and its admin see it. */
export interface Tenant {
  id: string;
  api: Api;
}

export interface PublishedEvent {
  id: string;
  accountId: string;
  /** When the first try began. */
  beganAtMs: number;
  /** When it was accepted. */
  acceptedAtMs: number;
}

const HTTP_EVERY = 3;

/**
 * The CRMs of a run: events with ids of their own at a bounded rate, each repeated with its id until it is acknowledged. Two
 * of three are the first account's; of the other's, every third goes over HTTP.
 */
export class Publisher {
  readonly accepted: PublishedEvent[] = [];
  private begun = 0;
  private readonly waiting = new Set<{ atCount: number; resolve: () => void }>();

  constructor(
    private readonly platform: Platform,
    private readonly run: string,
    private readonly tenants: { a: Tenant; b: Tenant },
    readonly events: number,
    private readonly perSecond: number,
  ) {}

  /** Resolves when every event is accepted. */
  async publish(): Promise<void> {
    const startedAtMs = Date.now();
    const publishing: Promise<void>[] = [];
    for (let n = 0; n < this.events; n++) {
      const dueMs = startedAtMs + (n * 1_000) / this.perSecond;
      if (dueMs > Date.now()) await sleep(dueMs - Date.now());
      publishing.push(this.one(n));
      this.begun = n + 1;
      for (const waiter of this.waiting) {
        if (waiter.atCount > this.begun) continue;
        this.waiting.delete(waiter);
        waiter.resolve();
      }
    }
    await Promise.all(publishing);
  }

  /** Resolves when this share of the events has been sent off. */
  reached(share: number): Promise<void> {
    const atCount = Math.ceil(share * this.events);
    if (atCount <= this.begun) return Promise.resolve();
    return new Promise((resolve) => this.waiting.add({ atCount, resolve }));
  }

  private async one(n: number): Promise<void> {
    const tenant = n % 3 === 2 ? this.tenants.b : this.tenants.a;
    const event = { id: `${this.run}-${n}`, accountId: tenant.id, beganAtMs: Date.now() };
    if (tenant === this.tenants.b && Math.floor(n / 3) % HTTP_EVERY === 0) {
      await untilAnswered(() => tenant.api.post('/events', { id: event.id, event: 'deal.won', data: { n } }));
    } else {
      await this.platform.publish(tenant.id, 'deal.won', { data: { n } }, { id: event.id });
    }
    this.accepted.push({ ...event, acceptedAtMs: Date.now() });
  }
}

const ANSWERED_WITHIN_MS = 60_000;

/**
 * Calls the API as a careful client does: again while it answers 5xx, 429 or not at all. `onDoubt` hears of each call of
 * which nobody knows whether it changed anything. Throws for any other answer that is not 2xx.
 */
export async function untilAnswered<T>(
  call: (attempt: number) => Promise<{ status: number; body: T }>,
  onDoubt: (attempt: number) => void = () => undefined,
): Promise<T> {
  const untilMs = Date.now() + ANSWERED_WITHIN_MS;
  for (let attempt = 0; ; attempt++) {
    const answer = await call(attempt).catch((error: Error) => ({ status: 0, body: error.message as T }));
    if (answer.status >= 200 && answer.status < 300) return answer.body;
    const isPassing = answer.status === 0 || answer.status >= 500 || answer.status === 429;
    if (!isPassing || Date.now() > untilMs) throw new Error(`answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    onDoubt(attempt);
    await sleep(200);
  }
}
