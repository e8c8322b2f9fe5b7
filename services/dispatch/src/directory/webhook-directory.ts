import type { WebhookState } from '#libs/contracts/src/webhook-state';
import type { FilterSubject } from '#libs/matching/src/filter';
import { requiredValues } from '#libs/matching/src/required-values';
import { valueAt } from '#libs/matching/src/values';
import { ChangedPaths } from '../record/changed-paths.js';
import { EventIndex } from './event-index.js';
import { compileWebhook, type Webhook } from './webhook.js';

/**
 * Every webhook of a partition, in memory, folded from WEBHOOKS. Deleted webhooks are forgotten: a delivery that still waits
 * for one finds nothing here and is cancelled.
 */
export class WebhookDirectory {
  readonly changedPaths = new ChangedPaths();
  private readonly webhooks = new Map<string, Webhook>();
  private readonly index = new EventIndex<Webhook>(({ state }) => (state.filter === null ? [] : requiredValues(state.filter)));
  /** Everything up to this sequence of WEBHOOKS is in force. */
  appliedSeq = 0;
  private readonly waiters = new Set<{ seq: number; resolve: () => void }>();

  /** `onChange` hears of each applied state once it is in force. */
  constructor(
    private readonly timeScale: number,
    private readonly onChange: (webhookId: string, webhook: Webhook | null) => void,
  ) {}

  /** Applies the state stored at `seq`. An older revision changes nothing. */
  apply(state: WebhookState, seq: number, storedAtMs: number): void {
    const known = this.webhooks.get(state.id);
    if (!known || state.revision > known.state.revision) {
      this.replace(state.id, state.deleted ? null : compileWebhook(state, known?.activeSinceMs ?? storedAtMs, this.timeScale));
    }
    this.advance(seq);
  }

  /** Holds the deliveries of a webhook that cannot be called, until its next state. False: it has a new state already. */
  setAside(webhook: Webhook): boolean {
    if (this.webhooks.get(webhook.state.id) !== webhook) return false;
    this.replace(webhook.state.id, { ...webhook, state: { ...webhook.state, status: 'paused', isProbed: false } });
    return true;
  }

  /** Resolves when everything up to this sequence of WEBHOOKS is in force. */
  applied(seq: number): Promise<void> {
    if (seq <= this.appliedSeq) return Promise.resolve();
    return new Promise((resolve) => this.waiters.add({ seq, resolve }));
  }

  findWebhook(webhookId: string): Webhook | null {
    return this.webhooks.get(webhookId) ?? null;
  }

  ids(): Iterable<string> {
    return this.webhooks.keys();
  }

  /**
   * Returns the webhooks that get an event. They subscribe to its type, were made before it was stored, are not disabled, and
   * their filters let it through. `readData` is called only when the index or a filter must look inside. `before`: the record's
   * values before the event.
   */
  match(
    event: { accountId: string; id: string; type: string; timestamp: string; storedAtMs: number },
    readData: () => Record<string, unknown>,
    before: FilterSubject['before'] = null,
  ): Webhook[] {
    let read: FilterSubject | null = null;
    const subject = (): FilterSubject =>
      (read ??= { id: event.id, event: event.type, timestamp: event.timestamp, data: readData(), before });
    const matches: Webhook[] = [];
    for (const webhook of this.index.findSubscribers(event.accountId, event.type, (path) =>
      valueAt(subject(), path.split('.')),
    )) {
      if (webhook.activeSinceMs > event.storedAtMs || webhook.state.status === 'disabled') continue;
      if (webhook.filter === null || webhook.filter(subject())) matches.push(webhook);
    }
    return matches;
  }

  private replace(webhookId: string, webhook: Webhook | null): void {
    const known = this.webhooks.get(webhookId);
    if (known) {
      this.index.remove(known);
      this.changedPaths.remove(known.state);
    }
    if (webhook) {
      this.webhooks.set(webhookId, webhook);
      this.index.add(webhook);
      this.changedPaths.add(webhook.state);
    } else {
      this.webhooks.delete(webhookId);
    }
    this.onChange(webhookId, webhook);
  }

  private advance(seq: number): void {
    this.appliedSeq = Math.max(this.appliedSeq, seq);
    for (const waiter of this.waiters) {
      if (waiter.seq > this.appliedSeq) continue;
      this.waiters.delete(waiter);
      waiter.resolve();
    }
  }
}
