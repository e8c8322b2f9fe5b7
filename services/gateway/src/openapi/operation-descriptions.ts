/**
 * Descriptions of operations, beyond their summaries: units, limits and side effects. A test holds that every operation
 * of the document is described here, and nothing else.
 */
export const OPERATION_DESCRIPTIONS: Record<string, string> = {
  getOwnAccount:
    'Any key of the account may read it. Limits come from the plan; `use` counts what exists now. The operator has no account, and gets 403.',
  createAccount:
    'The answer carries the first API key, with all scopes, and shows it only this once. The profile is fixed from then on.',
  listAccounts: 'A page has 50 accounts by default, at most 100.',
  getAccount: 'Shows the account without its keys.',
  updateAccount:
    'Changes only the fields that are sent. A new plan applies at once; `log_days` applies to events accepted from then on.',
  deleteAccount:
    'Its keys stop working at once, deliveries that wait are cancelled, and its inbound URLs answer 404. It cannot be undone.',
  createApiKey: 'The answer shows the key only this once; Tidings stores its hash.',
  listApiKeys: 'Shows names, scopes and last use, never the keys themselves. A page has 50 keys by default, at most 100.',
  deleteApiKey: 'The key stops working at once.',
  createWebhook:
    'The webhook gets events stored from its answer on. The answer shows the signing secret only this once. The plan limits the number of webhooks.',
  listWebhooks: 'A page has 50 webhooks by default, at most 100.',
  testUnsavedWebhook:
    "Sends real requests to the URL, signed with the secret of the request, each with the webhook's time-out of at most 60 s. Nothing is saved but the log of these deliveries, which are marked `is_test`.",
  previewWebhook:
    'Sends nothing. Names the condition that decided, and the value that it met. An event whose payload was erased cannot be previewed.',
  getWebhook: 'Secrets appear as their last four characters.',
  updateWebhook:
    'Changes only the fields that are sent, and null removes a setting. The change is in force when the answer arrives; requests under way end as they began.',
  deleteWebhook: 'Nothing is sent from the answer on. Deliveries that wait are cancelled, and its log can no longer be read.',
  pauseWebhook:
    'Nothing is sent from one second after the answer on; requests under way end. Events wait in order, for at most 30 days. A disabled webhook cannot be paused.',
  resumeWebhook:
    'Held deliveries go first, in order, then fresh ones. `rate_per_second` slows the release down. Consecutive failures are counted from zero again.',
  rotateSecret:
    "During the overlap, 86,400 seconds by default, `webhook-signature` carries both signatures. The profile's own header has room for one: it keeps the old secret until the overlap ends.",
  testWebhook:
    'Sends one sample of each subscribed type, or of the named one. There is one attempt without retry, and its failure does not count. `data.test` is `true` in every sample.',
  createErasure:
    'Works through the log and the streams in the background; `getErasure` shows its progress. Backups are not touched. An erasure cannot be cancelled.',
  listErasures: 'Does not repeat what was erased. A page has 50 erasures by default, at most 100.',
  getErasure: 'Counts the events erased so far.',
  publishEvents:
    'The body is one event or a list of 1 to 100, at most 5 MiB together and 256 KiB each. One bad event refuses the whole list. The answer means that the events are stored. The same id within 10 minutes is one event.',
  getEvent: "An event can be read while the account's retention keeps it, at most 30 days.",
  explainEvent:
    'Without `webhook_id` each webhook gets one sentence, 50 a page by default. With it, one webhook gets every step. Times in sentences are UTC.',
  listRejectedEvents: 'Rejected events are kept for at most 30 days. A page has 50 of them by default, at most 100.',
  getRejectedEvent: 'The body is shown as text, up to 256 KiB of it.',
  resendRejectedEvent:
    'Checks the event again as if it had just arrived. Unedited, it keeps the id it would have had; sent twice, it is one event.',
  listDeliveries:
    'A page has 50 deliveries by default, at most 100. A search looks at the newest 10,000 deliveries for each page.',
  getDelivery:
    "The payload is rendered from the stored event, byte for byte as it was sent. It is null after the event's retention.",
  retryDelivery:
    'The request is durable when the answer arrives. The attempt is made before all others of the webhook, within its limits, and uses up nothing of the retry schedule. A paused webhook holds it.',
  cancelDelivery: 'A request under way ends, and its answer is logged. A delivery that has ended cannot be cancelled.',
  getAccountStats: 'Covers at most 30 days. Tests do not count. Numbers follow what happens after a moment.',
  getWebhookStats:
    'Covers at most 30 days. `pending`, `pending_retry` and `held` are counted now, whatever the time asked for. Tests do not count.',
  listNotifications: 'A page has 50 notifications by default, at most 100.',
  markNotificationRead: 'Marking it again changes nothing.',
  createInboundWebhook:
    'The answer shows the whole URL only this once; later answers show the last four characters of its token. The plan limits the number of inbound webhooks.',
  listInboundWebhooks: 'A page has 50 inbound webhooks by default, at most 100.',
  getInboundWebhook: 'Shows neither the token nor the secret.',
  updateInboundWebhook: 'Changes only the fields that are sent. The next post meets the change.',
  deleteInboundWebhook: 'Its URL answers 404 from then on.',
  receiveInbound:
    'Needs no key: the token is in the path. The body is JSON of at most 256 KiB, whatever its content type. 202 means that it is stored, as an event or as a rejected event that an admin can mend. The same external id within seven days has no second effect.',
  listIpAddresses: 'Empty when the operator has published none.',
  listAuditEntries: 'Secrets appear without their values. A page has 50 entries by default, at most 100.',
  listEventTypes: "Answers the profile's catalog and the account's own types, in one page.",
  createEventType:
    'An account has at most 200 types of its own. Webhooks with `*` and fitting patterns get events of it from then on.',
  updateEventType: 'Changes only the fields that are sent. A name never changes.',
  deleteEventType: 'Events of this type are rejected from then on. Webhooks keep naming it.',
  createReplay:
    'Each event makes a new delivery with the same `webhook-id` and body, so that receivers can skip what they know. With `dry_run` nothing is sent, and the answer is 200. A disabled webhook gets no replay.',
  listReplays: 'A page has 50 replays by default, at most 100.',
  getReplay: 'Counts follow the log, which shows what happened after a moment.',
  cancelReplay: 'Deliveries that have begun go on. A completed replay cannot be cancelled.',
  followDeliveries:
    'Each event has the form `id`, `event: delivery`, `data`. The stream ends after 15 minutes, and when the client reads too slowly: reconnect with `Last-Event-ID`. Positions can be resumed for as long as facts are kept.',
};
