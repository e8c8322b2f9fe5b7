import { fileURLToPath } from 'node:url';
import { status as GrpcStatus, Metadata, type Server } from '@grpc/grpc-js';
import type { PackageDefinition } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import type { ProblemCode } from '#libs/problem/src/problem';
import { Problem, problemCodes } from '#libs/problem/src/problem';
import { Transport, type GrpcOptions } from '@nestjs/microservices';
import { HealthImplementation } from 'grpc-health-check';

/** From dist/services/gateway/src/grpc. */
const PROTO_PATH = fileURLToPath(new URL('../../../../../libs/api/proto/tidings/v1/tidings.proto', import.meta.url));

/** gRPC beside HTTP: our package, and the standard health and reflection services, which Nest must not know of. */
export function grpcServer(host: string, port: number): GrpcOptions {
  return {
    transport: Transport.GRPC,
    options: {
      package: 'tidings.v1',
      protoPath: PROTO_PATH,
      url: `${host}:${port}`,
      // Field names as in the HTTP API; what was not sent is undefined, so that the same checks apply.
      loader: { keepCase: true, longs: Number, defaults: false, arrays: false },
      maxReceiveMessageLength: 1024 * 1024,
      onLoadPackageDefinition: (definition: PackageDefinition, server: Server) => {
        new ReflectionService(definition).addToServer(server);
        new HealthImplementation({ '': 'SERVING', 'tidings.v1': 'SERVING' }).addToServer(server);
      },
    },
  };
}

const BY_HTTP_STATUS: Record<number, GrpcStatus> = {
  400: GrpcStatus.INVALID_ARGUMENT,
  401: GrpcStatus.UNAUTHENTICATED,
  403: GrpcStatus.PERMISSION_DENIED,
  404: GrpcStatus.NOT_FOUND,
  409: GrpcStatus.FAILED_PRECONDITION,
  413: GrpcStatus.INVALID_ARGUMENT,
  422: GrpcStatus.INVALID_ARGUMENT,
  429: GrpcStatus.RESOURCE_EXHAUSTED,
  503: GrpcStatus.UNAVAILABLE,
};

/** A Problem as gRPC tells it: a status, the detail, and all of it as JSON in `problem-bin`. */
export function grpcError(problem: Problem): { code: GrpcStatus; message: string; metadata: Metadata } {
  const metadata = new Metadata();
  const code: ProblemCode = problem.code;
  const body = { title: problemCodes[code].title, status: problem.status, ...problem.toBody() };
  metadata.set('problem-bin', Buffer.from(JSON.stringify(body)));
  return { code: BY_HTTP_STATUS[problem.status] ?? GrpcStatus.INTERNAL, message: problem.detail, metadata };
}
