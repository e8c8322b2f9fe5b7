import type { DescService } from '@bufbuild/protobuf';
import { type Client } from '@connectrpc/connect';
import { jest } from '@jest/globals';
import type { Page } from '#libs/api/src/page.dto';
import type { ReplayView } from '#libs/api/src/replay.dto';
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
import { GetAccountStatsResponseSchema, GetWebhookStatsResponseSchema, Webhooks } from '../generated/tidings/v1/webhooks_pb.js';
import { eventually } from '../support/eventually.js';
import { GrpcCalls, inFirst, overHttp } from '../support/grpc-calls.js';
import { asHttp, failureOf, problemIn, withoutNulls } from '../support/grpc.js';
import { usePlatform } from '../support/platform.js';
import { answerWith, useReceiver } from '../support/receiver.js';

jest.setTimeout(60_000);

const platform = usePlatform();
const receiver = useReceiver();
let calls: GrpcCalls;

beforeAll(async () => {
  calls = new GrpcCalls(platform);
});

const client = <S extends DescService>(service: S, of: { key: string }): Client<S> => calls.client(service, of);

describe('events', () => {
  it('are published singly and in batches, byte for byte, and equal what HTTP shows', async () => {
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
    expect(explained.webhooks.map(({ outcome, steps }) => [outcome, steps.at(-1)?.type])).toEqual([['delivered', 'succeeded']]);
    expect(asHttp(ExplainEventResponseSchema, explained)).toEqual(
      await overHttp(api, `/events/one/explain?webhook_id=${webhookId}`),
    );
  });

  it('are taken together in a message over a megabyte, and data is one JSON value', async () => {
    const { api } = await platform.operator.createAccount('standard');
    const events = client(Events, api);
    const dataJson = JSON.stringify({ text: 'x'.repeat(200_000) });
    const many = await events.publishEvents({ events: Array.from({ length: 8 }, () => ({ event: 'deal.won', dataJson })) });
    expect(many.receipts).toHaveLength(8);
    const spliced = events.publishEvents({ events: [{ event: 'deal.won', dataJson: '{}},{"event":"deal.won","data":{}' }] });
    expect(problemIn(await failureOf(spliced)).errors).toEqual([{ pointer: '/data_json', detail: 'is not valid JSON' }]);
  });

  it('are listed and read after they were refused over NATS', async () => {
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

  it('are sent again after a refusal, as they came or edited', async () => {
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

  it('are made from posts to inbound webhooks', async () => {
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

  it('have types of the catalog and of their account', async () => {
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
    events: ['deal.won'],
    auto_pause: null,
  });
  await api.createWebhook({ url: receiver.url, events: ['deal.lost'], auto_pause: { after_failures: 1 } });
  for (const event of ['deal.won', 'deal.lost']) await client(Events, api).publishEvent({ event, dataJson: '{}' });
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
  expect(ofAccount).toMatchObject({ cancelled: 1, attempts: 3, failedAttempts: 3 });
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
  // Events that were never delivered have no failed delivery.
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

it('an erased event is gone over gRPC as well, and erasures are listed', async () => {
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

it('every RPC about events has been answered above', () => {
  expect(calls.leftOut({ aboutEvents: true })).toEqual([]);
});
