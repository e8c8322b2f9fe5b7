import type { DescMethod, DescService } from '@bufbuild/protobuf';
import { Code, type Client } from '@connectrpc/connect';
import { jest } from '@jest/globals';
import type { AuditEntryView } from '#libs/api/src/audit.dto';
import type { Page } from '#libs/api/src/page.dto';
import type { ReplayView } from '#libs/api/src/replay.dto';
import type { CreateWebhookDto } from '#libs/api/src/webhook.dto';
import { AccountSchema, Accounts } from '../generated/tidings/v1/accounts_pb.js';
import { ApiKeys, ApiKeySchema } from '../generated/tidings/v1/api_keys_pb.js';
import { AuditEntrySchema, AuditLog } from '../generated/tidings/v1/audit_log_pb.js';
import { Deliveries, DeliverySchema, GetDeliveryResponseSchema } from '../generated/tidings/v1/deliveries_pb.js';
import { EventTypes, EventTypeSchema } from '../generated/tidings/v1/event_types_pb.js';
import {
  ErasureSchema,
  Events,
  EventSchema,
  ExplainEventResponseSchema,
  RejectedEventSchema,
} from '../generated/tidings/v1/events_pb.js';
import { InboundWebhooks, InboundWebhookSchema } from '../generated/tidings/v1/inbound_webhooks_pb.js';
import { Notifications, NotificationSchema } from '../generated/tidings/v1/notifications_pb.js';
import { ReplayPreviewSchema, Replays, ReplaySchema } from '../generated/tidings/v1/replays_pb.js';
import {
  GetAccountStatsResponseSchema,
  GetWebhookStatsResponseSchema,
  Webhooks,
  WebhookSchema,
} from '../generated/tidings/v1/webhooks_pb.js';
import type { Api } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { apiMethods, asHttp, failureOf, grpcClient, nameOf, problemIn, withoutNulls } from '../support/grpc.js';
import { Platform } from '../support/platform.js';
import { answerWith, Receiver } from '../support/receiver.js';

jest.setTimeout(60_000);

let platform: Platform;
let receiver: Receiver;
const answered = new Set<string>();

beforeAll(async () => {
  platform = await Platform.start({ env: { TIDINGS_IP_ADDRESSES: '203.0.113.7, 203.0.113.8' } });
  receiver = await Receiver.start();
});

afterAll(async () => {
  await receiver.stop();
  await platform.stop();
});

function client<S extends DescService>(service: S, { key }: { key: string }): Client<S> {
  return grpcClient(platform.grpc, service, { key, onAnswer: (method: DescMethod) => answered.add(nameOf(method)) });
}

/** What HTTP answers of the same resource. */
async function overHttp(api: Api, path: string): Promise<unknown> {
  const { status, body } = await api.get<object>(path);
  expect([path, status]).toEqual([path, 200]);
  return withoutNulls(body);
}

async function inFirst<T>(list: () => Promise<T[]>): Promise<T> {
  return eventually(async () => {
    const [first] = await list();
    expect(first).toBeDefined();
    return first!;
  });
}

