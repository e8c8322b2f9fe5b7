import { jetstream, jetstreamManager, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { Logger } from '@nestjs/common';
import { connect } from './connect.js';

/** A process's connection to JetStream, opened once. */
export class JetStreamConnection {
  private constructor(
    readonly nc: NatsConnection,
    readonly js: JetStreamClient,
    readonly jsm: JetStreamManager,
  ) {}

  /** Waits until NATS answers. */
  static async open(natsUrl: string, name: string): Promise<JetStreamConnection> {
    const nc = await connect(natsUrl, name);
    void logRefusals(nc);
    // `checkAPI` would throw while the streams are only being made.
    return new JetStreamConnection(nc, jetstream(nc), await jetstreamManager(nc, { checkAPI: false }));
  }

  /** For /health/ready. */
  async isReady(): Promise<boolean> {
    await this.nc.rtt();
    return true;
  }

  async close(): Promise<void> {
    if (!this.nc.isClosed()) await this.nc.drain().catch(() => undefined);
  }
}

/** Logs refusals of the server, which appear nowhere else. A message that may not be published gets no answer and is sent for ever. */
async function logRefusals(nc: NatsConnection): Promise<void> {
  const logger = new Logger('NATS');
  for await (const status of nc.status()) if (status.type === 'error') logger.error(status.error.message);
}
