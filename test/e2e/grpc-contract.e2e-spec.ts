import { fromBinary, type DescMethod } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError } from '@connectrpc/connect';
import { jest } from '@jest/globals';
import type { Page } from '#libs/api/src/page.dto';
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from '../generated/google/rpc/error_details_pb.js';
import { Health, HealthCheckResponse_ServingStatus as Serving } from '../generated/health/v1/health_pb.js';
import { ServerReflection } from '../generated/reflection/v1/reflection_pb.js';
import { ServerReflection as ServerReflectionAlpha } from '../generated/reflection/v1alpha/reflection_pb.js';
import { Events } from '../generated/tidings/v1/events_pb.js';
import { Webhooks } from '../generated/tidings/v1/webhooks_pb.js';
import { previewOpenApiDocument } from '../../services/gateway/src/openapi/document.js';
import type { Api } from '../support/api.js';
import { Contract, type OpenApiDocument, type Route, type Schema } from '../support/contract.js';
import { eventually } from '../support/eventually.js';
import { apiMethods, apiServices, failureOf, grpcCall, grpcClient, nameOf, problemIn } from '../support/grpc.js';
import { usePlatform } from '../support/platform.js';
import { answerWith, useReceiver } from '../support/receiver.js';

jest.setTimeout(60_000);

/** Server-sent events, for browsers. */
const HTTP_ONLY = ['followDeliveries'];
/** One event of what PublishEvents takes many of. */
const GRPC_ONLY = ['publishEvent'];

const document = JSON.parse(JSON.stringify(await previewOpenApiDocument())) as OpenApiDocument;
const { routes } = new Contract(document);
/** An RPC has the name of the operation that it is over HTTP. */
const routeOf = ({ localName }: DescMethod): Route =>
  routes.find(({ operation }) => operation.operationId === (localName === 'publishEvent' ? 'publishEvents' : localName))!;

const good = { name: 'x', url: 'https://example.com/hook', events: ['deal.won'] };

const platform = usePlatform();
const receiver = useReceiver();

const method = (name: string): DescMethod => apiMethods.find((one) => nameOf(one) === name)!;
/** The field that HTTP has in its path. */
const pathField = (rpc: DescMethod): string | undefined =>
  routeOf(rpc).template.includes('{')
    ? rpc.input.fields.find(({ name }) => ['id', 'webhook_id', 'name'].includes(name))!.localName
    : undefined;

/** Fields that a message needs beside the id of what it names. */
const REQUIRED: Record<string, object> = {
  'Replays.CreateReplay': { since: new Date().toISOString() },
  'Events.CreateErasure': { email: 'nobody@example.com' },
};

/** One of everything that has an id, by the service or the RPC that takes it. */
async function makeThings(accountId: string, api: Api): Promise<Record<string, string>> {
  receiver.answer = answerWith(500);
  const since = new Date(Date.now() - 60_000).toISOString();
  const webhook = await api.createWebhook({
    url: receiver.url,
    secret: 'to-be-kept',
    retry_policy: { max_retries: 0 },
    auto_pause: { after_failures: 1, action: 'pause' },
  });
  const { id: keyId } = await api.made<{ id: string }>('/api-keys', { name: 'x', scopes: ['*'] });
  const { id: replayId } = await api.made<{ id: string }>(`/webhooks/${webhook.id}/replays`, { since });
  const { id: inboundId } = await api.made<{ id: string }>('/inbound-webhooks', { name: 'x', event: 'lead.created' });
  await api.made('/event-types', { name: 'rocket.launched', category: 'Rockets', description: '' });
  const { id: erasureId } = await api.made<{ id: string }>('/erasures', { email: 'nobody@example.com' });
  await platform.publish(accountId, 'deal.won', { data: {} }, { id: 'mine' });
  await platform.publish(accountId, 'nothing.known', { data: {} }, { id: 'bad' });
  const first = async (path: string): Promise<string> => {
    const { body } = await api.get<Page<{ id: string }>>(path);
    expect(body.data).not.toEqual([]);
    return body.data[0]!.id;
  };
  return eventually(async () => ({
    Webhooks: webhook.id,
    'Deliveries.ListDeliveries': webhook.id,
    Deliveries: await first(`/webhooks/${webhook.id}/deliveries?status=failed`),
    Replays: replayId,
    'Replays.CreateReplay': webhook.id,
    'Replays.ListReplays': webhook.id,
    Events: 'mine',
    'Events.GetErasure': erasureId,
    'Events.GetRejectedEvent': await first('/rejected-events'),
    'Events.ResendRejectedEvent': await first('/rejected-events'),
    InboundWebhooks: inboundId,
    ApiKeys: keyId,
    EventTypes: 'rocket.launched',
    Notifications: await first('/notifications?unread=true'),
  }));
}

