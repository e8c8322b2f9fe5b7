import type { EventType } from '#libs/profiles/src/profile';
import { profiles } from '#libs/profiles/src/profiles';
import { Injectable } from '@nestjs/common';
import { Accounts } from '../account/accounts.js';

/** The event types that an account may publish and subscribe to: its profile's catalog. */
@Injectable()
export class EventTypes {
  constructor(private readonly accounts: Accounts) {}

  /** The whole catalog, in the order of its categories; it is a few dozen entries, so it has no pages. */
  async list(accountId: string): Promise<{ data: EventType[]; next_cursor: null }> {
    const { profile } = await this.accounts.row(accountId);
    return { data: profiles.get(profile)!.eventTypes, next_cursor: null };
  }
}