describe('accounts and keys', () => {
  it('are made, listed, changed and ended by the operator and by the account', async () => {
    const accounts = client(Accounts, platform.operator);
    const { account, apiKey } = await accounts.createAccount({
      name: 'Over gRPC',
      profile: 'standard',
      plan: 'enterprise',
      logDays: 14,
    });
    const id = account!.id;
    expect(asHttp(AccountSchema, account)).toEqual(await overHttp(platform.operator, `/accounts/${id}`));
    expect((await accounts.listAccounts({ limit: 1 })).accounts).toMatchObject([{ id, name: 'Over gRPC' }]);
    await accounts.updateAccount({ id, schemaMode: 'warn', logDays: 7 });
    expect((await accounts.getAccount({ id })).account).toMatchObject({ plan: 'enterprise', schemaMode: 'warn', logDays: 7 });

    const keys = client(ApiKeys, { key: apiKey });
    const made = await keys.createApiKey({ name: 'Reader', scopes: ['webhooks:read'], expiresAt: '2126-01-01T00:00:00Z' });
    const reader = client(Webhooks, { key: made.key });
    expect((await reader.listWebhooks({})).webhooks).toEqual([]);
    const listed = await keys.listApiKeys({});
    expect(listed.apiKeys.map(({ name }) => name)).toEqual(['Reader', 'First key']);
    expect(asHttp(ApiKeySchema, listed.apiKeys[0])).toMatchObject({
      scopes: ['webhooks:read'],
      expires_at: '2126-01-01T00:00:00.000Z',
    });
    await keys.deleteApiKey({ id: made.apiKey!.id });
    expect((await failureOf(reader.listWebhooks({}))).code).toBe(Code.Unauthenticated);

    await accounts.deleteAccount({ id });
    expect(problemIn(await failureOf(accounts.getAccount({ id }))).code).toBe('account_not_found');
    expect((await failureOf(keys.listApiKeys({}))).code).toBe(Code.Unauthenticated);
  });
});

