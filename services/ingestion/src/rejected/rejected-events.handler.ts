import type { EventReceiptView } from '#libs/api/src/event.dto';
import type { PayloadOf } from '#libs/contracts/src/calls/call';
import { resendRejectedEvent } from '#libs/contracts/src/calls/rejected-events';
import { derivedId, ID_PATTERN } from '#libs/contracts/src/ids';
import { isJson, memberTexts } from '#libs/json-text/src/parts';
import { Problem } from '#libs/problem/src/problem';
import { Answers } from '#libs/service/src/answers';
import { crashPoint } from '#libs/service/src/crash-point';
import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { Acceptance } from '../door/accept-event.js';
import { Door } from '../door/door.js';
import { EventLog } from '../store/event-log.js';
import { unavailable } from '../store/unavailable.js';
import { mapBody } from '../inbound/map-body.js';
import { Seen } from '../store/seen.js';
import { RejectedEvents } from '../store/rejected-events.js';

type Request = PayloadOf<typeof resendRejectedEvent>;

/** Rejected events that a person sends again. */
@Controller()
export class RejectedEventsHandler {
  constructor(
    private readonly door: Door,
    private readonly log: EventLog,
    private readonly seen: Seen,
    private readonly rejected: RejectedEvents,
  ) {}

  /** The same text again is one event. An edited text is another, unless it names the same id. Throws why it is rejected again. */
  @Answers(resendRejectedEvent)
  async resend(@Payload() request: Request): Promise<EventReceiptView> {
    const { accountId, rejectedId, text } = request;
    const derived = derivedId('evt', `${rejectedId}\n${text}`);
    const acceptance = await this.check(request, derived);
    if (!acceptance.ok) {
      const { code, reason, errors } = acceptance.refusal;
      throw new Problem(code, reason, errors ? { errors } : {});
    }
    const { event } = acceptance;
    if ((await this.seen.findOutcome(rejectedId, derived).catch(unavailable)) !== null)
      return { id: event.id, event: event.type, timestamp: event.timestamp, duplicate: true };
    const receipt = await this.log.accept(acceptance);
    crashPoint('ingestion.resent_stored');
    await this.rejected.recordResent(accountId, rejectedId, event.id).catch(unavailable);
    await this.seen.mark(rejectedId, derived, event.id).catch(unavailable);
    return receipt;
  }

  private async check({ accountId, text, eventId, receivedAt, ...request }: Request, derived: string): Promise<Acceptance> {
    if (!isJson(text)) return { ok: false, refusal: { code: 'invalid_json', reason: 'the body is not valid JSON' } };
    const { inbound } = request;
    const mapped = inbound === null ? null : mapBody(text, inbound.mapping);
    if (mapped?.ok === false) return mapped;
    const publication = {
      accountId,
      type: inbound?.event ?? request.type,
      fallbackId: eventId !== null && ID_PATTERN.test(eventId) ? eventId : derived,
      receivedAtMs: Date.parse(receivedAt),
      traceparent: null,
      ...(mapped?.publication ?? { text, attributes: null }),
    };
    // The subject may have been mistyped: then the type that the body names is the right one.
    const byBody = inbound === null ? await this.door.checkByKey({ ...publication, type: null }).catch(unavailable) : null;
    if (byBody !== null && (byBody.ok || memberTexts(text).has('event'))) return byBody;
    return this.door.checkByKey(publication).catch(unavailable);
  }
}
