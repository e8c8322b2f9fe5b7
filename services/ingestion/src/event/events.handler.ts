import { newId } from '#libs/contracts/src/ids';
import { PublishFailed } from '#libs/jetstream/src/publisher';
import { Problem } from '#libs/problem/src/problem';
import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import type { Accepted } from './accept-event.js';
import { Door } from './door.js';
import { EventLog } from './event-log.js';
import { arrayElements } from './inspect-json.js';

/** An accepted event, as `POST /api/v1/events` answers it. */
export interface EventReceipt {
  id: string;
  event: string;
  timestamp: string;
  duplicate: boolean;
}

/** The client waits at most 2 s for its answer, so we must know before that. */
const STORE_WITHIN_MS = 1_400;
const EVENTS_PER_REQUEST_MAX = 100;

/** Events by request: `ingestion.events.accept`, for `POST /api/v1/events`. */
@Controller()
export class EventsHandler {
  constructor(
    private readonly door: Door,
    private readonly log: EventLog,
  ) {}

  /**
   * `body` is the request's JSON text: an event, or an array of up to 100. All are checked before any is stored: a bad one
   * refuses all, and its field errors point into the array.
   */
  @MessagePattern('ingestion.events.accept')
  async accept(@Payload() request: { accountId: string; body: string; traceparent: string | null }): Promise<EventReceipt[]> {
    const { accountId, body, traceparent } = request;
    const elements = isJson(body) ? arrayElements(body) : null;
    const isArray = elements !== null;
    const texts = elements ?? [body];
    if (texts.length === 0 || texts.length > EVENTS_PER_REQUEST_MAX) {
      throw new Problem('validation_failed', `Send 1 to ${EVENTS_PER_REQUEST_MAX} events in one request.`);
    }
    const receivedAtMs = Date.now();
    const accepted: Accepted[] = [];
    for (const [index, text] of texts.entries()) {
      const fallbackId = newId('evt', receivedAtMs);
      const acceptance = await this.check({
        accountId,
        text,
        fallbackId,
        receivedAtMs,
        traceparent,
        type: null,
        cloudEvent: null,
      });
      if (!acceptance.ok) {
        const { code, reason, errors } = acceptance.refusal;
        const prefix = isArray ? `/${index}` : '';
        const pointed = errors?.map((error) => ({ ...error, pointer: prefix + error.pointer }));
        throw new Problem(code, isArray ? `Event ${index}: ${reason}` : reason, pointed ? { errors: pointed } : {});
      }
      accepted.push(acceptance);
    }
    return Promise.all(accepted.map((one) => this.store(one)));
  }

  private check(publication: Parameters<Door['check']>[0]): ReturnType<Door['check']> {
    return this.door.check(publication).catch(() => {
      throw unavailable();
    });
  }

  private async store({ event }: Accepted): Promise<EventReceipt> {
    try {
      const { seq, isDuplicate } = await this.log.store(event, STORE_WITHIN_MS);
      const timestamp = isDuplicate ? ((await this.log.findTimestamp(seq)) ?? event.timestamp) : event.timestamp;
      return { id: event.id, event: event.type, timestamp, duplicate: isDuplicate };
    } catch (error) {
      if (error instanceof PublishFailed) throw unavailable();
      throw error;
    }
  }
}

function unavailable(): Problem {
  return new Problem('unavailable', 'The event log does not answer. Send the event again with the same id: it is one event.', {
    retryAfterSeconds: 1,
  });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