describe('webhooks', () => {
  it('are made, listed, changed, paused, resumed and deleted, and are what HTTP shows', async () => {
    const { api } = await platform.operator.createAccount('standard');
    const webhooks = client(Webhooks, api);
    const { webhook, secret } = await webhooks.createWebhook({
      name: 'ERP Sync',
      url: receiver.url,
      events: ['deal.*', 'contact.created'],
      headers: { 'X-Token': 'a-long-secret-token' },
      filterJson: '{"path":"data.amount","op":"gt","value":1}',
      retryPolicy: { maxRetries: 2, intervalsSeconds: [5, 60.5], jitter: 0 },
      autoPause: { afterFailures: 3, action: 'pause' },
      maxConcurrency: 4,
      dataFields: { paths: [] },
      maskedFields: { paths: ['data.contact.email', 'data.amount'] },
    });
    const id = webhook!.id;
    expect(secret).toMatch(/^whsec_/);
    expect(asHttp(WebhookSchema, webhook)).toEqual(await overHttp(api, `/webhooks/${id}`));
    expect(await webhooks.getWebhook({ id })).toMatchObject({ webhook: { retryPolicy: { intervalsSeconds: [5, 60.5] } } });
    expect((await api.get(`/webhooks/${id}`)).body).toMatchObject({
      data_fields: [],
      masked_fields: ['data.contact.email', 'data.amount'],
    });

    const { webhook: changed } = await webhooks.updateWebhook({
      id,
      name: 'ERP',
      secret: 'another-secret',
      retryPolicy: { jitter: 1 },
    });
    expect(changed).toMatchObject({
      name: 'ERP',
      secretLast4: 'cret',
      maxConcurrency: 4,
      retryPolicy: { maxRetries: 2, jitter: 1 },
    });
    expect((await webhooks.pauseWebhook({ id })).webhook?.status).toBe('paused');
    await webhooks.createWebhook({ name: 'Other', url: receiver.url, events: ['*'] });
    const paused = await webhooks.listWebhooks({ status: ['paused', 'disabled'], limit: 10 });
    expect(paused).toMatchObject({ webhooks: [{ id }] });
    expect(paused.nextCursor).toBeUndefined();
    const page = await webhooks.listWebhooks({ limit: 1 });
    expect((await webhooks.listWebhooks({ limit: 1, cursor: page.nextCursor! })).webhooks).toMatchObject([{ id }]);
    expect((await webhooks.resumeWebhook({ id, ratePerSecond: 5 })).webhook?.status).toBe('active');
    const rotated = await webhooks.rotateSecret({ id, overlapSeconds: 60 });
    expect(rotated.webhook?.secretLast4).toBe(rotated.secret.slice(-4));
    expect((await webhooks.listIpAddresses({})).ipAddresses).toEqual(['203.0.113.7', '203.0.113.8']);
    await webhooks.deleteWebhook({ id });
    expect(problemIn(await failureOf(webhooks.getWebhook({ id }))).code).toBe('webhook_not_found');
  });

  it('are tried, saved and not saved', async () => {
    const { api } = await platform.operator.createAccount('standard');
    const webhooks = client(Webhooks, api);
    receiver.answer = answerWith(200);
    const unsaved = await webhooks.testUnsavedWebhook({ name: 'x', url: receiver.url, events: ['deal.*'], event: 'deal.won' });
    expect(unsaved.results).toMatchObject([{ event: 'deal.won', success: true, statusCode: 200, message: 'HTTP 200 OK' }]);
    expect((await webhooks.listWebhooks({})).webhooks).toEqual([]);
    const { id } = await api.createWebhook({ url: receiver.url, events: ['deal.won'] });
    receiver.answer = answerWith(500);
    expect((await webhooks.testWebhook({ id })).results).toMatchObject([
      { success: false, statusCode: 500, message: 'Failed: 500' },
    ]);
  });

  it('are tried on an event before they are saved', async () => {
    const { api } = await platform.operator.createAccount('standard');
    const preview = { events: ['deal.*'], filterJson: '{"path":"data.amount","op":"gte","value":1000}', event: 'deal.won' };
    const refused = await client(Webhooks, api).previewWebhook({ ...preview, dataJson: '{"amount":250}' });
    expect(refused).toMatchObject({
      matches: false,
      subscribed: true,
      pattern: 'deal.*',
      filter: {
        passes: false,
        because: 'data.amount gte 1000 failed with 250',
        clauses: [{ pointer: '/filter', actualJson: '250' }],
      },
    });
    expect((await client(Webhooks, api).previewWebhook({ ...preview, dataJson: '{"amount":1000}' })).matches).toBe(true);
  });

  it('lose by an update mask what it names and what was not sent, and nothing else', async () => {
    const { api } = await platform.operator.createAccount('standard');
    const webhooks = client(Webhooks, api);
    const full: Partial<CreateWebhookDto> = {
      description: 'All of it',
      headers: { 'X-Token': 'a-long-secret-token' },
      filter: { path: 'data.amount', op: 'gt', value: 1 },
      retry_policy: { max_retries: 3, intervals_seconds: [1, 2, 3], timeout_seconds: 7 },
      auto_pause: { after_failures: 3, action: 'pause' },
      max_concurrency: 4,
      rate_per_second: 5,
      data_fields: ['data.amount'],
      masked_fields: [],
    };
    const { id } = await api.createWebhook({ url: receiver.url, ...full });
    const takenAway = [
      'description',
      'headers',
      'filter_json',
      'auto_pause',
      'max_concurrency',
      'rate_per_second',
      'data_fields',
      'masked_fields',
    ];
    const { webhook: bare } = await webhooks.updateWebhook({ id, name: 'Ignored', updateMask: { paths: takenAway } });
    const patched = await api.createWebhook({ url: receiver.url, ...full });
    const nulls = {
      description: null,
      headers: {},
      filter: null,
      auto_pause: null,
      max_concurrency: null,
      rate_per_second: null,
      data_fields: null,
      masked_fields: null,
    };
    const { body } = await api.call<object>('PATCH', `/webhooks/${patched.id}`, nulls);
    const own = { id: '', created_at: '', updated_at: '', secret_last4: '' };
    expect({ ...asHttp(WebhookSchema, bare), ...own }).toEqual({ ...withoutNulls(body), ...own });

    const policy = await webhooks.updateWebhook({
      id,
      name: 'Named',
      retryPolicy: { timeoutSeconds: 9, maxRetries: 9 },
      updateMask: { paths: ['name', 'retry_policy.timeout_seconds'] },
    });
    expect(policy.webhook).toMatchObject({ name: 'Named', retryPolicy: { timeoutSeconds: 9, maxRetries: 3 } });
    const none = await webhooks.updateWebhook({ id, updateMask: { paths: ['retry_policy.intervals_seconds'] } });
    expect(none.webhook?.retryPolicy).toMatchObject({ maxRetries: 0, intervalsSeconds: [] });
    const refused = {
      name: '/name',
      method: '/method',
      events: '/events',
      filter: '/filter',
      colour: '/colour',
      'name.x': '/name',
    };
    for (const [path, pointer] of Object.entries(refused)) {
      const problem = problemIn(await failureOf(webhooks.updateWebhook({ id, updateMask: { paths: [path] } })));
      expect([path, problem.errors?.[0]?.pointer]).toEqual([path, pointer]);
    }
  });
});

