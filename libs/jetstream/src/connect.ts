import { inboxPrefixOf } from '#libs/contracts/src/users/inbox-prefix';
import { connect as natsConnect, createInbox, type ConnectionOptions, type NatsConnection } from '@nats-io/transport-node';

/**
 * Connects, and reconnects for ever, so that services survive a NATS that was away for a weekend. Waits for the first connection
 * as well.
 */
export function connect(natsUrl: string, name: string): Promise<NatsConnection> {
  return natsConnect({
    ...serversAt(natsUrl),
    name,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    waitOnFirstConnect: true,
    pingInterval: 5_000,
    maxPingOut: 2,
  });
}

/**
 * Turns NATS_URL into options: the client reads neither user nor password from a URL. The first server's user and password
 * are used for all. A user also gets an inbox of its own.
 */
export function serversAt(natsUrl: string): { servers: string[]; user?: string; pass?: string; inboxPrefix?: string } {
  const urls = natsUrl.split(',');
  const servers = urls.map((url) => url.replace(/\/\/.*@/, '//'));
  const { username, password } = new URL(urls[0]!);
  if (username === '') return { servers };
  const user = decodeURIComponent(username);
  return { servers, user, pass: decodeURIComponent(password), inboxPrefix: inboxPrefixOf(user) };
}

/** Makes an inbox that this connection may subscribe to. The client keeps its options, although its type hides them. */
export function newInbox(nc: NatsConnection): string {
  return createInbox((nc as NatsConnection & { options: ConnectionOptions }).options.inboxPrefix);
}