describe('the API over HTTP and over gRPC', () => {
  it('has an RPC for each operation, and an operation for each RPC', () => {
    const operations = routes.map(({ operation }) => operation.operationId);
    const rpcs = apiMethods.map(({ localName }) => localName);
    expect([...rpcs, ...HTTP_ONLY].toSorted()).toEqual([...operations, ...GRPC_ONLY].toSorted());
  });

  it('refuses every RPC without a key, before it looks at the message', async () => {
    for (const one of apiMethods) {
      for (const key of [null, 'rubbish', `tdk_${'x'.repeat(12)}_${'x'.repeat(43)}`]) {
        const failure = await failureOf(grpcCall(platform.grpc, one, {}, key));
        expect([nameOf(one), Code[failure.code], problemIn(failure).code]).toEqual([
          nameOf(one),
          'Unauthenticated',
          'unauthorized',
        ]);
      }
    }
  });

  it('finds nothing of another account in any RPC', async () => {
    const { account, api: one } = await platform.operator.createAccount('standard');
    const { api: other } = await platform.operator.createAccount('standard');
    const things = await makeThings(account.id, one);
    for (const rpc of apiMethods) {
      const field = pathField(rpc);
      if (field === undefined) continue;
      const id = things[nameOf(rpc)] ?? things[rpc.parent.name] ?? account.id;
      const failure = await failureOf(grpcCall(platform.grpc, rpc, { ...REQUIRED[nameOf(rpc)], [field]: id }, other.key));
      // The operator's services are closed to it as a whole.
      const expected = rpc.parent.name === 'Accounts' ? 'PermissionDenied' : 'NotFound';
      expect([nameOf(rpc), Code[failure.code]]).toEqual([nameOf(rpc), expected]);
      const unknown = await failureOf(
        grpcCall(platform.grpc, rpc, { ...REQUIRED[nameOf(rpc)], [field]: 'no such id!' }, other.key),
      );
      expect([nameOf(rpc), Code[unknown.code]]).toEqual([nameOf(rpc), expected]);
    }
    // They are all still there, as they were.
    for (const rpc of ['Webhooks.GetWebhook', 'Deliveries.GetDelivery', 'Events.GetEvent', 'Events.GetRejectedEvent'])
      await grpcCall(platform.grpc, method(rpc), { id: things[rpc] ?? things[method(rpc).parent.name] }, one.key);
    expect((await one.get<{ status: string; secret_last4: string }>(`/webhooks/${things['Webhooks']}`)).body).toMatchObject({
      status: 'paused',
      secret_last4: 'kept',
    });
    const lists = await Promise.all(['/api-keys', '/notifications?unread=true', '/event-types'].map((path) => one.get(path)));
    const listed = JSON.stringify(lists.map(({ body }) => body));
    for (const name of ['ApiKeys', 'Notifications', 'EventTypes']) expect(listed).toContain(`"${things[name]}"`);
  });

  it('needs the same scope for the same operation', async () => {
    const { api } = await platform.operator.createAccount('standard');
    const { scopes: all } = (document.components['schemas']!['CreateApiKeyDto'] as { properties: { scopes: Schema } }).properties;
    const keys = new Map<string, Promise<{ key: string }>>();
    const keyOf = async (scopes: unknown[]): Promise<string> => {
      const name = scopes.join();
      if (name === 'operator') return platform.operator.key;
      keys.set(name, keys.get(name) ?? api.made('/api-keys', { name: 'x', scopes }));
      return (await keys.get(name)!).key;
    };
    for (const rpc of apiMethods) {
      // None: any key of an account.
      const needed = routeOf(rpc).operation.security[0]!.bearer![0] ?? 'events:read';
      const isForAnyKey = routeOf(rpc).operation.security[0]!.bearer!.length === 0;
      const others = all.items!.enum!.filter(
        (scope) => !['*', needed, needed.replace(':read', ':write')].includes(String(scope)),
      );
      const field = pathField(rpc);
      const isClosedTo = async (key: string): Promise<boolean> => {
        const call = grpcCall(platform.grpc, rpc, field ? { [field]: 'none' } : {}, key);
        return call.then(
          () => false,
          (error: unknown) => ConnectError.from(error).code === Code.PermissionDenied,
        );
      };
      const other = needed === 'operator' ? api.key : platform.operator.key;
      const closed = [await keyOf(others), other, await keyOf([needed])].map(isClosedTo);
      expect([nameOf(rpc), ...(await Promise.all(closed))]).toEqual([nameOf(rpc), !isForAnyKey, true, false]);
    }
  });

  type BadInput = readonly [route: string, rpc: string, body: object, message: object];
  const webhook = (change: object, inMessage = change): BadInput => [
    'POST /webhooks',
    'Webhooks.CreateWebhook',
    { ...good, ...change },
    { ...good, ...inMessage },
  ];
  const filter = { path: 'data.x', op: 'resembles', value: 1 };
  const bad: Record<string, BadInput> = {
    'no fields': ['POST /webhooks', 'Webhooks.CreateWebhook', {}, {}],
    'a private address': webhook({ url: 'http://10.0.0.1/' }),
    'two fields': webhook({ url: 'x'.repeat(5_000), name: 'x'.repeat(201) }),
    NUL: webhook({ name: 'a\u0000b' }),
    'elements of a list': webhook({ events: ['rocket.launched', 'deal.won', 'boat.sunk'] }),
    'a value of a map': webhook({ headers: { Host: 'evil.example' } }),
    'a number': webhook({ max_concurrency: 65 }, { maxConcurrency: 65 }),
    'a path': webhook(
      { data_fields: ['data.a', 'a'], masked_fields: ['data'] },
      { dataFields: { paths: ['data.a', 'a'] }, maskedFields: { paths: ['data'] } },
    ),
    'a policy': webhook(
      { retry_policy: { timeout_seconds: 61, max_retries: 11, intervals_seconds: [0] } },
      { retryPolicy: { timeoutSeconds: 61, maxRetries: 11, intervalsSeconds: [0] } },
    ),
    'an unknown choice': webhook({ auto_pause: { action: 'explode' } }, { autoPause: { action: 'explode' } }),
    'a filter': webhook({ filter }, { filterJson: JSON.stringify(filter) }),
    'an unsaved webhook': ['POST /webhooks/test', 'Webhooks.TestUnsavedWebhook', { event: '' }, { event: '' }],
    'a page': ['GET /webhooks?limit=0&status=none,active', 'Webhooks.ListWebhooks', {}, { limit: 0, status: ['none', 'active'] }],
    'a cursor': ['GET /webhooks?cursor=rubbish', 'Webhooks.ListWebhooks', {}, { cursor: 'rubbish' }],
    'a boolean': [
      'GET /notifications?limit=101&unread=true',
      'Notifications.ListNotifications',
      {},
      { limit: 101, unread: true },
    ],
    scopes: ['POST /api-keys', 'ApiKeys.CreateApiKey', { name: 'x', scopes: ['all'] }, { name: 'x', scopes: ['all'] }],
    'an event type': ['POST /event-types', 'EventTypes.CreateEventType', { name: 'A' }, { name: 'A' }],
    'an event': ['POST /events', 'Events.PublishEvent', { event: 'Deal', id: '!' }, { event: 'Deal', id: '!' }],
    'one of two events': [
      'POST /events',
      'Events.PublishEvents',
      [{ event: 'deal.won', data: {} }, { event: 'deal.won' }],
      { events: [{ event: 'deal.won', dataJson: '{}' }, { event: 'deal.won' }] },
    ],
  };
  it.each(Object.entries(bad))('describes bad input alike: %s', async (_name, [route, rpc, body, message]) => {
    const { api } = await platform.operator.createAccount('standard');
    const [verb = '', path = ''] = route.split(' ');
    const answer = await api.call<{ code: string }>(verb, path, verb === 'POST' ? body : undefined);
    const failure = await failureOf(grpcCall(platform.grpc, method(rpc), message, api.key));
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(problemIn(failure)).toEqual(answer.body);
    expect(failure.code).toBe(Code.InvalidArgument);
  });
});

