import type { LiveDeliveryView } from '#libs/api/src/live.dto';
import { stateAfter, type DeliveryState } from '#libs/contracts/src/delivery-state';
import type { FactBatch } from '#libs/contracts/src/fact';
import { partitionOf, subjects } from '#libs/contracts/src/subjects';
import { follow } from '#libs/jetstream/src/follow';
import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { Problem } from '#libs/problem/src/problem';
import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationShutdown } from '@nestjs/common';
import { GatewaySettings } from '../settings.js';

/** Where a client is: after this fact of this message of FACTS. */
export interface LivePosition {
  seq: number;
  index: number;
}

/** Each reads its account's partition of FACTS for itself, so the number of them has a bound. */
const CLIENTS_MAX = 100;

/** Deliveries as they happen, from FACTS: nothing is kept for a client, its position is all that it needs to go on. */
@Injectable()
export class LiveDeliveries implements BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly logger = new Logger(LiveDeliveries.name);
  private connection: Promise<JetStreamConnection> | null = null;
  private readonly clients = new Set<() => void>();

  constructor(private readonly settings: GatewaySettings) {}

  /** Takes one of the places; returns what gives it back. `end` is called when the gateway stops. Throws `unavailable` when all are taken. */
  enter(end: () => void): () => void {
    if (this.clients.size >= CLIENTS_MAX)
      throw new Problem('unavailable', 'Too many clients follow live at the moment. Try again.', { retryAfterSeconds: 10 });
    this.clients.add(end);
    return () => this.clients.delete(end);
  }

  /** Calls `onDelivery` for each that happens from now on, or after `from`. Resolves with what ends it. */
  async follow(
    accountId: string,
    from: LivePosition | null,
    onDelivery: (position: LivePosition, delivery: LiveDeliveryView) => void,
  ): Promise<() => void> {
    const { js, jsm } = await (this.connection ??= JetStreamConnection.open(this.settings.NATS_URL, 'gateway-live'));
    const startSeq = from?.seq ?? (await jsm.streams.info('FACTS')).state.last_seq + 1;
    const { stop } = await follow(js, {
      stream: 'FACTS',
      filter: subjects.fact(partitionOf(accountId)),
      startSeq,
      onMessage: ({ body, seq }) => {
        const { facts } = JSON.parse(Buffer.from(body).toString()) as FactBatch;
        for (const [index, fact] of facts.entries()) {
          if (fact.accountId !== accountId || (from !== null && seq === from.seq && index <= from.index)) continue;
          onDelivery({ seq, index }, liveDeliveryView(stateAfter(fact)));
        }
      },
      onProblem: (reason) => this.logger.warn(reason),
    });
    return stop;
  }

  /** Before the server waits for its connections to end: these would not. */
  beforeApplicationShutdown(): void {
    for (const end of this.clients) end();
  }

  async onApplicationShutdown(): Promise<void> {
    await (await this.connection)?.close();
  }
}

function liveDeliveryView(state: DeliveryState): LiveDeliveryView {
  return {
    id: state.id,
    webhook_id: state.webhookId,
    event_id: state.eventId,
    event: state.eventType,
    status: state.status,
    response_code: state.responseCode,
    response_time_ms: state.responseTimeMs,
    attempts: state.attempts,
    next_attempt_at: state.nextAttemptAtMs === null ? null : new Date(state.nextAttemptAtMs).toISOString(),
    at: new Date(state.updatedAtMs).toISOString(),
    is_test: state.isTest,
    ...(state.replayId === null ? {} : { replay_of: state.replayId }),
  };
}
