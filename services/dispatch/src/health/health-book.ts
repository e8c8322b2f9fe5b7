import { readToEnd } from '#libs/jetstream/src/follow';
import type { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import type { Publisher } from '#libs/jetstream/src/publisher';
import { MINUTE_MS } from '#libs/contracts/src/time';
import { partitionOf } from '#libs/contracts/src/subjects';
import type { WebhookHealth } from '#libs/contracts/src/webhook-health';
import type { WebhookState } from '#libs/contracts/src/webhook-state';
import { HEALTH_BUCKET, healthKey } from '#libs/contracts/src/webhook-health';
import { GONE, type AttemptOutcome, type AttemptTimes } from '../delivery/delivery.js';
import { nuid } from '@nats-io/transport-node';

interface Entry {
  health: WebhookHealth;
  isWriting: boolean;
  isDirty: boolean;
}

/** The subject prefix of the bucket's keys. */
const BUCKET = `$KV.${HEALTH_BUCKET}.`;

type Subject = Pick<WebhookState, 'id' | 'accountId' | 'failuresSinceRevision'>;

/**
 * Counts the consecutive failures of each webhook, in a KV bucket. The owner of the partition writes it, and subscriptions
 * watches it to decide on pausing. Healthy webhooks have no entry: success costs nothing.
 */
export class HealthBook {
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly connection: JetStreamConnection,
    private readonly publisher: Publisher,
    private readonly timeScale: number,
    private readonly onProblem: (reason: string, error: unknown) => void,
  ) {}

  /** Reads what the last owner of a partition wrote. */
  load(partition: number): Promise<void> {
    return readToEnd(this.connection.js, {
      stream: `KV_${HEALTH_BUCKET}`,
      filter: `${BUCKET}${partition}.>`,
      onMessage: ({ subject, body }) => {
        // A deleted key leaves a message without a body.
        if (body.length > 0) this.add(subject.slice(BUCKET.length), JSON.parse(Buffer.from(body).toString()) as WebhookHealth);
      },
      onProblem: this.onProblem,
    });
  }

  forget(partition: number): void {
    for (const key of this.entries.keys()) if (key.startsWith(`${partition}.`)) this.entries.delete(key);
  }

  /**
   * Counts the end of an attempt. Attempts that fail side by side are one failure: a receiver that is away for a moment fails
   * all that are in flight. Once the failures span a minute, each counts.
   */
  record(webhook: Subject, outcome: AttemptOutcome, { startedAtMs, endedAtMs }: AttemptTimes, exhausted: boolean): void {
    const key = healthKey(partitionOf(webhook.accountId), webhook.accountId, webhook.id);
    const { failuresSinceRevision } = webhook;
    let entry = this.entries.get(key);
    if (outcome.kind === 'succeeded') {
      if (!entry || (entry.health.consecutiveFailures === 0 && entry.health.exhausted === 0)) return;
      this.write(key, entry, {
        ...entry.health,
        consecutiveFailures: 0,
        exhausted: 0,
        isLasting: false,
        failuresSinceRevision,
      });
      return;
    }
    entry ??= this.add(key, unharmed(failuresSinceRevision));
    const isThrottled = outcome.kind === 'refused' && outcome.statusCode === 429;
    const { health } = entry;
    // This request began before a resume, and the count began anew with the resume.
    if (failuresSinceRevision < health.failuresSinceRevision) return;
    const counted = failuresSinceRevision === health.failuresSinceRevision ? health.consecutiveFailures : 0;
    const failingSinceMs = counted === 0 ? endedAtMs : health.failingSinceMs;
    const isLasting = endedAtMs - failingSinceMs >= MINUTE_MS / this.timeScale;
    // A receiver that asks for patience does not fail.
    const counts = !isThrottled && (counted === 0 || isLasting || startedAtMs >= health.lastCountedAtMs);
    this.write(key, entry, {
      ...health,
      failingSinceMs,
      isLasting,
      consecutiveFailures: counted + (counts ? 1 : 0),
      lastCountedAtMs: counts ? endedAtMs : health.lastCountedAtMs,
      exhausted: (counted === 0 ? 0 : health.exhausted) + (exhausted ? 1 : 0),
      isGone: outcome.kind === 'refused' && outcome.statusCode === GONE,
      failuresSinceRevision,
      lastError: outcome.kind === 'refused' ? `HTTP ${outcome.statusCode}` : outcome.reason,
    });
  }

  /** Records that the oldest held delivery expires soon. */
  recordExpiring({ id, accountId, failuresSinceRevision }: Subject, oldestMs: number): void {
    const key = healthKey(partitionOf(accountId), accountId, id);
    const entry = this.entries.get(key) ?? this.add(key, unharmed(failuresSinceRevision));
    if (entry.health.expiringHeldMs !== oldestMs) this.write(key, entry, { ...entry.health, expiringHeldMs: oldestMs });
  }

  private add(key: string, health: WebhookHealth): Entry {
    const entry = { health, isWriting: false, isDirty: false };
    this.entries.set(key, entry);
    return entry;
  }

  /** Writes the newest state, one write at a time for each webhook: the bucket's own pace bounds the rate. */
  private write(key: string, entry: Entry, health: WebhookHealth): void {
    entry.health = health;
    entry.isDirty = true;
    if (!entry.isWriting) void this.flush(key, entry);
  }

  private async flush(key: string, entry: Entry): Promise<void> {
    entry.isWriting = true;
    try {
      while (entry.isDirty) {
        entry.isDirty = false;
        // The same as the bucket's `put`, but cheaper: one message in flight among others.
        await this.publisher.publish(BUCKET + key, JSON.stringify(entry.health), { msgId: `${key}:${nuid.next()}` });
      }
    } catch (error) {
      // The next outcome writes it again.
      this.onProblem('the health of a webhook could not be written', error);
    } finally {
      entry.isWriting = false;
    }
  }
}

function unharmed(failuresSinceRevision: number): WebhookHealth {
  return {
    v: 1,
    failingSinceMs: 0,
    expiringHeldMs: null,
    consecutiveFailures: 0,
    exhausted: 0,
    isGone: false,
    failuresSinceRevision,
    lastCountedAtMs: 0,
    isLasting: false,
    lastError: '',
  };
}
