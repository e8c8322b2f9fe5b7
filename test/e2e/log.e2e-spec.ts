import { jest } from '@jest/globals';
import type { DeliveryView } from '#libs/api/src/delivery.dto';
import type { EventView } from '#libs/api/src/event.dto';
import type { NotificationView } from '#libs/api/src/notification.dto';
import type { Page } from '#libs/api/src/page.dto';
import type { WebhookStatsView } from '#libs/api/src/statistics.dto';
import type { TestResultsView } from '#libs/api/src/webhook-test.dto';
import type { ProblemBody } from '#libs/problem/src/problem';
import { Api } from '../support/api.js';
import { API, Contract, type Schema } from '../support/contract.js';
import { eventually } from '../support/eventually.js';
import { usePlatform } from '../support/platform.js';
import { answerWith, useReceiver } from '../support/receiver.js';

jest.setTimeout(60_000);

/** The API's account of events and their deliveries, as an admin searches it. */

const platform = usePlatform();
const receiver = useReceiver();
let api: Api;
let accountId: string;
let webhookId: string;

beforeAll(async () => {
  const made = await platform.operator.createAccount('standard');
  api = made.api;
  accountId = made.account.id;
  // Four deliveries, one of each end: delivered, failed for good, waiting for its retry, held.
  const retry_policy = { max_retries: 1, intervals_seconds: [3_600] };
  webhookId = (await api.createWebhook({ url: receiver.url, headers: { 'X-API-Key': 'a-value-nobody-sees' }, retry_policy })).id;
  await deliver('won', 'deal.won', 'success', 200, 'thank you');
  await deliver('lost', 'deal.lost', 'pending_retry', 503, 'we are closed');
  await api.post(`/deliveries/${(await deliveryOf('lost')).id}/cancel`);
  await deliver('created', 'contact.created', 'pending_retry', 500, 'oops');
  await api.post(`/webhooks/${webhookId}/pause`);
  await deliver('updated', 'contact.updated', 'held', 200);
  await eventually(async () => expect((await deliveryOf('lost')).status).toBe('cancelled'));
});

async function deliver(id: string, event: string, status: DeliveryView['status'], answer: number, words = ''): Promise<void> {
  receiver.answer = answerWith(answer, {}, words);
  await platform.publish(accountId, event, { data: { id: `${id}-1` } }, { id });
  await eventually(async () => expect((await deliveryOf(id)).status).toBe(status));
}

async function deliveryOf(eventId: string): Promise<DeliveryView> {
  const [delivery] = await api.deliveries(webhookId, `&search=${eventId}`);
  expect(delivery).toBeDefined();
  return delivery!;
}

describe('the deliveries of a webhook', () => {
  const found = async (query: string): Promise<string[]> =>
    (await api.deliveries(webhookId, `&${query}`)).map(({ event_id }) => event_id);

  it.each([
    ['one status', 'status=success', ['won']],
    ['several statuses', 'status=held,cancelled', ['updated', 'lost']],
    ['an event type', 'event=contact.created', ['created']],
    ['a pattern', 'event=contact.*', ['updated', 'created']],
    ['a pattern of none', 'event=con.*', []],
    ['any type', 'event=*', ['updated', 'created', 'lost', 'won']],
    ['an event id', 'search=lost', ['lost']],
    ['a record', 'search=contact:created-1', ['created']],
    ['a part of a response', 'search=are%20closed', ['lost']],
    ['something that is nowhere', 'search=nothing', []],
    ['several of these', 'status=success,pending_retry&event=deal.won&search=thank', ['won']],
    ['a time before all of them', 'until=2020-01-01T00:00:00Z', []],
    ['a time before all of them, elsewhere', 'since=2020-01-01T00:00:00%2B14:00', ['updated', 'created', 'lost', 'won']],
  ])('are found by %s, newest first', async (_what, query, expected) => {
    expect(await found(query)).toEqual(expected);
  });

  it('are found since a time, and until just before another', async () => {
    const [second, third] = [await deliveryOf('lost'), await deliveryOf('created')];
    expect(await found(`since=${second.created_at}`)).toEqual(['updated', 'created', 'lost']);
    expect(await found(`since=${second.created_at}&until=${third.created_at}`)).toEqual(['lost']);
  });

  it('come in pages, whose cursor works for their own filter only', async () => {
    const path = `/webhooks/${webhookId}/deliveries?limit=1&status=success,held`;
    const first = (await api.get<Page<DeliveryView>>(path)).body;
    const second = (await api.get<Page<DeliveryView>>(`${path}&cursor=${first.next_cursor}`)).body;
    expect([first, second].map(({ data }) => data.map(({ event_id }) => event_id))).toEqual([['updated'], ['won']]);
    expect(second.next_cursor).toBeNull();
    const other = await api.get(`/webhooks/${webhookId}/deliveries?limit=1&cursor=${first.next_cursor}`);
    expect(other).toMatchObject({ status: 400, body: { code: 'invalid_cursor' } });
  });

  it('show the request without secrets, the answer, and why they ended', async () => {
    const detail = await api.delivery((await deliveryOf('lost')).id);
    expect(detail).toMatchObject({ status: 'cancelled', response_code: 503, retry_count: 0, is_test: false });
    expect(detail.payload).toBe(receiver.requests[1]!.body.toString());
    expect(detail.request_headers).toMatchObject({ 'webhook-id': 'lost', 'X-API-Key': expect.stringMatching(/^•+/) });
    expect(JSON.stringify(detail)).not.toContain('a-value-nobody-sees');
    expect(detail.attempts).toMatchObject([{ number: 1, status_code: 503, response_body: 'we are closed' }]);
  });
});

