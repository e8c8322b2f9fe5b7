import type { EventReceiptView } from '#libs/api/src/event.dto';
import { derivedId, newId } from '#libs/contracts/src/ids';
import { elementTexts, isJson } from '#libs/json-text/src/parts';
import { Problem } from '#libs/problem/src/problem';
import { requestContext } from '#libs/service/src/request-context';
import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import type { Accepted } from './accept-event.js';
import { Door } from './door.js';
import { EventLog } from './event-log.js';
import { unavailable } from './unavailable.js';

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
  async accept(@Payload() request: { accountId: string; body: string; traceparent: string | null }): Promise<EventReceiptView[]> {
    const { accountId, body, traceparent } = request;
    const elements = isJson(body) ? elementTexts(body) : null;
    const isArray = elements !== null;
    const texts = elements ?? [body];
    if (texts.length === 0 || texts.length > EVENTS_PER_REQUEST_MAX) {
      throw new Problem('validation_failed', `Send 1 to ${EVENTS_PER_REQUEST_MAX} events in one request.`);
    }
    const receivedAtMs = Date.now();
    const accepted: Accepted[] = [];
    for (const [index, text] of texts.entries()) {
      const fallbackId = idFor(accountId, index, receivedAtMs);
      const publication = { accountId, text, fallbackId, receivedAtMs, traceparent, type: null, attributes: null };
      const acceptance = await this.door.check(publication).catch(unavailable);
      if (!acceptance.ok) {
        const { code, reason, errors } = acceptance.refusal;
        const prefix = isArray ? `/${index}` : '';
        const pointed = errors?.map((error) => ({ ...error, pointer: prefix + error.pointer }));
        throw new Problem(code, isArray ? `Event ${index}: ${reason}` : reason, pointed ? { errors: pointed } : {});
      }
      accepted.push(acceptance);
    }
    return Promise.all(accepted.map((one) => this.log.accept(one)));
  }
}

/** With an Idempotency-Key the id follows from it: a run that died after the event was stored is not repeated as another event. */
function idFor(accountId: string, index: number, receivedAtMs: number): string {
  const key = requestContext()?.idempotency?.key;
  return key === undefined ? newId('evt', receivedAtMs) : derivedId('evt', `${accountId}\n${key}\n${index}`);
}
