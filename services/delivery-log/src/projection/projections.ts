import type { Erasure } from '#libs/contracts/src/erasure';
import type { DeliveryFact, FactBatch } from '#libs/contracts/src/fact';
import { LOG_DAYS_MAX, logDaysIn } from '#libs/contracts/src/log-days';
import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { crashPoint } from '#libs/service/src/crash-point';
import { Metrics } from '#libs/service/src/health';
import { Injectable, Logger } from '@nestjs/common';
import type { JsMsg } from '@nats-io/jetstream';
import { Gauge } from 'prom-client';
import { DataSource, type EntityManager } from 'typeorm';
import { forget } from './forget.js';
import { Days, type Kept } from '../retention/days.js';
import { foldFacts } from './fold-facts.js';
import { foldHours } from './fold-hours.js';
import { eventRow, isResent, logDaysOf, rejectedRow, resentRow, storedAtMs } from './read-messages.js';
import { StreamProjection } from './stream-projection.js';
import { writeErasedEvents, writeErasedRejections, type Erased } from './write-erased.js';
import { writeHours } from './write-hours.js';
import { writeAttempts, writeDecisions, writeDeliveries, writeEvents, writeRejected, writeResent } from './write-rows.js';

/** EVENTS, REJECTED, FACTS and ERASED, each projected into its tables. */
@Injectable()
export class Projections {
  private readonly logger = new Logger(Projections.name);
  private readonly projections: StreamProjection[];

  constructor(
    connection: JetStreamConnection,
    database: DataSource,
    private readonly days: Days,
    metrics: Metrics,
  ) {
    const common = {
      connection,
      database,
      onProblem: (reason: string, error: unknown) => this.logger.warn(`${reason}: ${(error as Error).message}`),
    };
    const storedDays = (batch: JsMsg[]): Promise<void> => days.ensure(batch.map(storedKept));
    this.projections = [
      new StreamProjection({
        ...common,
        stream: 'EVENTS',
        prepare: storedDays,
        write: (manager, batch) =>
          writeEvents(
            manager,
            days.unexpired(batch.map(eventRow), ({ logDays, storedAtMs: atMs }) => ({ logDays, atMs })),
          ),
      }),
      new StreamProjection({
        ...common,
        stream: 'REJECTED',
        prepare: storedDays,
        async write(manager, batch) {
          // Whatever was sent again was rejected before.
          const rejected = batch.filter((msg) => !isResent(msg)).map(rejectedRow);
          await writeRejected(
            manager,
            days.unexpired(rejected, ({ logDays, receivedAtMs: atMs }) => ({ logDays, atMs })),
          );
          await writeResent(manager, batch.filter(isResent).map(resentRow));
        },
      }),
      new StreamProjection({
        ...common,
        stream: 'FACTS',
        prepare: (batch) => days.ensure(batch.flatMap(factsIn).flatMap(keptOf)),
        write: (manager, batch) => this.writeFacts(manager, batch.flatMap(factsIn)),
      }),
      new StreamProjection({
        ...common,
        stream: 'ERASED',
        // Unlike facts, what cannot be read here is waited for: an erasure that was passed over would be called completed.
        prepare: async (batch) => {
          const erasures = batch.map((msg) => msg.json<Erasure>());
          await days.ensure(
            erasures.flatMap(({ events, rejected }) => [
              ...events.map(({ logDays, storedAtMs: atMs }) => ({ logDays: logDaysIn(logDays), atMs })),
              ...rejected.map(({ logDays, receivedAtMs: atMs }) => ({ logDays: logDaysIn(logDays), atMs })),
            ]),
          );
          // Before the rows: once the log shows that it is gone, it is.
          await forget(connection, erasures);
          crashPoint('delivery-log.erasure_forgotten');
        },
        async write(manager, batch) {
          const events = batch.flatMap((msg) => erasedIn(msg, 'events'));
          const rejected = batch.flatMap((msg) => erasedIn(msg, 'rejected'));
          await writeErasedEvents(
            manager,
            days.unexpired(events, ({ logDays, storedAtMs: atMs }) => ({ logDays, atMs })),
          );
          await writeErasedRejections(
            manager,
            days.unexpired(rejected, ({ logDays, receivedAtMs: atMs }) => ({ logDays, atMs })),
          );
        },
      }),
    ];
    const lag = new Gauge({
      name: 'tidings_projection_lag_messages',
      help: 'Messages not yet in the log',
      labelNames: ['stream'],
      registers: [metrics.registry],
    });
    setInterval(() => {
      for (const projection of this.projections) lag.set({ stream: projection.stream }, projection.lag);
    }, 1_000).unref();
  }

  start(): void {
    for (const projection of this.projections) projection.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.projections.map((projection) => projection.stop()));
  }

  private async writeFacts(manager: EntityManager, facts: DeliveryFact[]): Promise<void> {
    const { days } = this;
    const { deliveries, attempts, decisions } = foldFacts(facts);
    await writeDeliveries(
      manager,
      days.unexpired(deliveries, ({ logDays, createdAtMs: atMs }) => ({ logDays, atMs })),
    );
    await writeAttempts(
      manager,
      days.unexpired(attempts, (row) => row),
    );
    await writeDecisions(
      manager,
      days.unexpired(decisions, (row) => row),
    );
    await writeHours(
      manager,
      days.unexpired(foldHours(facts), ({ hourMs: atMs }) => ({ logDays: LOG_DAYS_MAX, atMs })),
    );
  }
}

function storedKept(msg: JsMsg): Kept {
  return { logDays: logDaysOf(msg), atMs: storedAtMs(msg) };
}

/**
 * A batch that cannot be read, of a version to come or not ours at all, is passed over and said so: it stays in the stream,
 * and a rebuild by a version that knows it will read it. Waiting for it would stop the log of everybody.
 */
function factsIn(msg: JsMsg): DeliveryFact[] {
  let facts = read.get(msg);
  if (!facts) read.set(msg, (facts = readFacts(msg)));
  return facts;
}

/** Facts are needed for the days to prepare, and then to be written. */
const read = new WeakMap<JsMsg, DeliveryFact[]>();

function readFacts(msg: JsMsg): DeliveryFact[] {
  try {
    const batch = msg.json<FactBatch>();
    if (batch.v === 1 && Array.isArray(batch.facts)) return batch.facts;
  } catch {
    // Said below.
  }
  new Logger(Projections.name).error(`FACTS ${msg.info.streamSequence} cannot be read and was passed over`);
  return [];
}

/** The days of the rows that a fact makes: of its delivery, what happened to it, and the hour in which it is counted. */
function keptOf(fact: DeliveryFact): Kept[] {
  const logDays = logDaysIn(fact.logDays);
  const times =
    'attempt' in fact && fact.attempt !== null ? [fact.createdAtMs, fact.atMs, fact.attempt.atMs] : [fact.createdAtMs, fact.atMs];
  return [...times.map((atMs) => ({ logDays, atMs })), { logDays: LOG_DAYS_MAX, atMs: fact.atMs }];
}

function erasedIn<K extends 'events' | 'rejected'>(msg: JsMsg, kind: K): Erased<Erasure[K][number]>[] {
  const accountId = msg.subject.split('.')[2]!;
  const { [kind]: erased } = msg.json<Erasure>();
  return erased.map((one) => ({ ...one, accountId, erasedAtMs: storedAtMs(msg), logDays: logDaysIn(one.logDays) }));
}
