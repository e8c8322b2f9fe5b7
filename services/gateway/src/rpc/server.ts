import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Server } from '@grpc/grpc-js';
import type { PackageDefinition } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { Health } from '#libs/service/src/health';
import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { Transport, type GrpcOptions } from '@nestjs/microservices';
import { HealthImplementation, protoPath as healthProto } from 'grpc-health-check';
import { EVENTS_BODY_BYTES_MAX } from '../http/body-parser.js';
import { GatewaySettings } from '../settings.js';
import { PROTO_DIR } from './grpc-error.js';

const PACKAGE = 'tidings.v1';
const PACKAGE_DIR = join(PROTO_DIR, 'tidings/v1');
const HEALTH_EVERY_MS = 1_000;
/** Health is watched and reflection asked over streams that end when their client wants. */
const STOP_WITHIN_MS = 10_000;

/** gRPC beside HTTP: our package, and the standard health and reflection services, which Nest must not know of. */
@Injectable()
export class GrpcServer implements BeforeApplicationShutdown {
  private server: Server | null = null;
  private told: string | null = null;

  constructor(
    private readonly settings: GatewaySettings,
    private readonly health: Health,
  ) {}

  options(): GrpcOptions {
    return {
      transport: Transport.GRPC,
      options: {
        package: PACKAGE,
        // Health and the details of errors, so that reflection tells of them.
        protoPath: [
          ...readdirSync(PACKAGE_DIR).map((file) => join(PACKAGE_DIR, file)),
          join(PROTO_DIR, 'google/rpc/error_details.proto'),
          healthProto,
        ],
        url: `${this.settings.LISTEN_HOST}:${this.settings.GRPC_PORT}`,
        // Field names as in the HTTP API; what was not sent is undefined, so that the same checks apply.
        loader: { keepCase: true, longs: Number, defaults: false, arrays: false, includeDirs: [PROTO_DIR] },
        maxReceiveMessageLength: EVENTS_BODY_BYTES_MAX,
        onLoadPackageDefinition: (definition: PackageDefinition, server: Server) => {
          this.server = server;
          new ReflectionService(definition).addToServer(server);
          this.serveHealth(server, ['', PACKAGE, ...servicesIn(definition)]);
        },
      },
    };
  }

  /** Says of each name what /health/ready says of all. Looked at once a second, because clients watch it. */
  private serveHealth(server: Server, names: string[]): void {
    const implementation = new HealthImplementation();
    implementation.addToServer(server);
    const tell = async (): Promise<void> => {
      const status = (await this.health.notReady()).length === 0 ? 'SERVING' : 'NOT_SERVING';
      if (status !== this.told) for (const name of names) implementation.setStatus(name, status);
      this.told = status;
    };
    void tell();
    setInterval(() => void tell(), HEALTH_EVERY_MS).unref();
  }

  /** Calls that are on their way are answered, as HTTP's are. */
  async beforeApplicationShutdown(): Promise<void> {
    await new Promise<void>((resolve) => {
      setTimeout(resolve, STOP_WITHIN_MS).unref();
      this.server?.tryShutdown(() => resolve());
    });
  }
}

function servicesIn(definition: PackageDefinition): string[] {
  return Object.keys(definition).filter((name) => name.startsWith(`${PACKAGE}.`) && !('format' in definition[name]!));
}
