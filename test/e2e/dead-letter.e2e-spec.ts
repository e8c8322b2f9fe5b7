import { jest } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventReceiptView, RejectedEventDetailView, RejectedEventView } from '#libs/api/src/event.dto';
import type { CreateInboundWebhookDto, InboundWebhookView } from '#libs/api/src/inbound-webhook.dto';
import type { Page } from '#libs/api/src/page.dto';
import type { Answered, Api } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { usePlatform } from '../support/platform.js';
import { useReceiver } from '../support/receiver.js';
import { post } from '../support/sender.js';

jest.setTimeout(90_000);

/** Short, so that whatever is one event for longer is so by other means. */
const DEDUP_WINDOW_SECONDS = 1;

const platform = usePlatform({ provisionEnv: { TIDINGS_DEDUP_WINDOW: String(DEDUP_WINDOW_SECONDS) } });
const receiver = useReceiver();

async function account(): Promise<{ id: string; api: Api; events: () => string[]; bodies: () => string[] }> {
  const { account: made, api } = await platform.operator.createAccount('standard');
  const { url, path } = receiver.newUrl();
  await api.createWebhook({ url });
  return {
    id: made.id,
    api,
    events: () => receiver.at(path).map(({ headers }) => String(headers['webhook-id'])),
    bodies: () => receiver.at(path).map(({ body }) => body.toString()),
  };
}

const inbound = (api: Api, more: Partial<CreateInboundWebhookDto> = {}): Promise<InboundWebhookView> =>
  api.made('/inbound-webhooks', { name: 'Form', event: 'lead.created', ...more });

async function rejected(api: Api, id: string): Promise<RejectedEventDetailView> {
  return eventually(async () => {
    const answer = await api.get<RejectedEventDetailView>(`/rejected-events/${id}`);
    expect(answer.status).toBe(200);
    return answer.body;
  });
}

/** The one that came over NATS, when it is in the log. */
async function onlyRejected(api: Api): Promise<RejectedEventView> {
  return eventually(async () => {
    const { data } = (await api.get<Page<RejectedEventView>>('/rejected-events')).body;
    expect(data).toHaveLength(1);
    return data[0]!;
  });
}

type Resent = Answered<EventReceiptView & { code: string }>;
const resend = (api: Api, id: string, body?: unknown): Promise<Resent> =>
  api.post(`/rejected-events/${id}/resend`, body === undefined ? {} : { body });

const windowOver = (): Promise<void> => sleep(DEDUP_WINDOW_SECONDS * 1_000 + 300);

