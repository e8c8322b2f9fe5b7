import { eventHeaders } from '#libs/contracts/src/crm-event';
import type { Erasure } from '#libs/contracts/src/erasure';
import type { DeliveryFact } from '#libs/contracts/src/fact';
import { LOG_DAYS_MAX, logDaysIn, type LogDays } from '#libs/contracts/src/log-days';
import { SECOND_MS } from '#libs/contracts/src/time';
import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { consumedMessage } from '#libs/jetstream/src/stream-message';
import { crashPoint } from '#libs/service/src/crash-point';
import { Metrics } from '#libs/service/src/health';
import { every } from '#libs/timing/src/every';
import { Injectable, Logger } from '@nestjs/common';
import type { JsMsg } from '@nats-io/jetstream';
import { Gauge } from 'prom-client';
import { DataSource } from 'typeorm';
import { erasedIn, removeFromStreams, writeErasedEvents, writeErasedRejections } from '../erasure/erase.js';
import { eventRow, writeEvents } from '../event/event-rows.js';
import { foldFacts } from '../fact/fold-facts.js';
import { daysOf, factsIn } from '../fact/read-facts.js';
import { writeAttempts, writeDecisions, writeDeliveries } from '../fact/write-facts.js';
import { foldHours } from '../hours/fold-hours.js';
import { writeHours } from '../hours/write-hours.js';
import { isResent, rejectedRow, resentRow, writeRejected, writeResent } from '../rejected-event/rejected-rows.js';
import { Days, type Kept } from '../retention/days.js';
import { StreamProjection, type StreamProjectionOptions } from './stream-projection.js';

const LAG_EVERY_MS = SECOND_MS;

/** Projects EVENTS, REJECTED, FACTS and ERASED into the log's tables. */
@Injectable()
export class Projections {
  private readonly logger = new Logger(Projections.name);
  private readonly projections: StreamProjection[];
  private readonly cease: () => void;

  constructor(
    private readonly connection: JetStreamConnection,
    database: DataSource,
    private readonly days: Days,
    metrics: Metrics,
  ) {
    const onProblem = (reason: string, error: unknown): void => this.logger.warn(`${reason}: ${(error as Error).message}`);
    const all = [this.ofEvents(), this.ofRejected(), this.ofFacts(), this.ofErased()];
    this.projections = all.map((one) => new StreamProjection({ ...one, connection, database, onProblem }));
    const lag = new Gauge({
      name: 'tidings_projection_lag_messages',
      help: 'Messages not yet in the log',
      labelNames: ['stream'],
      registers: [metrics.registry],
    });
    this.cease = every(LAG_EVERY_MS, () => {
      for (const projection of this.projections) lag.set({ stream: projection.stream }, projection.lag);
    });
  }

  start(): void {
    for (const projection of this.projections) projection.start();
  }

  async stop(): Promise<void> {
    this.cease();
    await Promise.all(this.projections.map((projection) => projection.stop()));
  }

  private ofEvents(): Projected {
    return {
      stream: 'EVENTS',
      prepare: (batch) => this.days.ensure(batch.map(storedKept)),
      write: (manager, batch) =>
        writeEvents(manager, this.days.unexpired(batch.map(consumedMessage).map(eventRow), keptAt('storedAtMs'))),
    };
  }

  private ofRejected(): Projected {
    return {
      stream: 'REJECTED',
      prepare: (batch) => this.days.ensure(batch.map(storedKept)),
      write: async (manager, batch) => {
        const messages = batch.map(consumedMessage);
        // An event is rejected before it is sent again, and a batch keeps the order of the stream.
        const rejected = messages.filter((message) => !isResent(message)).map(rejectedRow);
        await writeRejected(manager, this.days.unexpired(rejected, keptAt('receivedAtMs')));
        await writeResent(manager, messages.filter(isResent).map(resentRow));
      },
    };
  }

  private ofFacts(): Projected {
    const skipped = (seq: number): void => this.logger.error(`FACTS ${seq} cannot be read and was skipped`);
    const factsOf = (batch: JsMsg[]): DeliveryFact[] => batch.flatMap((msg) => factsIn(msg, skipped));
    return {
      stream: 'FACTS',
      prepare: (batch) => this.days.ensure(factsOf(batch).flatMap(daysOf)),
      write: async (manager, batch) => {
        const facts = factsOf(batch);
        const { deliveries, attempts, decisions } = foldFacts(facts);
        await writeDeliveries(manager, this.days.unexpired(deliveries, keptAt('createdAtMs')));
        await writeAttempts(manager, this.days.unexpired(attempts, keptAt('atMs')));
        await writeDecisions(manager, this.days.unexpired(decisions, keptAt('atMs')));
        const hours = this.days.unexpired(foldHours(facts), ({ hourMs: atMs }) => ({ logDays: LOG_DAYS_MAX, atMs }));
        await writeHours(manager, hours);
      },
    };
  }

  private ofErased(): Projected {
    return {
      stream: 'ERASED',
      prepare: async (batch) => {
        // Unlike facts, an unreadable message is waited for: skipping it would call its erasure completed.
        const erasures = batch.map((msg) => msg.json<Erasure>());
        await this.days.ensure(erasures.flatMap(({ events }) => events.map(erasedKept('storedAtMs'))));
        await this.days.ensure(erasures.flatMap(({ rejected }) => rejected.map(erasedKept('receivedAtMs'))));
        // The streams come before the tables: once the log shows an event as erased, it is gone everywhere.
        await removeFromStreams(this.connection, erasures);
        crashPoint('delivery-log.erasure_forgotten');
      },
      write: async (manager, batch) => {
        const events = batch.flatMap((msg) => erasedIn(msg, 'events'));
        const rejected = batch.flatMap((msg) => erasedIn(msg, 'rejected'));
        await writeErasedEvents(manager, this.days.unexpired(events, keptAt('storedAtMs')));
        await writeErasedRejections(manager, this.days.unexpired(rejected, keptAt('receivedAtMs')));
      },
    };
  }
}

type Projected = Pick<StreamProjectionOptions, 'stream' | 'prepare' | 'write'>;

/** The header that says the retention is the same in EVENTS and in REJECTED. */
function storedKept(msg: JsMsg): Kept {
  const { storedAtMs: atMs, header } = consumedMessage(msg);
  return { logDays: logDaysIn(header(eventHeaders.logDays)), atMs };
}

/** Reads a row's retention, and its time from this field. */
function keptAt<Field extends string>(field: Field) {
  return (row: Record<Field, number> & { logDays: LogDays }): Kept => ({ logDays: row.logDays, atMs: row[field] });
}

function erasedKept<Field extends string>(field: Field) {
  return (row: Record<Field, number> & { logDays?: LogDays }): Kept => ({ logDays: logDaysIn(row.logDays), atMs: row[field] });
}
