import { Server, ServerCredentials } from '@grpc/grpc-js';
import { Health } from '#libs/service/src/health';
import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { HealthImplementation } from 'grpc-health-check';
import { EVENTS_BODY_BYTES_MAX } from '../http/body-parser.js';
import { GatewaySettings } from '../settings.js';
import { loadProtos, PACKAGE, rpcsIn, servicesIn } from './proto.js';
import { serveReflection } from './reflection.js';
import { RpcAdapter } from './rpc-adapter.js';

const HEALTH_EVERY_MS = 1_000;
/** Streams of health and reflection last as long as their clients like. */
const STOP_WITHIN_MS = 10_000;

/** The gRPC server beside HTTP: the RPCs of our package, and the standard health and reflection services. */
@Injectable()
export class RpcServer implements BeforeApplicationShutdown {
  private readonly server = new Server({ 'grpc.max_receive_message_length': EVENTS_BODY_BYTES_MAX });
  private lastStatus: string | null = null;

  constructor(
    private readonly settings: GatewaySettings,
    private readonly health: Health,
    private readonly adapter: RpcAdapter,
  ) {}

  /** Listens. Throws when an RPC has no controller method, or when the port is taken. */
  async start(): Promise<void> {
    const protos = loadProtos();
    const services = servicesIn(protos);
    const rpcs = rpcsIn(protos);
    for (const [name, service] of services) {
      const own = rpcs.filter((rpc) => rpc.service === name);
      this.server.addService(service, Object.fromEntries(own.map((rpc) => [rpc.name, this.adapter.handlerOf(rpc)])));
    }
    serveReflection(this.server, protos);
    this.serveHealth(['', PACKAGE, ...services.keys()]);
    await this.listen(`${this.settings.LISTEN_HOST}:${this.settings.GRPC_PORT}`);
  }

  private listen(address: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.bindAsync(address, ServerCredentials.createInsecure(), (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Gives every name the status of /health/ready. Checked once a second, because clients watch it. */
  private serveHealth(names: string[]): void {
    const implementation = new HealthImplementation();
    implementation.addToServer(this.server);
    const update = async (): Promise<void> => {
      const status = (await this.health.notReady()).length === 0 ? 'SERVING' : 'NOT_SERVING';
      if (status !== this.lastStatus) for (const name of names) implementation.setStatus(name, status);
      this.lastStatus = status;
    };
    void update();
    setInterval(() => void update(), HEALTH_EVERY_MS).unref();
  }

  /** Lets running calls finish, as HTTP does. */
  async beforeApplicationShutdown(): Promise<void> {
    await new Promise<void>((resolve) => {
      setTimeout(resolve, STOP_WITHIN_MS).unref();
      this.server.tryShutdown(() => resolve());
    });
    this.server.forceShutdown();
  }
}
