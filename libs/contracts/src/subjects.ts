/**
 * The number of partitions. Fixed when the streams are made: it is part of the subjects of stored messages, and one
 * account has one owner among the dispatch processes at any time because all its messages are in one partition.
 */
export const PARTITIONS = 16;

/** FNV-1a over the account's id. Part of stored subjects: never change it. */
export function partitionOf(accountId: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < accountId.length; i++) {
    hash ^= accountId.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return (hash >>> 0) % PARTITIONS;
}

/** Every subject in the system. Tokens are ids (`ID_PATTERN`) or event types, so nothing needs escaping. */
export const subjects = {
  ingress: (accountId: string, type: string) => `crm.${accountId}.${type}`,
  rejected: (accountId: string) => `rejected.${accountId}`,
  resent: (accountId: string) => `resent.${accountId}`,
  event: (accountId: string, type: string) => `event.${partitionOf(accountId)}.${accountId}.${type}`,
  account: (accountId: string) => `account.${partitionOf(accountId)}.${accountId}`,
  webhook: (accountId: string, webhookId: string) => `webhook.${partitionOf(accountId)}.${accountId}.${webhookId}`,
  inbound: (tokenHash: string) => `inbound.${tokenHash}`,
  erased: (accountId: string) => `erased.${partitionOf(accountId)}.${accountId}`,
  /** What was taken before: of an inbound webhook, or of what a person sent again of a rejected event. */
  inboundSeen: (ofId: string, derivedId: string) => `inbound_seen.${ofId}.${derivedId}`,
  retry: (partition: number, webhookId: string) => `retry.${partition}.${webhookId}`,
  lane: (partition: number, webhookId: string) => `lane.${partition}.${webhookId}`,
  manual: (partition: number, webhookId: string) => `manual.${partition}.${webhookId}`,
  /** One for each replay: what waits of it is counted, and taken back, by its subject. */
  replay: (partition: number, webhookId: string, replayId: string) => `replay.${partition}.${webhookId}.${replayId}`,
  notification: (accountId: string, type: string) => `notifications.${accountId}.${type}`,
  /** Messages of our own that could not be read. */
  parked: (stream: string) => `parked.${stream}`,
  fact: (partition: number) => `fact.${partition}`,
  /** Core NATS: dispatch processes tell each other that they live, `{id}`; `leaving` when one goes. */
  members: 'dispatch.members',
  /** Core NATS, answered by the dispatch process that owns the partition. */
  directoryApplied: (partition: number) => `dispatch.applied.${partition}`,
  /** Core NATS, answered by the dispatch process that owns the partition. */
  testSends: (partition: number) => `dispatch.test.${partition}`,
};
