import type { EventReceiptView } from '#libs/api/src/event.dto';
import type { InboundWebhookView } from '#libs/api/src/inbound-webhook.dto';
import { derivedId, ID_PATTERN } from '#libs/contracts/src/ids';
import { isJson } from '#libs/json-text/src/parts';
import { Problem } from '#libs/problem/src/problem';
import { crashPoint } from '#libs/service/src/crash-point';
import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import type { Acceptance } from '../event/accept-event.js';
import { Door } from '../event/door.js';
import { EventLog } from '../event/event-log.js';
import { unavailable } from '../event/unavailable.js';
import { mapBody } from '../inbound/map-body.js';
import { Seen } from '../inbound/seen.js';
import { RejectedEvents } from './rejected-events.js';

interface ResendRequest {
  accountId: string;
  rejectedId: string;
  text: string;
  /** The id that the event would have had, when it is sent as it came. */
  eventId: string | null;
  /** The type in its subject. */
  type: string | null;
  receivedAt: string;
  /** Where it was posted to; null when it came over NATS. */
  inbound: Pick<InboundWebhookView, 'event' | 'mapping'> | null;
}

/** A rejected event that a person sends again: `ingestion.rejected.resend`. */
@Controller()
export class ResendHandler {
  constructor(
    private readonly door: Door,
    private readonly log: EventLog,
    private readonly seen: Seen,
    private readonly rejected: RejectedEvents,
  ) {}

  /** The same text again is one event; an edited one is another, unless it names the same id. Throws why it still does not fit. */
  @MessagePattern('ingestion.rejected.resend')
  async resend(@Payload() request: ResendRequest): Promise<EventReceiptView> {
    const { accountId, rejectedId, text } = request;
    const derived = derivedId('evt', `${rejectedId}\n${text}`);
    const acceptance = await this.check(request, derived);
    if (!acceptance.ok) {
      const { code, reason, errors } = acceptance.refusal;
      throw new Problem(code, reason, errors ? { errors } : {});
    }
    const { event } = acceptance;
    if ((await this.seen.find(rejectedId, derived).catch(unavailable)) !== null)
      return { id: event.id, event: event.type, timestamp: event.timestamp, duplicate: true };
    const receipt = await this.log.accept(acceptance);
    crashPoint('ingestion.resent_stored');
    await this.rejected.noteResent(accountId, rejectedId, event.id).catch(unavailable);
    await this.seen.mark(rejectedId, derived, event.id).catch(unavailable);
    return receipt;
  }

  private async check({ accountId, text, eventId, receivedAt, ...request }: ResendRequest, derived: string): Promise<Acceptance> {
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
    return this.door.check(publication).catch(unavailable);
  }
}
