/**
 * The number of partitions. It is part of the subjects of stored messages, so it can never change. All messages of an account are
 * in one partition, so one dispatch process at a time owns the account.
 */
export const PARTITIONS = 16;

/** FNV-1a over the account's id. It is part of stored subjects, so it can never change. */
export function partitionOf(accountId: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < accountId.length; i++) {
    hash ^= accountId.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return (hash >>> 0) % PARTITIONS;
}

/** Every subject of the streams. Tokens are ids (`ID_PATTERN`) or event types, so nothing needs escaping. */
export const subjects = {
  ingress: (accountId: string, type: string) => `crm.${accountId}.${type}`,
  rejected: (accountId: string) => `rejected.${accountId}`,
  resent: (accountId: string) => `resent.${accountId}`,
  event: (accountId: string, type: string) => `event.${partitionOf(accountId)}.${accountId}.${type}`,
  account: (accountId: string) => `account.${partitionOf(accountId)}.${accountId}`,
  webhook: (accountId: string, webhookId: string) => `webhook.${partitionOf(accountId)}.${accountId}.${webhookId}`,
  inbound: (tokenHash: string) => `inbound.${tokenHash}`,
  erased: (accountId: string) => `erased.${partitionOf(accountId)}.${accountId}`,
  /** Marks a post to an inbound webhook, or the text of a resent rejected event, as taken. `ofId` is the webhook's or rejected event's id. */
  inboundSeen: (ofId: string, derivedId: string) => `inbound_seen.${ofId}.${derivedId}`,
  retry: (partition: number, webhookId: string) => `retry.${partition}.${webhookId}`,
  lane: (partition: number, webhookId: string) => `lane.${partition}.${webhookId}`,
  manual: (partition: number, webhookId: string) => `manual.${partition}.${webhookId}`,
  /** One for each replay, so that its waiting deliveries can be counted and purged by their subject. */
  replay: (partition: number, webhookId: string, replayId: string) => `replay.${partition}.${webhookId}.${replayId}`,
  notification: (accountId: string, type: string) => `notifications.${accountId}.${type}`,
  /** Messages of our own that could not be read. */
  parked: (stream: string) => `parked.${stream}`,
  fact: (partition: number) => `fact.${partition}`,
  /** Core NATS: a dispatch process announces that it lives, `{id}`, or that it is `leaving`. */
  members: 'dispatch.members',
  /** Core NATS, answered by the dispatch process that owns the partition. */
  directoryApplied: (partition: number) => `dispatch.applied.${partition}`,
  /** Core NATS, answered by the dispatch process that owns the partition. */
  testSends: (partition: number) => `dispatch.test.${partition}`,
};
