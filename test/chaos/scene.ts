import { partitionOf } from '#libs/contracts/src/subjects';
import type { WebhookWithSecretView } from '#libs/api/src/webhook.dto';
import type { Platform } from '../support/platform.js';
import { RETRIES, RETRY_INTERVAL_SECONDS, type WebhookName } from './plan.js';
import { untilAnswered, type PublishedEvent, type Publisher, type Tenant } from './publisher.js';
import type { ScriptedReceiver, SeenRequest } from './scripted-receiver.js';

const policy = { retry_policy: { max_retries: RETRIES, intervals_seconds: [RETRY_INTERVAL_SECONDS], timeout_seconds: 5 } };

/** Which account each webhook belongs to, and what is special about it. */
const WEBHOOKS = {
  plain: { of: 'a', settings: {} },
  serial: { of: 'a', settings: { max_concurrency: 1 } },
  flaky: { of: 'a', settings: policy },
  held: { of: 'a', settings: {} },
  steady: { of: 'b', settings: { max_concurrency: 4 } },
} as const;

/** The accounts and webhooks of one run, and the admin who changes them while events flow. */
export class Scene {
  /** Once the receiver has seen what was sent before the answer to the pause, `held` must get nothing until the request to resume. */
  paused: { fromMs: number; untilMs: number } | null = null;
  private newcomerSinceMs = Infinity;
  private replayAskedAtMs = 0;

  private readonly sinceText = new Date(Date.now() - 60_000).toISOString();

  private constructor(
    readonly tenants: { a: Tenant; b: Tenant },
    /** By id. */
    readonly webhooks: Map<string, WebhookName>,
    private readonly receiver: ScriptedReceiver,
  ) {}

  static async make(platform: Platform, receiver: ScriptedReceiver): Promise<Scene> {
    const [a, b] = await Promise.all(
      ['a', 'b'].map(async () => {
        const { account, api } = await platform.operator.createAccount('standard');
        return { id: account.id, api };
      }),
    );
    const scene = new Scene({ a: a!, b: b! }, new Map(), receiver);
    for (const [name, { of, settings }] of Object.entries(WEBHOOKS)) {
      const url = receiver.urlOf(name as WebhookName);
      const webhook = await scene.tenants[of].api.createWebhook({ url, ...settings });
      scene.webhooks.set(webhook.id, name as WebhookName);
    }
    return scene;
  }

  get partitions(): number[] {
    return [...new Set([this.tenants.a.id, this.tenants.b.id].map(partitionOf))];
  }

  /** The admin's day: pauses, edits, makes, replays, resumes. Each change is asked for again until it is answered. */
  async change(publisher: Publisher): Promise<void> {
    const { a, b } = this.tenants;
    await publisher.reached(0.2);
    await untilAnswered(() => a.api.post(`/webhooks/${this.idOf('held')}/pause`));
    await this.receiver.caughtUp();
    const fromMs = Date.now();
    await publisher.reached(0.35);
    await untilAnswered(() => a.api.call('PATCH', `/webhooks/${this.idOf('plain')}`, { description: 'edited under load' }));
    await publisher.reached(0.5);
    const newcomer = await untilAnswered<WebhookWithSecretView>(
      (attempt) =>
        b.api.post('/webhooks', { name: 'Newcomer', events: ['*'], url: this.receiver.urlOf('newcomer', attempt), ...policy }),
      (attempt) => this.receiver.doubt('newcomer', attempt),
    );
    this.newcomerSinceMs = Date.now();
    this.webhooks.set(newcomer.id, 'newcomer');
    await this.replay();
    await publisher.reached(0.7);
    this.paused = { fromMs, untilMs: Date.now() };
    await untilAnswered(() => a.api.post(`/webhooks/${this.idOf('held')}/resume`));
  }

  /** Replays everything so far to a webhook that subscribes to none of it. Later answers of the request are ignored. */
  private async replay(): Promise<void> {
    const { api } = this.tenants.a;
    const webhook = await untilAnswered<WebhookWithSecretView>(
      async (attempt) => {
        const url = this.receiver.urlOf('replayed', attempt);
        const made = await api.post<WebhookWithSecretView>('/webhooks', {
          name: 'Replayed',
          events: ['deal.lost'],
          url,
          ...policy,
        });
        if (made.status >= 300) return made;
        this.replayAskedAtMs = Date.now();
        const asked = await api.post(`/webhooks/${made.body.id}/replays`, {
          since: this.sinceText,
          events: ['deal.won'],
          rate_per_second: 100,
        });
        return { status: asked.status, body: asked.status >= 300 ? (asked.body as WebhookWithSecretView) : made.body };
      },
      (attempt) => this.receiver.doubt('replayed', attempt),
    );
    this.webhooks.set(webhook.id, 'replayed');
  }

  /**
   * Lists the deliveries that must arrive. `newcomer` must get every event published after its creation; it may get events
   * that were on their way. `replayed` must get the events that `plain` had got when the replay was requested.
   */
  expected(accepted: PublishedEvent[], requests: SeenRequest[]): { webhook: WebhookName; eventId: string }[] {
    const { a, b } = this.tenants;
    const of = { [a.id]: ['plain', 'serial', 'flaky', 'held'], [b.id]: ['steady', 'newcomer'] } as Record<string, WebhookName[]>;
    const fresh = accepted.flatMap(({ id, accountId, beganAtMs }) =>
      of[accountId]!.filter((webhook) => webhook !== 'newcomer' || beganAtMs > this.newcomerSinceMs).map((webhook) => ({
        webhook,
        eventId: id,
      })),
    );
    const before = requests.filter(({ webhook, atMs }) => webhook === 'plain' && atMs < this.replayAskedAtMs);
    return [...fresh, ...before.map(({ eventId }) => ({ webhook: 'replayed' as const, eventId }))];
  }

  private idOf(name: WebhookName): string {
    return [...this.webhooks].find(([, other]) => other === name)![0];
  }
}