describe('a failure', () => {
  it("has google.rpc's details: the code, the fields and when to try again", async () => {
    const { api } = await platform.operator.createAccount('standard', 'standard');
    const webhooks = grpcClient(platform.grpc, Webhooks, { key: api.key });
    const message = { ...good, events: ['rocket.launched'], retryPolicy: { timeoutSeconds: 61 } };
    const invalid = await failureOf(webhooks.createWebhook(message));
    expect(invalid.findDetails(ErrorInfoSchema)).toMatchObject([{ reason: 'validation_failed', domain: 'tidings.dev' }]);
    expect(invalid.findDetails(BadRequestSchema)[0]!.fieldViolations).toMatchObject([
      { field: 'retry_policy.timeout_seconds', description: 'must be from 5 to 60' },
    ]);
    const pointed = await failureOf(webhooks.createWebhook({ ...good, events: ['rocket.launched'] }));
    expect(pointed.findDetails(BadRequestSchema)[0]!.fieldViolations).toMatchObject([{ field: 'events[0]' }]);
    // A minute may end in between.
    let limited = invalid;
    for (let n = 0; n < 205 && limited.code !== Code.ResourceExhausted; n++)
      limited = await failureOf(webhooks.getWebhook({ id: 'none' }));
    expect([limited.code, problemIn(limited).code]).toEqual([Code.ResourceExhausted, 'rate_limited']);
    expect(limited.findDetails(RetryInfoSchema)[0]!.retryDelay!.seconds).toBeGreaterThan(0n);
    expect(limited.metadata.get('x-ratelimit-remaining')).toBe('0');
  });

  it('fits into the metadata that clients accept, however many fields are wrong', async () => {
    const { api } = await platform.operator.createAccount('standard');
    const events = Array.from({ length: 100 }, (_, n) => `rocket.${'x'.repeat(100)}_${n}`);
    const headers = Object.fromEntries(Array.from({ length: 15 }, (_, n) => ['ü'.repeat(100) + String(n), 'x']));
    for (const wrong of [{ events }, { headers }]) {
      const failure = await failureOf(grpcClient(platform.grpc, Webhooks, { key: api.key }).createWebhook({ ...good, ...wrong }));
      expect(problemIn(failure).errors!.length).toBeGreaterThan(1);
      const bytes = [...failure.metadata].reduce((sum, [name, value]) => sum + name.length + value.length + 32, 0);
      expect(bytes).toBeLessThan(8_192);
    }
  });
});