describe('events', () => {
  it('are published one by one and many at once, with their bytes, and are what HTTP shows', async () => {
    const { api } = await platform.operator.createAccount('asan');
    const events = client(Events, api);
    const { id: webhookId } = await api.createWebhook({ url: receiver.url });
    receiver.answer = answerWith(200);
    const event = { id: 'one', event: 'lead.created', dataJson: '{"lead_id":2,"amount":1.10}', key: 'lead:2' };
    expect(await events.publishEvent(event)).toMatchObject({ id: 'one', event: 'lead.created', duplicate: false });
    const { receipts } = await events.publishEvents({ events: [{ ...event, id: 'two' }, event] });
    expect(receipts.map(({ id, duplicate }) => [id, duplicate])).toEqual([
      ['two', false],
      ['one', true],
    ]);

    const deliveries = client(Deliveries, api);
    const one = await inFirst(async () => {
      const page = await deliveries.listDeliveries({ webhookId, status: ['success', 'failed'], search: 'one' });
      return page.deliveries;
    });
    const detail = await deliveries.getDelivery({ id: one.id });
    expect(detail.payload).toContain('"data":{"lead_id":2,"amount":1.10}}');
    const { delivery, ...rest } = asHttp(GetDeliveryResponseSchema, detail) as { delivery: object };
    expect({ ...delivery, ...rest }).toEqual(await overHttp(api, `/deliveries/${one.id}`));
    const stored = await events.getEvent({ id: 'one' });
    expect({ ...asHttp(EventSchema, stored.event), deliveries: [expect.objectContaining({ id: one.id })] }).toEqual(
      await overHttp(api, '/events/one'),
    );
    expect(stored.deliveries).toMatchObject([{ id: one.id, webhookId, status: 'success' }]);
    const explained = await events.explainEvent({ id: 'one', webhookId });
    expect(explained.webhooks.map(({ outcome, steps }) => [outcome, steps.at(-1)?.what])).toEqual([['delivered', 'succeeded']]);
    expect(asHttp(ExplainEventResponseSchema, explained)).toEqual(
      await overHttp(api, `/events/one/explain?webhook_id=${webhookId}`),
    );
  });

  it('over a message of a megabyte are taken together, and data is one JSON value', async () => {
    const { api } = await platform.operator.createAccount('standard');
    const events = client(Events, api);
    const dataJson = JSON.stringify({ text: 'x'.repeat(200_000) });
    const many = await events.publishEvents({ events: Array.from({ length: 8 }, () => ({ event: 'deal.won', dataJson })) });
    expect(many.receipts).toHaveLength(8);
    const spliced = events.publishEvents({ events: [{ event: 'deal.won', dataJson: '{}},{"event":"deal.won","data":{}' }] });
    expect(problemIn(await failureOf(spliced)).errors).toEqual([{ pointer: '/data_json', detail: 'is not valid JSON' }]);
  });

  it('that were refused over NATS are listed and read', async () => {
    const { account, api } = await platform.operator.createAccount('standard');
    const events = client(Events, api);
    await platform.publish(account.id, 'rocket.launched', '{"data":{}}', { id: 'bad' });
    const rejected = await inFirst(async () => (await events.listRejectedEvents({})).rejectedEvents);
    const read = await events.getRejectedEvent({ id: rejected.id });
    expect({ ...asHttp(RejectedEventSchema, read.rejectedEvent), body: read.body }).toEqual(
      await overHttp(api, `/rejected-events/${rejected.id}`),
    );
    expect(read).toMatchObject({ rejectedEvent: { code: 'unknown_event_type' }, body: '{"data":{}}' });
  });

  it('that were refused are sent again as they came, or edited', async () => {
    const { account, api } = await platform.operator.createAccount('standard');
    const events = client(Events, api);
    await platform.publish(account.id, 'deal.won', '{"data":1}', { id: 'bad' });
    const { id } = await inFirst(async () => (await events.listRejectedEvents({})).rejectedEvents);
    expect(problemIn(await failureOf(events.resendRejectedEvent({ id }))).code).toBe('invalid_event');
    const receipt = await events.resendRejectedEvent({ id, body: '{"data":{"amount":1.10}}' });
    expect(receipt).toMatchObject({ event: 'deal.won', duplicate: false });
    await eventually(async () => {
      const { rejectedEvent } = await events.getRejectedEvent({ id });
      expect(rejectedEvent).toMatchObject({ resentAs: receipt.id, resentAt: expect.any(String) });
    });
  });

  it('are made of what others post', async () => {
    const { api } = await platform.operator.createAccount('standard');
    const inbound = client(InboundWebhooks, api);
    const { inboundWebhook: made } = await inbound.createInboundWebhook({
      name: 'Form',
      event: 'lead.created',
      verification: { scheme: 'hex', header: 'X-Signature', secret: 'a-long-secret' },
      mappingJson: '{"id":"event.id"}',
    });
    const id = made!.id;
    expect(made).toMatchObject({ verification: { scheme: 'hex', header: 'X-Signature' }, mappingJson: '{"id":"event.id"}' });
    expect(made!.verification!.secret).toBeUndefined();
    const paths = ['verification', 'mapping_json'];
    const { inboundWebhook: open } = await inbound.updateInboundWebhook({ id, updateMask: { paths } });
    expect([open!.verification, open!.mappingJson]).toEqual([undefined, undefined]);
    const posted = await fetch(made!.url, { method: 'POST', body: '{"name":"Jane"}' });
    expect(posted.status).toBe(202);
    const { id: eventId } = (await posted.json()) as { id: string };
    await eventually(async () =>
      expect(await client(Events, api).getEvent({ id: eventId })).toMatchObject({ event: { event: 'lead.created' } }),
    );
    const read = await inbound.getInboundWebhook({ id });
    expect(asHttp(InboundWebhookSchema, read.inboundWebhook)).toEqual(await overHttp(api, `/inbound-webhooks/${id}`));
    expect((await inbound.listInboundWebhooks({})).inboundWebhooks).toMatchObject([{ id }]);
    await inbound.deleteInboundWebhook({ id });
    expect((await fetch(made!.url, { method: 'POST', body: '{}' })).status).toBe(404);
  });

  it('have types, of the catalog and of their own', async () => {
    const { api } = await platform.operator.createAccount('standard');
    const types = client(EventTypes, api);
    const name = 'rocket.launched';
    const schemaJson = '{"type":"object","required":["rocket_id"]}';
    const made = await types.createEventType({
      name,
      category: 'Rockets',
      description: '',
      schemaJson,
      sampleJson: '{"rocket_id":1}',
    });
    expect(made.eventType).toMatchObject({ name, isOwn: true });
    const changed = await types.updateEventType({
      name,
      category: 'Launches',
      updateMask: { paths: ['category', 'schema_json'] },
    });
    expect(changed.eventType).toMatchObject({ category: 'Launches', sampleJson: '{"rocket_id":1}' });
    expect(changed.eventType?.schemaJson).toBeUndefined();
    const { data } = (await api.get<Page<object>>('/event-types')).body;
    const { eventTypes } = await types.listEventTypes({});
    expect(eventTypes.map((type) => asHttp(EventTypeSchema, type))).toEqual(data.map(withoutNulls));
    await types.deleteEventType({ name });
    expect(problemIn(await failureOf(types.deleteEventType({ name }))).code).toBe('event_type_not_found');
  });
});

