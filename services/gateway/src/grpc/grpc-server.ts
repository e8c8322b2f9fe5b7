import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Server } from '@grpc/grpc-js';
import type { PackageDefinition } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { Health } from '#libs/service/src/health';
import { Transport, type GrpcOptions } from '@nestjs/microservices';
import { HealthImplementation, protoPath as healthProto } from 'grpc-health-check';
import { EVENTS_BODY_BYTES_MAX } from '../http/body-parser.js';
import { PROTO_DIR } from './grpc-error.js';

const PACKAGE = 'tidings.v1';
const HEALTH_EVERY_MS = 1_000;

/** gRPC beside HTTP: our package, and the standard health and reflection services, which Nest must not know of. */
export function grpcServer(host: string, port: number, health: Health): GrpcOptions {
  const folder = join(PROTO_DIR, PACKAGE.replace('.', '/'));
  return {
    transport: Transport.GRPC,
    options: {
      package: PACKAGE,
      // Health and details of errors, so that reflection tells of them.
      protoPath: [
        ...readdirSync(folder).map((file) => join(folder, file)),
        join(PROTO_DIR, 'google/rpc/error_details.proto'),
        healthProto,
      ],
      url: `${host}:${port}`,
      // Field names as in the HTTP API; what was not sent is undefined, so that the same checks apply.
      loader: { keepCase: true, longs: Number, defaults: false, arrays: false, includeDirs: [PROTO_DIR] },
      maxReceiveMessageLength: EVENTS_BODY_BYTES_MAX,
      onLoadPackageDefinition: (definition: PackageDefinition, server: Server) => {
        new ReflectionService(definition).addToServer(server);
        const services = Object.keys(definition).filter((name) => name.startsWith(PACKAGE) && !('format' in definition[name]!));
        healthOf(['', PACKAGE, ...services], health).addToServer(server);
      },
    },
  };
}

/** Says of each name what /health/ready says of all. Asked for once a second, because clients watch it. */
function healthOf(names: string[], health: Health): HealthImplementation {
  const implementation = new HealthImplementation();
  let told: string | null = null;
  const tell = async (): Promise<void> => {
    const status = (await health.notReady()).length === 0 ? 'SERVING' : 'NOT_SERVING';
    if (status === told) return;
    told = status;
    for (const name of names) implementation.setStatus(name, status);
  };
  void tell();
  setInterval(() => void tell(), HEALTH_EVERY_MS).unref();
  return implementation;
}
