import type { InboundReceipt } from '#libs/api/src/inbound-webhook.dto';
import { receiveInbound, type InboundRequest } from '#libs/contracts/src/calls/inbound-webhooks';
import type { InboundWebhookState } from '#libs/contracts/src/inbound-webhook-state';
import { derivedId, newId } from '#libs/contracts/src/ids';
import { elementTexts } from '#libs/json-text/src/parts';
import { Problem } from '#libs/problem/src/problem';
import { Answers } from '#libs/service/src/answers';
import { crashPoint } from '#libs/service/src/crash-point';
import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { Acceptance } from '../door/accept-event.js';
import { Door } from '../door/door.js';
import { EventLog } from '../store/event-log.js';
import { STORE_WITHIN_MS, unavailable } from '../store/unavailable.js';
import { RejectedEvents } from '../store/rejected-events.js';
import { externalIdOf, type ExternalId, type InList } from './external-id.js';
import { InboundWebhookStates } from './inbound-webhook-states.js';
import { mapBody } from './map-body.js';
import { Seen } from '../store/seen.js';

/** A post that was verified. */
interface Post {
  state: InboundWebhookState;
  headers: Record<string, string>;
  receivedAtMs: number;
  traceparent: string | null;
  /** Outcomes of the external ids of this post, by derived id. An external id counts once, for its first element. */
  inHand: Map<string, Promise<string>>;
}

/** Elements of one list. */
const ELEMENTS_MAX = 1_000;
/** Elements of one list in hand at once. */
const AT_ONCE = 100;

/** Posts to inbound webhooks: `POST /in/<token>`. */
@Controller()
export class InboundWebhooksHandler {
  constructor(
    private readonly states: InboundWebhookStates,
    private readonly seen: Seen,
    private readonly door: Door,
    private readonly log: EventLog,
    private readonly rejected: RejectedEvents,
  ) {}

  /**
   * Answers when the post is durable. Each element of a list is a post of its own. A verified body that makes no event is kept as
   * a rejected event, for an admin: its sender can do nothing about it. Ids are derived from the sender's own id, so that a
   * duplicate has no second effect.
   */
  @Answers(receiveInbound)
  async receive(@Payload() { tokenHash, headers, body: base64, traceparent }: InboundRequest): Promise<InboundReceipt> {
    const receivedAtMs = Date.now();
    const state = await this.states.findState(tokenHash).catch(unavailable);
    if (state === null) throw notThere();
    const body = Buffer.from(base64, 'base64');
    const failure = this.states.verificationFailure(state, { headers, body }, receivedAtMs);
    if (failure !== null) throw new Problem('unverified', failure);
    const text = jsonOf(body);
    const post = { state, headers, receivedAtMs, traceparent, inHand: new Map<string, Promise<string>>() };
    const elements = elementTexts(text);
    if (elements === null) return { id: await this.take(post, text, null) };
    if (elements.length > ELEMENTS_MAX) {
      const reason = `a list of ${elements.length} elements cannot be taken: at most ${ELEMENTS_MAX} at once`;
      return { ids: [await this.take(post, text, null, { ok: false, refusal: { code: 'invalid_event', reason } })] };
    }
    const ids: string[] = [];
    for (let index = 0; index < elements.length; index += AT_ONCE) {
      const some = elements.slice(index, index + AT_ONCE);
      ids.push(...(await Promise.all(some.map((one, n) => this.take(post, one, { text, index: index + n })))));
    }
    return { ids };
  }

  /** Makes an event of a body or an element. Returns its id, or the id of the event that it was before. */
  private async take(post: Post, text: string, list: InList | null, refused?: Acceptance): Promise<string> {
    const { state, headers, receivedAtMs, traceparent } = post;
    const externalId = externalIdOf(headers, text, state.mapping, list);
    if (externalId === null) {
      const eventId = newId('evt', receivedAtMs);
      return this.keep(
        state,
        refused ?? (await this.check(state, text, { fallbackId: eventId, receivedAtMs, traceparent })),
        eventId,
        text,
      );
    }
    const derived = derivedId('evt', `${state.id}\n${externalId.text}`);
    const known = post.inHand.get(derived) ?? this.takeOnce(post, text, { externalId, derived }, refused);
    post.inHand.set(derived, known);
    return known;
  }

  private async takeOnce(
    { state, receivedAtMs, traceparent }: Post,
    text: string,
    { externalId, derived }: { externalId: ExternalId; derived: string },
    refused?: Acceptance,
  ): Promise<string> {
    const before = await this.seen.findOutcome(state.id, derived).catch(unavailable);
    const isOver =
      externalId.isContent && before !== null && receivedAtMs - before.atMs > (await this.log.windowMs().catch(unavailable));
    if (before !== null && !isOver) return before.id;
    // Derived from the mark before: when a crash prevents the new mark, the same post again is a duplicate in EVENTS.
    const eventId = isOver ? derivedId('evt', `${derived}\n${before.seq}`) : derived;
    const acceptance = refused ?? (await this.check(state, text, { fallbackId: eventId, receivedAtMs, traceparent }));
    const id = await this.keep(state, acceptance, eventId, text);
    crashPoint('ingestion.inbound_stored');
    await this.seen.mark(state.id, derived, id).catch(unavailable);
    crashPoint('ingestion.inbound_seen');
    return id;
  }

  private async check(
    { accountId, event: type, mapping }: InboundWebhookState,
    text: string,
    reception: { fallbackId: string; receivedAtMs: number; traceparent: string | null },
  ): Promise<Acceptance> {
    const mapped = mapBody(text, mapping);
    if (!mapped.ok) return mapped;
    return this.door.check({ accountId, type, ...mapped.publication, ...reception }).catch(unavailable);
  }

  private async keep(state: InboundWebhookState, acceptance: Acceptance, eventId: string, text: string): Promise<string> {
    if (acceptance.ok) return (await this.log.accept(acceptance)).id;
    const { refusal } = acceptance;
    if (refusal.code === 'account_not_found') throw notThere();
    const id = derivedId('rej', eventId);
    const { accountId, event: eventType } = state;
    const rejection = { id, accountId, source: `/in/${state.id}`, eventId, eventType, body: Buffer.from(text), msgId: id };
    await this.rejected.keep(rejection, refusal, STORE_WITHIN_MS).catch(unavailable);
    return id;
  }
}

/** The same answer for a URL that never was, a deleted webhook and a deleted account. */
function notThere(): Problem {
  return new Problem('inbound_webhook_not_found', 'There is no inbound webhook at this address.');
}

/** Throws `invalid_json`. */
function jsonOf(body: Buffer): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    JSON.parse(text);
    return text;
  } catch (error) {
    const { name, message } = error as Error;
    throw new Problem('invalid_json', `The body is not valid ${name === 'SyntaxError' ? `JSON: ${message}` : 'UTF-8.'}`);
  }
}