it('deliveries are retried and cancelled by hand, counted, and told of in notifications', async () => {
  const { api } = await platform.operator.createAccount('standard');
  receiver.answer = answerWith(500);
  const { id: webhookId } = await api.createWebhook({
    url: receiver.url,
    retry_policy: { max_retries: 1, intervals_seconds: [600] },
    auto_pause: { after_failures: 2, action: 'pause' },
  });
  await client(Events, api).publishEvent({ event: 'deal.won', dataJson: '{}' });
  const deliveries = client(Deliveries, api);
  const waiting = async () => (await deliveries.listDeliveries({ webhookId, status: ['pending_retry'] })).deliveries;
  const { id } = await inFirst(waiting);
  const retried = await deliveries.retryDelivery({ id });
  expect(asHttp(DeliverySchema, retried.delivery)).toMatchObject({ id, status: 'pending_retry' });
  await eventually(async () => expect((await deliveries.getDelivery({ id })).attempts).toHaveLength(2));
  await inFirst(waiting);

  const notifications = client(Notifications, api);
  const paused = await inFirst(async () => {
    const page = await notifications.listNotifications({ unread: true });
    return page.notifications.filter(({ type }) => type === 'webhook.paused');
  });
  const { notification } = await notifications.markNotificationRead({ id: paused.id });
  const { body } = await api.get<Page<{ id: string }>>('/notifications');
  expect(asHttp(NotificationSchema, notification)).toEqual(withoutNulls(body.data.find((one) => one.id === paused.id)!));
  expect((await notifications.listNotifications({ unread: true })).notifications.map((one) => one.id)).not.toContain(paused.id);

  await deliveries.cancelDelivery({ id });
  await eventually(async () => expect((await deliveries.getDelivery({ id })).delivery?.status).toBe('cancelled'));
  const [since, until] = [-60_000, 60_000].map((ms) => new Date(Date.now() + ms).toISOString());
  const range = `since=${since}&until=${until}&interval=day`;
  const stats = await client(Webhooks, api).getWebhookStats({ id: webhookId, since, until, interval: 'day' });
  expect(stats).toMatchObject({ cancelled: 1, pendingRetry: 0 });
  expect(asHttp(GetWebhookStatsResponseSchema, stats)).toEqual(await overHttp(api, `/webhooks/${webhookId}/stats?${range}`));
  const ofAccount = await client(Webhooks, api).getAccountStats({ since, until, interval: 'day' });
  expect(ofAccount).toMatchObject({ cancelled: 1, attempts: 2, failedAttempts: 2 });
  expect(asHttp(GetAccountStatsResponseSchema, ofAccount)).toEqual(await overHttp(api, `/stats?${range}`));
});

