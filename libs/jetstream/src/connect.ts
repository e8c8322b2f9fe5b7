import { connect as natsConnect, type NatsConnection } from '@nats-io/transport-node';

/**
 * A connection that comes back for ever: `maxReconnectAttempts: -1`, so that a NATS that was away for a weekend finds
 * everybody again. The first connection is waited for as well.
 */
export function connect(natsUrl: string, name: string): Promise<NatsConnection> {
  return natsConnect({
    servers: natsUrl.split(','),
    name,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    waitOnFirstConnect: true,
    pingInterval: 5_000,
    maxPingOut: 2,
    ...credentials(natsUrl),
  });
}

/** User and password may be part of the URL; the client wants them apart. */
function credentials(natsUrl: string): { user?: string; pass?: string } {
  const { username, password } = new URL(natsUrl.split(',')[0]!);
  return username ? { user: decodeURIComponent(username), pass: decodeURIComponent(password) } : {};
}
