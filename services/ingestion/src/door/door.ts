import { isPlatformType, PLATFORM_TYPE_MISTAKE } from '#libs/contracts/src/notification';
import type { FieldError } from '#libs/problem/src/problem';
import { Injectable } from '@nestjs/common';
import { Accounts } from '../account/accounts.js';
import { acceptEvent, type Acceptance, type Publication } from './accept-event.js';

/** Decides whether a publication becomes an event, by its account, its shape, its type and its data. */
@Injectable()
export class Door {
  constructor(private readonly accounts: Accounts) {}

  /** Checks what the holder of a key publishes. Throws only when NATS does not answer. */
  async checkByKey(publication: Publication): Promise<Acceptance> {
    const acceptance = await this.check(publication);
    if (!acceptance.ok || !isPlatformType(acceptance.event.type)) return acceptance;
    const error = { pointer: '/event', detail: PLATFORM_TYPE_MISTAKE };
    return { ok: false, refusal: { code: 'invalid_event', reason: `${error.pointer} ${error.detail}`, errors: [error] } };
  }

  /** Throws only when NATS does not answer. */
  async check(publication: Publication): Promise<Acceptance> {
    const account = await this.accounts.findAccount(publication.accountId);
    if (account === null) {
      return { ok: false, refusal: { code: 'account_not_found', reason: `there is no account ${publication.accountId}` } };
    }
    const acceptance = acceptEvent(publication);
    if (!acceptance.ok) return acceptance;

    const { type } = acceptance.event;
    const check = await this.accounts.findCheck(account, type);
    if (check === undefined) {
      const reason = `${type} is not in the catalog of this account: see GET /api/v1/event-types, or add it there`;
      return { ok: false, refusal: { code: 'unknown_event_type', reason, errors: [{ pointer: '/event', detail: reason }] } };
    }
    if (check === null || account.state.schemaMode === 'off') return acceptance;
    const mismatches = check(acceptance.data);
    if (mismatches.length === 0) return acceptance;
    const errors: FieldError[] = mismatches.map(({ pointer, detail }) => ({ pointer: `/data${pointer}`, detail }));
    if (account.state.schemaMode === 'warn') return { ...acceptance, warnings: errors };
    const reason = `data does not fit the schema of ${type}: ${errors.map(({ pointer, detail }) => `${pointer} ${detail}`).join('; ')}`;
    return { ok: false, refusal: { code: 'schema_mismatch', reason, errors } };
  }
}