it('replays are previewed, begun, listed and cancelled', async () => {
  const { api } = await platform.operator.createAccount('standard');
  receiver.answer = answerWith(200);
  await client(Events, api).publishEvent({ id: 'stored', event: 'deal.won', dataJson: '{}' });
  const { id: webhookId } = await api.createWebhook({ url: receiver.url, events: ['deal.won'] });
  const replays = client(Replays, api);
  const since = new Date(Date.now() - 60_000).toISOString();
  const { preview } = await eventually(async () => {
    const dry = await replays.createReplay({ webhookId, since, dryRun: true });
    expect(dry.preview?.total).toBe(1);
    return dry;
  });
  expect(asHttp(ReplayPreviewSchema, preview)).toMatchObject({ webhook_id: webhookId, sample: [{ event_id: 'stored' }] });
  // Of what never was delivered, nothing has failed.
  const none = await replays.createReplay({ webhookId, since, status: ['failed', 'cancelled'] });
  expect(none.replay).toMatchObject({ webhookId, total: 0, statuses: ['failed', 'cancelled'] });
  await api.post(`/webhooks/${webhookId}/pause`);
  const { replay } = await replays.createReplay({ webhookId, since, ratePerSecond: 5 });
  const { replays: listed } = await replays.listReplays({ webhookId, limit: 1 });
  expect(listed.map(({ id }) => id)).toEqual([replay!.id]);
  const cancelled = await replays.cancelReplay({ id: replay!.id });
  expect(cancelled.replay).toMatchObject({ status: 'cancelled', reason: 'by_user', total: 1, ratePerSecond: 5 });
  const read = await replays.getReplay({ id: replay!.id });
  const { body } = await api.get<ReplayView>(`/replays/${replay!.id}`);
  expect(asHttp(ReplaySchema, read.replay)).toEqual(withoutNulls({ ...body, statuses: body.statuses ?? [] }));
});

