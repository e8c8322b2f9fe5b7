import { EVENT_BYTES_MAX, rejectedHeaders, resentHeaders } from '#libs/contracts/src/crm-event';
import { ID_PATTERN } from '#libs/contracts/src/ids';
import { subjects } from '#libs/contracts/src/subjects';
import { Publisher } from '#libs/jetstream/src/publisher';
import { Injectable } from '@nestjs/common';
import { headers } from '@nats-io/transport-node';
import { Accounts } from '../account/accounts.js';
import type { Refusal } from '../event/accept-event.js';
import { STORE_WITHIN_MS } from '../event/unavailable.js';

export interface RejectedPublication {
  /** `rej_…` */
  id: string;
  accountId: string;
  /** The subject it came on, or `/in/<inbound webhook>`. */
  source: string;
  eventId: string | null;
  eventType: string | null;
  body: Uint8Array;
  /** Tells one rejection from another, whatever is delivered again. */
  msgId: string;
}

/** The account that rejections are kept under when the subject names none that could exist. */
const NO_ACCOUNT = '_unknown';

/** Keeps what was refused over NATS and from inbound webhooks, with its reason: nothing disappears. */
@Injectable()
export class RejectedEvents {
  constructor(
    private readonly publisher: Publisher,
    private readonly accounts: Accounts,
  ) {}

  /** `giveUpAfterMs` where a client waits; rejects with PublishFailed then. */
  async keep(rejected: RejectedPublication, refusal: Refusal, giveUpAfterMs = Infinity): Promise<void> {
    const head = headers();
    head.set(rejectedHeaders.id, rejected.id);
    head.set(rejectedHeaders.code, refusal.code);
    head.set(rejectedHeaders.reason, headerText(refusal.reason));
    head.set(rejectedHeaders.source, headerText(rejected.source));
    if (rejected.eventId !== null) head.set(rejectedHeaders.eventId, headerText(rejected.eventId));
    if (rejected.eventType !== null) head.set(rejectedHeaders.eventType, headerText(rejected.eventType));
    const logDays = await this.accounts.logDays(rejected.accountId);
    if (logDays !== undefined) head.set(rejectedHeaders.logDays, String(logDays));
    const account = ID_PATTERN.test(rejected.accountId) ? rejected.accountId : NO_ACCOUNT;
    await this.publisher.publish(subjects.rejected(account), rejected.body.subarray(0, EVENT_BYTES_MAX), {
      msgId: rejected.msgId,
      headers: head,
      giveUpAfterMs,
    });
  }

  /** Tells the log that a rejected event was sent again and what it has become: the log is made of nothing but streams. */
  async noteResent(accountId: string, id: string, eventId: string): Promise<void> {
    const head = headers();
    head.set(resentHeaders.id, id);
    head.set(resentHeaders.eventId, eventId);
    const msgId = `resent:${id}:${eventId}`;
    await this.publisher.publish(subjects.resent(accountId), '', { msgId, headers: head, giveUpAfterMs: STORE_WITHIN_MS });
  }
}

/** Header values are one line of visible characters, at most 1,000 of them. */
function headerText(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, '?').slice(0, 1_000);
}
