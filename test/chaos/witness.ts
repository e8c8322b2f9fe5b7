import type { FactBatch, DeliveryFact } from '#libs/contracts/src/fact';
import { readToEnd } from '#libs/jetstream/src/follow';
import pg from 'pg';
import type { Platform } from '../support/platform.js';
import type { WebhookName } from './plan.js';
import type { Scene } from './scene.js';

/** A delivery as the log shows it. */
export interface LoggedDelivery {
  webhook: WebhookName;
  eventId: string;
  status: string;
  /** Rows of attempts. */
  attempts: number;
}

/** A fact as it was stored in FACTS. */
export interface SeenFact {
  kind: DeliveryFact['kind'];
  webhook: WebhookName;
  eventId: string;
  storedAtMs: number;
  /** The place in the lane of a `held` delivery. */
  laneSeq: number | null;
  /** The request that the fact reports, if it reports one. */
  attempt: { number: number; atMs: number; trigger: string; statusCode: number | null; isResent?: true } | null;
}

/** Looks at what the platform has stored: its log, its facts, and whether anything is still on its way. */
export class Witness {
  private constructor(
    private readonly platform: Platform,
    private readonly scene: Scene,
    private readonly factsFrom: number,
  ) {}

  static async call(platform: Platform, scene: Scene): Promise<Witness> {
    const jsm = await platform.js.jetstreamManager();
    const { state } = await jsm.streams.info('FACTS');
    return new Witness(platform, scene, state.last_seq + 1);
  }

  /** Describes what is still on its way. Null when nothing is. */
  async findUnrest(): Promise<string | null> {
    const jsm = await this.platform.js.jetstreamManager();
    for (const stream of ['INGRESS', 'LANES', 'RETRIES', 'REPLAYS']) {
      const { messages } = (await jsm.streams.info(stream)).state;
      if (messages > 0) return `${messages} in ${stream}`;
    }
    for (const partition of this.scene.partitions) {
      const { num_pending: unread, num_ack_pending: unacked } = await jsm.consumers.info('EVENTS', `dispatch-${partition}`);
      if (unread + unacked > 0) return `partition ${partition}: ${unread} events unread, ${unacked} not acked`;
    }
    for (const stream of ['EVENTS', 'FACTS']) {
      const { last_seq: last } = (await jsm.streams.info(stream)).state;
      const [row] = await this.query<{ seq: string }>('SELECT seq FROM delivery_log.positions WHERE stream = $1', [stream]);
      if (Number(row!.seq) < last) return `the log has read ${stream} up to ${row!.seq} of ${last}`;
    }
    const running = await this.query(`SELECT id FROM delivery_log.replays WHERE status = 'running' OR is_open`, []);
    return running.length > 0 ? `${running.length} replays run` : null;
  }

  async log(): Promise<LoggedDelivery[]> {
    const { a, b } = this.scene.tenants;
    const rows = await this.query<{ webhook_id: string; event_id: string; status: string; attempts: string }>(
      `SELECT webhook_id, event_id, status,
         (SELECT count(*) FROM delivery_log.attempts WHERE delivery_id = delivery.id) AS attempts
       FROM delivery_log.deliveries delivery WHERE account_id = ANY($1)`,
      [[a.id, b.id]],
    );
    return rows.flatMap(({ webhook_id: webhookId, event_id: eventId, status, attempts }) => {
      const webhook = this.scene.webhooks.get(webhookId);
      return webhook ? [{ webhook, eventId, status, attempts: Number(attempts) }] : [];
    });
  }

  async facts(): Promise<SeenFact[]> {
    const facts: SeenFact[] = [];
    await readToEnd(this.platform.js, {
      stream: 'FACTS',
      filter: 'fact.*',
      startSeq: this.factsFrom,
      onProblem: (reason) => {
        throw new Error(reason);
      },
      onMessage: ({ body, storedAtMs }) => {
        for (const fact of (JSON.parse(Buffer.from(body).toString()) as FactBatch).facts) {
          const webhook = this.scene.webhooks.get(fact.webhookId);
          const laneSeq = fact.kind === 'held' ? fact.laneSeq : null;
          const attempt = 'attempt' in fact ? fact.attempt : null;
          if (webhook) facts.push({ kind: fact.kind, webhook, eventId: fact.eventId, storedAtMs, laneSeq, attempt });
        }
      },
    });
    return facts;
  }

  private async query<Row>(text: string, values: unknown[]): Promise<Row[]> {
    const client = new pg.Client(this.platform.postgres.url);
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query(text, values)).rows as Row[];
    } finally {
      await client.end();
    }
  }
}