it('what is erased is gone over gRPC as well, and erasures are listed', async () => {
  const { api } = await platform.operator.createAccount('standard');
  const events = client(Events, api);
  await events.publishEvent({ id: 'of-jane', event: 'deal.won', dataJson: '{"to":"jane@example.com"}' });
  await eventually(async () => expect((await events.getEvent({ id: 'of-jane' })).event?.dataJson).toContain('jane'));
  const { erasure } = await events.createErasure({ email: 'jane@example.com' });
  const done = await eventually(async () => {
    const read = await events.getErasure({ id: erasure!.id });
    expect(read.erasure).toMatchObject({ by: 'email', status: 'completed', events: 1, rejectedEvents: 0 });
    return read.erasure;
  });
  expect((await events.getEvent({ id: 'of-jane' })).event).toMatchObject({ dataJson: '', erasedAt: expect.any(String) });
  expect((await events.listErasures({ limit: 1 })).erasures).toEqual([done]);
  expect(asHttp(ErasureSchema, done)).toEqual(await overHttp(api, `/erasures/${erasure!.id}`));
});

it('the audit log says which key changed what, over gRPC too', async () => {
  const { api } = await platform.operator.createAccount('standard');
  const { webhook } = await client(Webhooks, api).createWebhook({ name: 'Audited', url: receiver.url, events: ['*'] });
  const { entries } = await client(AuditLog, api).listAuditEntries({ limit: 1 });
  expect(entries).toMatchObject([{ action: 'webhook.created', subjectId: webhook!.id, actor: api.key.split('_')[1] }]);
  const { data } = (await api.get<Page<AuditEntryView>>('/audit-log?limit=1')).body;
  expect(entries.map((entry) => asHttp(AuditEntrySchema, entry))).toEqual(data.map(withoutNulls));
});

it('an idempotency-key in the metadata makes a call happen once, also when its answer is lost', async () => {
  const { api } = await platform.operator.createAccount('standard');
  const webhooks = client(Webhooks, api);
  const message = { name: 'Once', url: receiver.url, events: ['deal.won'] };
  const replayed: (string | null)[] = [];
  const once = {
    headers: { 'idempotency-key': 'once' },
    onHeader: (headers: Headers): void => void replayed.push(headers.get('idempotency-replayed')),
  };
  const subscriptions = platform.service('subscriptions');
  await subscriptions.kill();
  subscriptions.env['TIDINGS_CRASH_AT'] = 'subscriptions.committed';
  subscriptions.start();
  await subscriptions.ready();
  expect((await failureOf(webhooks.createWebhook(message, once))).code).toBe(Code.Unavailable);
  delete subscriptions.env['TIDINGS_CRASH_AT'];
  await subscriptions.kill();
  subscriptions.start();
  await subscriptions.ready();
  const { webhook, secret } = await eventually(() => webhooks.createWebhook(message, once));
  expect([webhook?.name, replayed.at(-1)]).toEqual(['Once', 'true']);
  expect(secret).toMatch(/^whsec_/);
  expect((await webhooks.listWebhooks({}, once)).webhooks.map(({ id }) => id)).toEqual([webhook!.id]);
  const other = await failureOf(webhooks.createWebhook({ ...message, name: 'Twice' }, once));
  expect(problemIn(other).code).toBe('idempotency_key_reused');
});

it('every RPC has been answered above', () => {
  expect(apiMethods.map(nameOf).filter((name) => !answered.has(name))).toEqual([]);
});