describe('a verified post that does not become an event', () => {
  it.each<[string, string, Partial<CreateInboundWebhookDto>, string]>([
    ['text', '"1, 2"', {}, 'invalid_event'],
    ['a body without what the mapping names', '{"a":1}', { mapping: { data: 'object' } }, 'invalid_event'],
    ['data that is no object', '{"object":7}', { mapping: { data: 'object' } }, 'invalid_event'],
    ['a time that is none', '{"at":"yesterday"}', { mapping: { timestamp: 'at' } }, 'invalid_event'],
    ['a day that does not exist', '{"at":"2026-02-30T10:00:00Z"}', { mapping: { timestamp: 'at' } }, 'invalid_event'],
    ['a year for a time', '{"at":"2026"}', { mapping: { timestamp: 'at' } }, 'invalid_event'],
    ['white space for a time', '{"at":" "}', { mapping: { timestamp: 'at' } }, 'invalid_event'],
    ['a key that is none', '{"key":"two words"}', { mapping: { key: 'key' } }, 'invalid_event'],
    ['what PostgreSQL cannot store', '{"a":"\\u0000"}', {}, 'invalid_event'],
    ['data that does not fit the schema', '{"name":{"first":"Jane"}}', {}, 'schema_mismatch'],
  ])('%s is kept with its reason, and its sender is told that it was taken', async (_what, body, more, code) => {
    const { api, events } = await account();
    const { api: other } = await platform.operator.createAccount('standard');
    const { id: inboundId, url } = await inbound(api, more);
    const { status, id } = await post(url, body, { 'webhook-id': 'm1' });
    expect([status, id]).toEqual([202, expect.stringMatching(/^rej_/)]);
    const kept = await rejected(api, id);
    expect(kept).toMatchObject({ code, source: `/in/${inboundId}`, event: 'lead.created', body, resent_as: null });
    expect((await post(url, body, { 'webhook-id': 'm1' })).id).toBe(id);
    expect((await resend(api, id)).body.code).toBe(code);
    expect((await other.get(`/rejected-events/${id}`)).status).toBe(404);
    expect((await resend(other, id, {})).status).toBe(404);
    expect(events()).toEqual([]);
  });

  it('can be edited and sent again, through the mapping, and is then an event of its account', async () => {
    const { api, events, bodies } = await account();
    const { url } = await inbound(api, { mapping: { id: 'id', data: 'object' } });
    const { id } = await post(url, '{"id":"e1","objekt":{"n":1.10}}');
    await rejected(api, id);
    const edited = '{"id":"e1","object":{"n": 1.10}}';
    const receipt = await resend(api, id, edited);
    expect(receipt).toMatchObject({ status: 202, body: { event: 'lead.created', duplicate: false } });
    await eventually(() => expect(events()).toEqual([receipt.body.id]));
    expect(bodies()[0]).toContain('"data":{"n": 1.10}}');
    await eventually(async () => expect(await rejected(api, id)).toMatchObject({ resent_as: receipt.body.id }));

    // Long after the window of EVENTS: the same is one event, an edited one is another.
    await windowOver();
    expect((await resend(api, id, edited)).body).toEqual({ ...receipt.body, duplicate: true });
    const second = await resend(api, id, { id: 'e1', object: { n: 2 } });
    expect(second.body).toMatchObject({ duplicate: false });
    await eventually(() => expect(events()).toEqual([receipt.body.id, second.body.id]));
    await eventually(async () => expect(await rejected(api, id)).toMatchObject({ resent_as: second.body.id }));
    // To its sender it is what it was.
    expect((await post(url, '{"id":"e1","objekt":{"n":1.10}}')).id).toBe(id);
  });

  it('can be sent again unchanged once the cause is fixed, unless its inbound webhook is gone', async () => {
    const { api, events } = await account();
    const { id: inboundId, url } = await inbound(api, { mapping: { data: 'object' } });
    const { id } = await post(url, '{"objekt":{"n":1}}');
    const { event_id: eventId } = await rejected(api, id);
    await api.call('PATCH', `/inbound-webhooks/${inboundId}`, { mapping: { data: 'objekt' } });
    expect((await resend(api, id)).body).toMatchObject({ id: eventId, duplicate: false });
    await eventually(() => expect(events()).toEqual([eventId]));
    await api.call('DELETE', `/inbound-webhooks/${inboundId}`);
    expect((await resend(api, id)).body.code).toBe('inbound_webhook_not_found');
  });
});

it('a post whose event type was deleted is kept, and becomes an event once the type exists again', async () => {
  const { api, events } = await account();
  const type = { name: 'shipment.delayed', category: 'Shipments', description: 'Later than promised' };
  await api.made('/event-types', type);
  const { url } = await inbound(api, { event: type.name });
  expect((await post(url, '{"n":1}')).id).toMatch(/^evt_/);
  await api.call('DELETE', `/event-types/${type.name}`);
  const id = await eventually(async () => {
    const answer = await post(url, '{"n":2}');
    expect(answer.id).toMatch(/^rej_/);
    return answer.id;
  });
  expect(await rejected(api, id)).toMatchObject({ code: 'unknown_event_type', event: type.name });
  await api.made('/event-types', type);
  const receipt = (await resend(api, id)).body;
  expect(receipt).toMatchObject({ event: type.name, duplicate: false });
  await eventually(() => expect(events()).toContain(receipt.id));
});