describe('a call', () => {
  it('says how many requests its key has left', async () => {
    const { api } = await platform.operator.createAccount('standard', 'professional');
    const heard: Headers[] = [];
    const onHeader = (headers: Headers): void => void heard.push(headers);
    const webhooks = grpcClient(platform.grpc, Webhooks, { key: api.key });
    for (let n = 0; n < 2; n++) await webhooks.listWebhooks({}, { onHeader });
    const [first, second] = heard.map((headers) => Number(headers.get('x-ratelimit-remaining')));
    expect(heard[0]!.get('x-ratelimit-limit')).toBe('300');
    // The minute may have ended in between.
    expect([first! - 1, 299]).toContain(second);
    expect(Number(heard[0]!.get('x-ratelimit-reset'))).toBeLessThanOrEqual(60);
  });

  // The server's own clock: the client sends the deadline, and waits without one.
  const deadline = (ms: number) => ({ headers: { 'grpc-timeout': `${ms}m` }, timeoutMs: 0 });

  it('ends at its deadline, whatever it waits for', async () => {
    const { api } = await platform.operator.createAccount('standard');
    const webhooks = grpcClient(platform.grpc, Webhooks, { key: api.key });
    receiver.answer = () => undefined;
    const { id } = await api.createWebhook({ url: receiver.url, events: ['deal.won'], retry_policy: { timeout_seconds: 5 } });
    const startedAtMs = Date.now();
    const failure = await failureOf(webhooks.testWebhook({ id }, deadline(400)));
    expect([failure.code, Date.now() - startedAtMs < 3_000]).toEqual([Code.DeadlineExceeded, true]);
    expect((await webhooks.getWebhook({ id })).webhook?.id).toBe(id);
  });

  it('changes nothing when its deadline passes before it is admitted', async () => {
    const { api } = await platform.operator.createAccount('standard');
    const webhooks = grpcClient(platform.grpc, Webhooks, { key: api.key });
    const { pid } = platform.service('subscriptions').process!;
    process.kill(pid!, 'SIGSTOP');
    const failure = await failureOf(webhooks.createWebhook({ ...good, name: 'Late' }, deadline(200)));
    process.kill(pid!, 'SIGCONT');
    expect(failure.code).toBe(Code.DeadlineExceeded);
    await webhooks.createWebhook({ ...good, name: 'In time' });
    expect((await webhooks.listWebhooks({})).webhooks.map(({ name }) => name)).toEqual(['In time']);
  });

  it('takes its trace on to the receiver', async () => {
    const { api } = await platform.operator.createAccount('standard');
    receiver.answer = answerWith(200);
    await api.createWebhook({ url: receiver.urlOf('/traced') });
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const events = grpcClient(platform.grpc, Events, { key: api.key });
    await events.publishEvent({ event: 'deal.won', dataJson: '{}' }, { headers: { traceparent } });
    await eventually(() => expect(receiver.at('/traced')[0]?.headers['traceparent']).toContain('a'.repeat(32)));
  });
});

