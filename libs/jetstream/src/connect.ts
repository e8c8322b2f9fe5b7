import { inboxPrefixOf } from '#libs/contracts/src/users/inbox-prefix';
import { connect as natsConnect, createInbox, type ConnectionOptions, type NatsConnection } from '@nats-io/transport-node';

/**
 * A connection that comes back for ever: `maxReconnectAttempts: -1`, so that a NATS that was away for a weekend finds
 * everybody again. The first connection is waited for as well.
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
 * What NATS_URL says, as the client wants it: it reads neither user nor password from a URL. Those of the first server are
 * those of all. With a user comes an inbox that is its own.
 */
export function serversAt(natsUrl: string): { servers: string[]; user?: string; pass?: string; inboxPrefix?: string } {
  const urls = natsUrl.split(',');
  const servers = urls.map((url) => url.replace(/\/\/.*@/, '//'));
  const { username, password } = new URL(urls[0]!);
  if (username === '') return { servers };
  const user = decodeURIComponent(username);
  return { servers, user, pass: decodeURIComponent(password), inboxPrefix: inboxPrefixOf(user) };
}

/** An inbox that this connection may subscribe to. The client keeps its options, but its type does not tell. */
export function newInbox(nc: NatsConnection): string {
  return createInbox((nc as NatsConnection & { options: ConnectionOptions }).options.inboxPrefix);
}
