import type { WebhookDirectory } from '../directory/webhook-directory.js';
import type { Ledger } from '../ledger/ledger.js';
import type { StoredEvents } from '../payload/stored-events.js';
import type { Deliver } from './deliver.js';
import type { OneAtATime } from './one-at-a-time.js';
import type { Settle } from './settle.js';

/** The parts of a partition that every handler needs. */
export interface HandlerContext {
  directory: WebhookDirectory;
  ledger: Ledger;
  deliver: Deliver;
  oneAtATime: OneAtATime;
  settle: Settle;
  events: StoredEvents;
}