it('an event shows its data, its record, and its deliveries', async () => {
  const { body } = await api.get<EventView>('/events/created');
  expect(body).toMatchObject({
    event: 'contact.created',
    key: 'contact:created-1',
    data: { id: 'created-1' },
    deliveries: [{ webhook_id: webhookId, status: 'pending_retry' }],
  });
});

it('statistics count ended and waiting deliveries, since a day ago or a given time', async () => {
  const stats = async (query = ''): Promise<WebhookStatsView> =>
    (await api.get<WebhookStatsView>(`/webhooks/${webhookId}/stats${query}`)).body;
  const now = await stats();
  expect(now).toMatchObject({ success: 1, failed: 0, cancelled: 1, success_rate: 1, pending: 0, pending_retry: 1, held: 1 });
  expect(now.p50_response_time_ms).toBeLessThanOrEqual(now.p95_response_time_ms!);
  expect(now.oldest_held_at).toBe((await deliveryOf('updated')).created_at);
  expect(Date.now() - Date.parse(now.since)).toBeGreaterThanOrEqual(24 * 60 * 60 * 1_000);
  const later = await stats(`?since=${new Date().toISOString()}`);
  expect(later).toMatchObject({ success: 0, cancelled: 0, success_rate: null, p50_response_time_ms: null, held: 1 });
});

it('notifications are listed, and read once', async () => {
  const gone = await api.createWebhook({ name: 'ERP Sync', url: receiver.urlOf('/gone') });
  receiver.answer = answerWith(410);
  await platform.publish(accountId, 'deal.created', { data: {} });
  const unread = async (): Promise<NotificationView[]> =>
    (await api.get<Page<NotificationView>>('/notifications?unread=true')).body.data;
  const [told] = await eventually(async () => {
    const all = await unread();
    expect(all).toMatchObject([
      { type: 'webhook.disabled', webhook_id: gone.id, read_at: null },
      { type: 'delivery.exhausted', webhook_id: gone.id, read_at: null },
    ]);
    return all;
  });
  const read = (await api.post<NotificationView>(`/notifications/${told!.id}/read`)).body;
  expect(read.read_at).not.toBeNull();
  expect((await api.post(`/notifications/${told!.id}/read`)).body).toEqual(read);
  expect(await unread()).toMatchObject([{ type: 'delivery.exhausted' }]);
  expect((await api.get<Page<NotificationView>>('/notifications?unread=false')).body.data).toHaveLength(2);
});

it('every query parameter that the document limits is refused outside of its limits, with a pointer to it', async () => {
  const wrong = ({ type, format, pattern, maxLength }: Schema): string | null => {
    if (format === 'date-time') return 'yesterday';
    if (maxLength !== undefined) return 'x'.repeat(maxLength + 1);
    return type === 'string' && pattern === undefined ? null : '!';
  };
  const { routes } = await Contract.of(platform.url);
  const reads = routes.filter(({ method, template }) => method === 'GET' && !template.includes('accounts'));
  const tried: string[] = [];
  for (const { template, operation } of reads) {
    for (const { name, in: place, schema } of operation.parameters) {
      const value = place === 'query' ? wrong(schema) : null;
      if (value === null) continue;
      const path = template.slice(API.length).replace('{id}', webhookId);
      const { status, body } = await api.get<{ errors: { pointer: string }[] }>(`${path}?${name}=${value}`);
      expect([operation.operationId, status, body.errors[0]!.pointer]).toEqual([operation.operationId, 422, `/${name}`]);
      tried.push(name);
    }
  }
  expect(new Set(tried)).toEqual(
    new Set(['limit', 'cursor', 'status', 'event', 'since', 'until', 'search', 'unread', 'webhook_id', 'last_event_id']),
  );
});

describe('explaining an event that is not there', () => {
  it('says where to look for an id that never came', async () => {
    expect(await api.get<ProblemBody>('/events/evt-never/explain')).toMatchObject({
      status: 404,
      body: { code: 'event_not_found', detail: expect.stringMatching(`published to crm\\.${accountId}\\.<type>`) },
    });
  });

  it('names the delivery when the id belongs to a test', async () => {
    const webhook = await api.createWebhook({ url: receiver.url });
    const { body } = await api.post<TestResultsView>(`/webhooks/${webhook.id}/test`, { event: 'deal.won' });
    const delivery = await eventually(async () => {
      const found = await api.delivery(body.results[0]!.delivery_id);
      expect(found.event_id).toBeDefined();
      return found;
    });
    const answer = await api.get<ProblemBody>(`/events/${delivery.event_id}/explain`);
    expect(answer).toMatchObject({ status: 404, body: { detail: expect.stringContaining(delivery.id) } });
    await api.call('DELETE', `/webhooks/${webhook.id}`);
  });

  it('answers nothing for another account, for no webhook, or without the scope', async () => {
    const { api: other } = await platform.operator.createAccount('standard');
    expect(await other.get<ProblemBody>('/events/won/explain')).toMatchObject({
      status: 404,
      body: { code: 'event_not_found' },
    });
    const theirs = await other.createWebhook({ url: receiver.url });
    for (const id of [theirs.id, 'wh_none'])
      expect(await api.get<ProblemBody>(`/events/won/explain?webhook_id=${id}`)).toMatchObject({
        status: 404,
        body: { code: 'webhook_not_found' },
      });
    const { key } = await api.made<{ key: string }>('/api-keys', { name: 'Events only', scopes: ['events:read'] });
    expect((await new Api(platform.url, key).get('/events/won/explain')).status).toBe(403);
  });
});
