import type { DescMethod, DescService } from '@bufbuild/protobuf';
import type { Client } from '@connectrpc/connect';
import { expect } from '@jest/globals';
import type { Api } from './api.js';
import { eventually } from './eventually.js';
import { apiMethods, grpcClient, nameOf, withoutNulls } from './grpc.js';
import type { Platform } from './platform.js';

/** RPCs about events, called in `grpc-events.e2e-spec`. All others are called in `grpc.e2e-spec`. */
const ABOUT_EVENTS =
  /^(Events|EventTypes|InboundWebhooks|Deliveries|Notifications|Replays)\.|^Webhooks\.Get(Webhook|Account)Stats$/;

/** Calls over gRPC that remember which RPCs were answered, so that none is left out. */
export class GrpcCalls {
  private readonly answered = new Set<string>();

  constructor(private readonly platform: Platform) {}

  client<S extends DescService>(service: S, { key }: { key: string }): Client<S> {
    const onAnswer = (method: DescMethod): void => void this.answered.add(nameOf(method));
    return grpcClient(this.platform.grpc, service, { key, onAnswer });
  }

  /** RPCs that no test has called, among those about events or among the others. */
  leftOut({ aboutEvents }: { aboutEvents: boolean }): string[] {
    return apiMethods.map(nameOf).filter((name) => ABOUT_EVENTS.test(name) === aboutEvents && !this.answered.has(name));
  }
}

/** The same resource as HTTP answers it. */
export async function overHttp(api: Api, path: string): Promise<unknown> {
  const { status, body } = await api.get<object>(path);
  expect([path, status]).toEqual([path, 200]);
  return withoutNulls(body);
}

export async function inFirst<T>(list: () => Promise<T[]>): Promise<T> {
  return eventually(async () => {
    const [first] = await list();
    expect(first).toBeDefined();
    return first!;
  });
}
