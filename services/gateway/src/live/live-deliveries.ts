import type { LiveDeliveryView } from '#libs/api/src/live.dto';
import { stateAfter, type DeliveryState } from '#libs/contracts/src/delivery-state';
import type { FactBatch } from '#libs/contracts/src/fact';
import { partitionOf, subjects } from '#libs/contracts/src/subjects';
import { follow } from '#libs/jetstream/src/follow';
import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { Problem } from '#libs/problem/src/problem';
import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationShutdown } from '@nestjs/common';
import { GatewaySettings } from '../settings.js';

/** Position of a client: after this fact of this message of FACTS. */
export interface LivePosition {
  seq: number;
  index: number;
}

/** Each client reads its account's partition of FACTS on its own, so their number has a bound. */
const CLIENTS_MAX = 100;

/** Streams deliveries from FACTS as they happen. Keeps nothing for a client: it resumes with the position that it sends. */
@Injectable()
export class LiveDeliveries implements BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly logger = new Logger(LiveDeliveries.name);
  private connection: Promise<JetStreamConnection> | null = null;
  private readonly clients = new Set<() => void>();

  constructor(private readonly settings: GatewaySettings) {}

  /** Takes a place and returns the function that frees it. Calls `end` when the gateway stops. Throws `unavailable` when it is full. */
  enter(end: () => void): () => void {
    if (this.clients.size >= CLIENTS_MAX)
      throw new Problem('unavailable', 'Too many clients follow deliveries at the moment. Try again later.', {
        retryAfterSeconds: 10,
      });
    this.clients.add(end);
    return () => this.clients.delete(end);
  }

  /** Calls `onDelivery` for each delivery from now on, or after `from`. Resolves to the function that stops it. */
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

  /** Ends the streams before the server waits for its connections, because they would not end by themselves. */
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
