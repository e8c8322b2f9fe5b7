import { afterAll, beforeAll } from '@jest/globals';
import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { Publisher } from '#libs/jetstream/src/publisher';
import { provision } from '../../scripts/services.mjs';
import { testNats, type TestServer } from './servers.mjs';

/** A provisioned NATS for a whole test file, with a connection and a publisher. */
export function useJetStream(): { connection: JetStreamConnection; publisher: Publisher } {
  const parts = {} as { connection: JetStreamConnection; publisher: Publisher };
  let nats: TestServer;
  beforeAll(async () => {
    nats = await testNats();
    await provision(nats.url);
    parts.connection = await JetStreamConnection.open(nats.url, 'test');
    parts.publisher = new Publisher(parts.connection.nc);
  });
  afterAll(async () => {
    parts.publisher.close();
    await parts.connection.close();
    await nats.stop();
  });
  return parts;
}
