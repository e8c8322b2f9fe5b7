import { derivedId, newId } from '#libs/contracts/src/ids';
import { PublishFailed } from '#libs/jetstream/src/publisher';
import { Problem, type FieldError } from '#libs/problem/src/problem';
import { requestContext } from '#libs/service/src/request-context';
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
  /** What the schema says of it, where the account only wants to be warned. */
  warnings?: FieldError[];
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
      const fallbackId = idFor(accountId, index, receivedAtMs);
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

  private async store(accepted: Accepted): Promise<EventReceipt> {
    const { event, warnings } = accepted;
    try {
      const { seq, isDuplicate } = await this.log.store(accepted, STORE_WITHIN_MS);
      const timestamp = isDuplicate ? ((await this.log.findTimestamp(seq)) ?? event.timestamp) : event.timestamp;
      const receipt = { id: event.id, event: event.type, timestamp, duplicate: isDuplicate };
      return warnings.length > 0 ? { ...receipt, warnings } : receipt;
    } catch (error) {
      if (error instanceof PublishFailed) throw unavailable();
      throw error;
    }
  }
}

/** With an Idempotency-Key the id follows from it: a run that died after the event was stored is not repeated as another event. */
function idFor(accountId: string, index: number, receivedAtMs: number): string {
  const key = requestContext()?.idempotency?.key;
  return key === undefined ? newId('evt', receivedAtMs) : derivedId('evt', `${accountId}\n${key}\n${index}`);
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
