import { status as GrpcStatus, Metadata } from '@grpc/grpc-js';
import { loadSync, type MessageTypeDefinition } from '@grpc/proto-loader';
import type { FieldError, Problem, ProblemCode } from '#libs/problem/src/problem';
import { PROTO_DIR } from './proto.js';

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
/** Statuses that gRPC has for codes which share one in HTTP. */
const BY_CODE: Partial<Record<ProblemCode, GrpcStatus>> = {
  event_type_exists: GrpcStatus.ALREADY_EXISTS,
  idempotency_key_in_use: GrpcStatus.ABORTED,
};

/** Clients take about 8 KiB of metadata. A problem is in it twice, in base64. */
const DETAIL_BYTES_MAX = 500;
const ERRORS_BYTES_MAX = 1_500;

let statusType: MessageTypeDefinition<object, object> | null = null;

/** Returns a Problem as gRPC's status, with google.rpc.Status and its details, and with HTTP's document as JSON in `problem-bin`. */
export function grpcError(problem: Problem): { code: GrpcStatus; message: string; metadata: Metadata } {
  const code = BY_CODE[problem.code] ?? BY_HTTP_STATUS[problem.status] ?? GrpcStatus.INTERNAL;
  const message = clipped(problem.detail);
  const errors = problem.extras.errors && fitting(problem.extras.errors);
  const { retryAfterSeconds } = problem.extras;
  const details = [
    { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: problem.code, domain: 'tidings.dev' },
    errors && {
      '@type': 'type.googleapis.com/google.rpc.BadRequest',
      field_violations: errors.map(({ pointer, detail }) => ({ field: fieldPath(pointer), description: detail })),
    },
    retryAfterSeconds !== undefined && {
      '@type': 'type.googleapis.com/google.rpc.RetryInfo',
      retry_delay: { seconds: retryAfterSeconds },
    },
  ].filter(Boolean);
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', encodedStatus({ code, message, details }));
  const document = { ...problem.toDocument(), detail: message, ...(errors && { errors }) };
  metadata.set('problem-bin', Buffer.from(JSON.stringify(document)));
  return { code, message, metadata };
}

/** Encodes details by their `@type`. The types are loaded with the first failure, not with this file. */
function encodedStatus(status: object): Buffer {
  statusType ??= loadSync(['google/rpc/status.proto', 'google/rpc/error_details.proto'], {
    includeDirs: [PROTO_DIR],
    keepCase: true,
  })['google.rpc.Status'] as MessageTypeDefinition<object, object>;
  return statusType.serialize(status);
}

function clipped(text: string): string {
  const bytes = Buffer.from(text);
  return bytes.length <= DETAIL_BYTES_MAX
    ? text
    : `${bytes
        .subarray(0, DETAIL_BYTES_MAX)
        .toString()
        .replace(/\uFFFD$/, '')}…`;
}

function fitting(errors: FieldError[]): FieldError[] {
  let room = ERRORS_BYTES_MAX;
  return errors.filter((error) => (room -= Buffer.byteLength(JSON.stringify(error))) >= 0);
}

/** Writes `/events/0` as `events[0]`, `/retry_policy/jitter` as `retry_policy.jitter`. */
function fieldPath(pointer: string): string {
  const path = pointer.replaceAll(/\/(\d+)(?=\/|$)/g, '[$1]').replaceAll('/', '.');
  return path.replace(/^\./, '').replaceAll('~1', '/').replaceAll('~0', '~');
}
