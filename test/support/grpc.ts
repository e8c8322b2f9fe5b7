import { toJson, type DescMessage, type DescMethod, type DescService, type MessageShape } from '@bufbuild/protobuf';
import { ConnectError, createClient, type Client } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import type { ProblemDocument } from '#libs/problem/src/problem';
import { Accounts } from '../generated/tidings/v1/accounts_pb.js';
import { ApiKeys } from '../generated/tidings/v1/api_keys_pb.js';
import { AuditLog } from '../generated/tidings/v1/audit_log_pb.js';
import { Deliveries } from '../generated/tidings/v1/deliveries_pb.js';
import { EventTypes } from '../generated/tidings/v1/event_types_pb.js';
import { Events } from '../generated/tidings/v1/events_pb.js';
import { InboundWebhooks } from '../generated/tidings/v1/inbound_webhooks_pb.js';
import { Notifications } from '../generated/tidings/v1/notifications_pb.js';
import { Replays } from '../generated/tidings/v1/replays_pb.js';
import { Webhooks } from '../generated/tidings/v1/webhooks_pb.js';

/** Every service of the API; reflection is held against it. */
export const apiServices: DescService[] = [
  Accounts,
  ApiKeys,
  AuditLog,
  Deliveries,
  EventTypes,
  Events,
  InboundWebhooks,
  Notifications,
  Replays,
  Webhooks,
];
export const apiMethods: DescMethod[] = apiServices.flatMap(({ methods }) => methods);
/** `Webhooks.CreateWebhook`. */
export const nameOf = (method: DescMethod): string => `${method.parent.name}.${method.name}`;

/** One connection for each address. */
const sessions = new Map<string, Http2SessionManager>();

export interface ClientOptions {
  /** Null sends no key. */
  key: string | null;
  /** Called for every call that was answered with a message. */
  onAnswer?: (method: DescMethod) => void;
}

/** A client from the code that `npm run build` generates. Rejects with a ConnectError. */
export function grpcClient<S extends DescService>(
  address: string,
  service: S,
  { key, onAnswer = () => {} }: ClientOptions,
): Client<S> {
  const baseUrl = `http://${address}`;
  const sessionManager = sessions.get(baseUrl) ?? new Http2SessionManager(baseUrl);
  sessions.set(baseUrl, sessionManager);
  const transport = createGrpcTransport({
    baseUrl,
    sessionManager,
    defaultTimeoutMs: 10_000,
    interceptors: [
      (next) => async (call) => {
        if (key !== null) call.header.set('authorization', `Bearer ${key}`);
        const answer = await next(call);
        onAnswer(call.method);
        return answer;
      },
    ],
  });
  return createClient(service, transport);
}

/** One RPC by its descriptor. */
export function grpcCall(address: string, method: DescMethod, request: object, key: string | null): Promise<unknown> {
  const client = grpcClient(address, method.parent, { key }) as Record<string, (request: object) => Promise<unknown>>;
  return client[method.localName]!(request);
}

/** The error of a failed call. Throws when the call succeeded. */
export async function failureOf(call: Promise<unknown>): Promise<ConnectError> {
  const answer = await call.catch((error: unknown) => ConnectError.from(error));
  if (answer instanceof ConnectError) return answer;
  throw new Error(`The call was answered: ${JSON.stringify(answer)}`);
}

/** The problem of a failure, as HTTP would have answered it. */
export function problemIn(failure: ConnectError): ProblemDocument {
  const encoded = failure.metadata.get('problem-bin');
  if (encoded === null) throw failure;
  return JSON.parse(Buffer.from(encoded, 'base64').toString()) as ProblemDocument;
}

/** A message as HTTP's JSON of the same resource, without its nulls. */
export function asHttp<M extends DescMessage>(schema: M, message: MessageShape<M> | undefined): object {
  const fields = toJson(schema, message!, { useProtoFieldName: true, alwaysEmitImplicit: true }) as Record<string, unknown>;
  const parsed = Object.entries(fields).map(([name, value]) => {
    if (name.endsWith('_json')) return [name.slice(0, -'_json'.length), JSON.parse(value as string) as unknown];
    // A list that may also be absent is a message with nothing else in it.
    return [name, name.endsWith('_fields') ? (value as { paths: string[] }).paths : value];
  });
  return withoutNulls(Object.fromEntries(parsed) as object);
}

/** HTTP's JSON without its nulls, which messages do not have. */
export function withoutNulls(body: object): object {
  return JSON.parse(JSON.stringify(body, (_key, value: unknown) => (value === null ? undefined : value))) as object;
}