describe('an event refused over NATS', () => {
  it('can be sent again unchanged once the cause is fixed, under its own id', async () => {
    const { id: accountId, api, events } = await account();
    await platform.publish(accountId, 'lead.created', '{"data":{"name":{"first":"Jane"}}}', { id: 'crm-7' });
    const { id } = await onlyRejected(api);
    expect((await resend(api, id)).body.code).toBe('schema_mismatch');
    await platform.operator.call('PATCH', `/accounts/${accountId}`, { schema_mode: 'off' });
    await eventually(async () => expect((await resend(api, id)).body).toMatchObject({ id: 'crm-7', event: 'lead.created' }));
    await eventually(() => expect(events()).toEqual(['crm-7']));
  });

  it('can be sent again under the type that its body names when its subject was mistyped', async () => {
    const { id: accountId, api, events } = await account();
    await platform.publish(accountId, 'deal.wno', { data: { name: 'größe' } }, { id: 'mistyped' });
    const { id, reason } = await onlyRejected(api);
    expect(reason).toContain('deal.wno');
    expect((await resend(api, id)).body.code).toBe('unknown_event_type');
    const mended = await resend(api, id, { id: 'mistyped', event: 'deal.won', data: { name: 'größe' } });
    expect(mended.body).toMatchObject({ id: 'mistyped', event: 'deal.won' });
    await eventually(() => expect(events()).toEqual(['mistyped']));
  });

  it('shows its reason in the characters of its body', async () => {
    const { id: accountId, api } = await account();
    await platform.publish(accountId, 'deal.won', '{"größe_✓":1,"data":{}}');
    expect((await onlyRejected(api)).reason).toBe('/größe_✓ is not a field of an event: put it into data');
  });

  it('can be edited, even when it was no JSON', async () => {
    const { id: accountId, api, events, bodies } = await account();
    await platform.publish(accountId, 'lead.created', '{"data":{"name":"Jane"}');
    const { id } = await onlyRejected(api);
    expect((await resend(api, id)).body.code).toBe('invalid_json');
    expect((await resend(api, id, '{"data":')).body.code).toBe('invalid_json');
    expect(await resend(api, id, 7)).toMatchObject({ status: 422, body: { code: 'validation_failed' } });
    const { body } = await resend(api, id, '{"id":"mended","data":{"name": "Jane"}}');
    expect(body).toMatchObject({ id: 'mended', event: 'lead.created' });
    await eventually(() => expect(events()).toEqual(['mended']));
    expect(bodies()[0]).toContain('"data":{"name": "Jane"}}');
  });
});

it('a repeated event of a sender has no second effect long after the duplicate window, accepted or rejected', async () => {
  const { api, events } = await account();
  const { id: inboundId, url } = await inbound(api);
  const taken = await post(url, '{"n":1}', { 'webhook-id': 'm1' });
  const refused = await post(url, '7', { 'webhook-id': 'm2' });
  await windowOver();
  await api.call('PATCH', `/inbound-webhooks/${inboundId}`, { event: 'lead.updated' });
  expect((await post(url, '{"n":2}', { 'webhook-id': 'm1' })).id).toBe(taken.id);
  expect((await post(url, '{"n":2}', { 'webhook-id': 'm2' })).id).toBe(refused.id);
  const after = await post(url, '{"n":3}');
  await eventually(() => expect(events()).toEqual([taken.id, after.id]));
});

it('a record that goes back to a state it had is another event once the duplicate window is over', async () => {
  const { api, events } = await account();
  const { url } = await inbound(api);
  const open = '{"id":"42","status":"open"}';
  const first = await post(url, open);
  expect((await post(url, open)).id).toBe(first.id);
  await windowOver();
  const second = await post(url, open);
  expect((await post(url, open)).id).toBe(second.id);
  await windowOver();
  const third = await post(url, open);
  await eventually(() => expect(events()).toEqual([first.id, second.id, third.id]));
  expect(new Set(events()).size).toBe(3);
});

it('sending again repairs a crash between storing the event and logging it', async () => {
  const { api, events } = await account();
  const { url } = await inbound(api);
  const { id } = await post(url, '7');
  await rejected(api, id);
  const service = platform.service('ingestion');
  const { env } = service;
  await service.kill();
  service.env = { ...env, TIDINGS_CRASH_AT: 'ingestion.resent_stored' };
  service.start();
  await service.ready();
  expect((await resend(api, id, { n: 1 })).status).toBe(503);
  await eventually(() => expect(service.process).toBeNull());
  service.env = env;
  service.start();
  await service.ready();
  const receipt = await eventually(async () => {
    const answer = await resend(api, id, { n: 1 });
    expect(answer.status).toBe(202);
    return answer.body;
  });
  await eventually(async () => expect(await rejected(api, id)).toMatchObject({ resent_as: receipt.id }));
  await eventually(() => expect(new Set(events())).toEqual(new Set([receipt.id])));
});
