import type { WebhookForm } from '#libs/contracts/src/webhook-form';
import type { FilterSubject } from '#libs/matching/src/filter';
import { EventIndex } from './event-index.js';
import { compileWebhook, type Webhook } from './webhook.js';

/**
 * Every webhook of a partition, in memory, folded from WEBHOOKS. Deleted ones are forgotten; a delivery that still waits
 * for one finds nothing here and is cancelled.
 */
export class WebhookDirectory {
  private readonly webhooks = new Map<string, Webhook>();
  private readonly index = new EventIndex<Webhook>();
  private appliedSeq = 0;
  private readonly waiters = new Set<{ seq: number; resolve: () => void }>();

  /** `onChange` hears of each form that was applied, after it is in force. */
  constructor(
    private readonly timeScale: number,
    private readonly onChange: (webhookId: string, webhook: Webhook | null) => void,
  ) {}

  /** Takes a form as stored at `seq`. An older revision changes nothing. */
  apply(form: WebhookForm, seq: number, storedAtMs: number): void {
    const known = this.webhooks.get(form.id);
    if (!known || form.revision > known.form.revision) {
      this.replace(form.id, form.deleted ? null : compileWebhook(form, known?.activeSinceMs ?? storedAtMs, this.timeScale));
    }
    this.advance(seq);
  }

  /** A webhook that cannot be called as its form is: deliveries wait as if it were paused, until its next form. False: it is another one by now. */
  setAside(webhook: Webhook): boolean {
    if (this.webhooks.get(webhook.form.id) !== webhook) return false;
    this.replace(webhook.form.id, { ...webhook, form: { ...webhook.form, status: 'paused', isProbed: false } });
    return true;
  }

  /** Resolves when everything up to this sequence of WEBHOOKS is in force. */
  applied(seq: number): Promise<void> {
    if (seq <= this.appliedSeq) return Promise.resolve();
    return new Promise((resolve) => this.waiters.add({ seq, resolve }));
  }

  find(webhookId: string): Webhook | null {
    return this.webhooks.get(webhookId) ?? null;
  }

  ids(): Iterable<string> {
    return this.webhooks.keys();
  }

  /**
   * The webhooks that get an event: subscribed to its type, made before it was stored, not disabled, and letting it through
   * their filter. `readData` is called only when a filter must look inside.
   */
  match(
    event: { accountId: string; id: string; type: string; timestamp: string; storedAtMs: number },
    readData: () => Record<string, unknown>,
  ): Webhook[] {
    const matches: Webhook[] = [];
    let subject: FilterSubject | null = null;
    for (const webhook of this.index.find(event.accountId, event.type)) {
      if (webhook.activeSinceMs > event.storedAtMs || webhook.form.status === 'disabled') continue;
      if (webhook.filter !== null) {
        subject ??= { id: event.id, event: event.type, timestamp: event.timestamp, data: readData() };
        if (!webhook.filter(subject).passes) continue;
      }
      matches.push(webhook);
    }
    return matches;
  }

  private replace(webhookId: string, webhook: Webhook | null): void {
    const known = this.webhooks.get(webhookId);
    if (known) this.index.remove(known);
    if (webhook) {
      this.webhooks.set(webhookId, webhook);
      this.index.add(webhook);
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
