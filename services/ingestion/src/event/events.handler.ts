import type { EventReceiptView } from '#libs/api/src/event.dto';
import type { PayloadOf } from '#libs/contracts/src/calls/call';
import { publishEvents } from '#libs/contracts/src/calls/events';
import { derivedId, newId } from '#libs/contracts/src/ids';
import { elementTexts, isJson } from '#libs/json-text/src/parts';
import { Problem } from '#libs/problem/src/problem';
import { Answers } from '#libs/service/src/answers';
import { requestContext } from '#libs/service/src/request-context';
import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { Accepted } from '../door/accept-event.js';
import { Door } from '../door/door.js';
import { EventLog } from '../store/event-log.js';
import { unavailable } from '../store/unavailable.js';

const EVENTS_PER_REQUEST_MAX = 100;

type Request = PayloadOf<typeof publishEvents>;

/** Events over HTTP and gRPC: `POST /api/v1/events`. */
@Controller()
export class EventsHandler {
  constructor(
    private readonly door: Door,
    private readonly log: EventLog,
  ) {}

  /**
   * Takes one event, or an array of up to 100. All are checked before any is stored: one bad event rejects all, and the
   * pointers of its field errors begin with its index.
   */
  @Answers(publishEvents)
  async publish(@Payload() request: Request): Promise<EventReceiptView[]> {
    const accepted = await this.check(request);
    return Promise.all(accepted.map((one) => this.log.accept(one)));
  }

  private async check({ accountId, body, traceparent }: Request): Promise<Accepted[]> {
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
      const acceptance = await this.door.checkByKey(publication).catch(unavailable);
      if (!acceptance.ok) {
        const { code, reason, errors } = acceptance.refusal;
        const prefix = isArray ? `/${index}` : '';
        const pointed = errors?.map((error) => ({ ...error, pointer: prefix + error.pointer }));
        throw new Problem(code, isArray ? `Event ${index}: ${reason}` : reason, pointed ? { errors: pointed } : {});
      }
      accepted.push(acceptance);
    }
    return accepted;
  }
}

/** With an Idempotency-Key the id is derived from it: a second run after a crash makes the same event again. */
function idFor(accountId: string, index: number, receivedAtMs: number): string {
  const key = requestContext()?.idempotency?.key;
  return key === undefined ? newId('evt', receivedAtMs) : derivedId('evt', `${accountId}\n${key}\n${index}`);
}
