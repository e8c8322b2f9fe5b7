import { EVENT_BYTES_MAX, rejectedHeaders, resentHeaders } from '#libs/contracts/src/crm-event';
import { headerText } from '#libs/contracts/src/header-text';
import { ID_PATTERN } from '#libs/contracts/src/ids';
import { subjects } from '#libs/contracts/src/subjects';
import { Publisher } from '#libs/jetstream/src/publisher';
import { Injectable } from '@nestjs/common';
import { headers } from '@nats-io/transport-node';
import { Accounts } from '../account/accounts.js';
import type { Refusal } from '../door/accept-event.js';
import { STORE_WITHIN_MS } from './unavailable.js';

export interface RejectedPublication {
  /** `rej_…` */
  id: string;
  accountId: string;
  /** Subject that it was published to, or `/in/<inbound webhook>`. */
  source: string;
  eventId: string | null;
  eventType: string | null;
  body: Uint8Array;
  /** `Nats-Msg-Id`: the same for the same rejection, however often its message is redelivered. */
  msgId: string;
}

/** The account of rejections whose subject names no possible account. */
const NO_ACCOUNT = '_unknown';

/** Keeps rejected publications of NATS and of inbound webhooks, with their reasons: nothing disappears. */
@Injectable()
export class RejectedEvents {
  constructor(
    private readonly publisher: Publisher,
    private readonly accounts: Accounts,
  ) {}

  /** Rejects with PublishFailed after `giveUpAfterMs`, which is for a client that waits. */
  async keep(rejected: RejectedPublication, refusal: Refusal, giveUpAfterMs = Infinity): Promise<void> {
    const head = headers();
    head.set(rejectedHeaders.id, rejected.id);
    head.set(rejectedHeaders.code, refusal.code);
    head.set(rejectedHeaders.reason, headerText(refusal.reason));
    head.set(rejectedHeaders.source, headerText(rejected.source));
    if (rejected.eventId !== null) head.set(rejectedHeaders.eventId, headerText(rejected.eventId));
    if (rejected.eventType !== null) head.set(rejectedHeaders.eventType, headerText(rejected.eventType));
    const logDays = await this.accounts.findLogDays(rejected.accountId);
    if (logDays !== undefined) head.set(rejectedHeaders.logDays, String(logDays));
    const account = ID_PATTERN.test(rejected.accountId) ? rejected.accountId : NO_ACCOUNT;
    await this.publisher.publish(subjects.rejected(account), rejected.body.subarray(0, EVENT_BYTES_MAX), {
      msgId: rejected.msgId,
      headers: head,
      giveUpAfterMs,
    });
  }

  /** Records the event that a rejected one has become. The log reads it from REJECTED, as it is made of streams alone. */
  async recordResent(accountId: string, id: string, eventId: string): Promise<void> {
    const head = headers();
    head.set(resentHeaders.id, id);
    head.set(resentHeaders.eventId, eventId);
    const msgId = `resent:${id}:${eventId}`;
    await this.publisher.publish(subjects.resent(accountId), '', { msgId, headers: head, giveUpAfterMs: STORE_WITHIN_MS });
  }
}