it.each([
  ['v1', ServerReflection],
  ['v1alpha', ServerReflectionAlpha],
] as const)('reflection %s tells of every service and its messages', async (_version, service) => {
  const reflection = grpcClient(platform.grpc, service, { key: null });
  const names = apiServices.map(({ typeName }) => typeName);
  const requests = [
    { messageRequest: { case: 'listServices' as const, value: '' } },
    ...names.map((value) => ({ messageRequest: { case: 'fileContainingSymbol' as const, value } })),
  ];
  const answers = [];
  const stream = reflection.serverReflectionInfo(
    (async function* () {
      yield* requests;
    })(),
  );
  for await (const { messageResponse } of stream) answers.push(messageResponse);
  const listed = answers[0]!.case === 'listServicesResponse' ? answers[0]!.value.service.map(({ name }) => name) : [];
  expect(listed.toSorted()).toEqual([...names, 'grpc.health.v1.Health'].toSorted());
  for (const [index, { typeName, methods }] of apiServices.entries()) {
    const { case: kind, value } = answers[index + 1]!;
    if (kind !== 'fileDescriptorResponse') throw new Error(`${typeName} was answered ${kind}`);
    const files = value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
    const told = files.flatMap((file) =>
      file.service.map((one) => [`${file.package}.${one.name}`, one.method.map(({ name }) => name)]),
    );
    expect(told).toContainEqual([typeName, methods.map(({ name }) => name)]);
  }
});

it('the health of the whole and of each service equals /health/ready', async () => {
  const health = grpcClient(platform.grpc, Health, { key: null });
  const expectAll = (status: Serving) =>
    eventually(async () => {
      for (const name of ['', 'tidings.v1', ...apiServices.map(({ typeName }) => typeName)])
        expect([name, (await health.check({ service: name })).status]).toEqual([name, status]);
    });
  await expectAll(Serving.SERVING);
  expect((await failureOf(health.check({ service: 'tidings.v1.Nothing' }))).code).toBe(Code.NotFound);
  await platform.service('subscriptions').kill();
  await expectAll(Serving.NOT_SERVING);
  platform.service('subscriptions').start();
  await platform.service('subscriptions').ready();
  await expectAll(Serving.SERVING);
});

it('a stopping gateway answers the calls in flight', async () => {
  const { api } = await platform.operator.createAccount('standard');
  const { id } = await api.createWebhook({ url: receiver.urlOf('/slow'), events: ['deal.won'] });
  let answer = (): void => undefined;
  receiver.answer = (_request, response) => void (answer = () => response.writeHead(200).end());
  const call = grpcClient(platform.grpc, Webhooks, { key: api.key }).testWebhook({ id });
  await eventually(() => expect(receiver.at('/slow')).toHaveLength(1));
  const gateway = platform.service('gateway');
  const stopped = gateway.stop();
  await eventually(async () => expect((await fetch(gateway.readyUrl)).status).toBe(503));
  answer();
  expect((await call).results).toMatchObject([{ success: true }]);
  await stopped;
});
