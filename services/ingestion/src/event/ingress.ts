import { derivedId, newId } from '#libs/contracts/src/ids';
import { Consumption, done, type Delivered, type Verdict } from '#libs/jetstream/src/consume';
import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { crashPoint } from '#libs/service/src/crash-point';
import { Injectable, Logger } from '@nestjs/common';
import { RejectedEvents } from '../store/rejected-events.js';
import type { Acceptance, Publication } from '../door/accept-event.js';
import { Door } from '../door/door.js';
import { EventLog } from '../store/event-log.js';

/** Publications in flight in this process, each at most 1 MB. */
const IN_FLIGHT_MAX = 512;

/** Events over NATS. Moves each from `crm.<account>.<type>` in INGRESS to EVENTS, or to REJECTED with the reason. */
@Injectable()
export class Ingress {
  private readonly logger = new Logger(Ingress.name);
  private consumption: Consumption;

  constructor(
    private readonly connection: JetStreamConnection,
    private readonly door: Door,
    private readonly log: EventLog,
    private readonly rejected: RejectedEvents,
  ) {}

  start(): void {
    this.consumption = new Consumption(this.connection.nc, {
      stream: 'INGRESS',
      consumer: 'ingestion',
      isOwned: false,
      inFlightMax: () => IN_FLIGHT_MAX,
      handle: (message) => this.handle(message),
      onProblem: (reason, error) => this.logger.warn(error instanceof Error ? `${reason}: ${error.message}` : reason),
    });
  }

  async stop(): Promise<void> {
    await this.consumption?.stop(5_000);
  }

  private async handle(message: Delivered): Promise<Verdict> {
    const [, accountId = '', ...type] = message.subject.split('.');
    const acceptance = await this.check(message, accountId, type.join('.'));
    crashPoint('ingestion.read');
    if (acceptance.ok) {
      await this.log.store(acceptance);
    } else {
      const { refusal } = acceptance;
      const rejection = {
        id: newId('rej', message.storedAtMs),
        accountId,
        source: message.subject,
        eventId: claimedId(message, accountId),
        eventType: type.join('.') || null,
        body: message.body,
        msgId: `ingress:${message.streamSeq}:${message.storedAtMs}`,
      };
      await this.rejected.keep(rejection, refusal);
    }
    crashPoint('ingestion.stored');
    return done;
  }

  private async check(message: Delivered, accountId: string, type: string): Promise<Acceptance> {
    let text: string;
    try {
      text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(message.body);
    } catch {
      return { ok: false, refusal: { code: 'invalid_json', reason: 'the body is not valid UTF-8' } };
    }
    return this.door.check(publicationOf(message, accountId, type, text));
  }
}

/** The id that a rejected event would have had; null when it cannot be told. */
function claimedId(message: Delivered, accountId: string): string | null {
  const inHeader = message.header('ce-id') ?? messageIdOf(message, accountId);
  if (message.header('ce-specversion') !== null) return inHeader;
  try {
    const { id } = JSON.parse(Buffer.from(message.body).toString()) as { id?: unknown };
    return typeof id === 'string' ? id : inHeader;
  } catch {
    return inHeader;
  }
}

/** The id in `Nats-Msg-Id`, which publishers may write as `<account>:<id>`. */
function messageIdOf(message: Delivered, accountId: string): string | null {
  const given = message.header('Nats-Msg-Id');
  return given?.startsWith(`${accountId}:`) ? given.slice(accountId.length + 1) : given;
}

function publicationOf(message: Delivered, accountId: string, type: string, text: string): Publication {
  const isBinaryCloudEvent = message.header('ce-specversion') !== null;
  return {
    accountId,
    text,
    type,
    // Derived from the message's position, so that it is the same on a redelivery.
    fallbackId:
      messageIdOf(message, accountId) ?? derivedId('evt', `${message.streamSeq}:${message.storedAtMs}:${message.subject}`),
    receivedAtMs: message.storedAtMs,
    traceparent: message.header('traceparent'),
    attributes: isBinaryCloudEvent
      ? {
          id: message.header('ce-id'),
          source: message.header('ce-source'),
          type: message.header('ce-type'),
          time: message.header('ce-time'),
          key: null,
        }
      : null,
  };
}
