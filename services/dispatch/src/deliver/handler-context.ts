import type { WebhookDirectory } from '../directory/webhook-directory.js';
import type { Ledger } from '../ledger/ledger.js';
import type { StoredEvents } from '../payload/stored-events.js';
import type { Deliver } from './deliver.js';
import type { OneAtATime } from './one-at-a-time.js';
import type { Settle } from './settle.js';

/** What whoever handles a partition's messages works with, wherever they come from. */
export interface HandlerContext {
  directory: WebhookDirectory;
  ledger: Ledger;
  deliver: Deliver;
  oneAtATime: OneAtATime;
  settle: Settle;
  events: StoredEvents;
}
