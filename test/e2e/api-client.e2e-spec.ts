import { jest } from '@jest/globals';
import { createApiClient, type ApiClient, type Schema } from '#libs/api-client/src/client';
import { eventually } from '../support/eventually.js';
import { usePlatform } from '../support/platform.js';
import { useReceiver } from '../support/receiver.js';

jest.setTimeout(60_000);

/** Uses the typed client as a program would. Its types come from the document: this file compiles, or the API has changed. */

const platform = usePlatform();
const receiver = useReceiver();
let client: ApiClient;

beforeAll(async () => {
  const { api } = await platform.operator.createAccount('standard');
  client = createApiClient(platform.url, api.key);
});

it('makes, lists and changes a webhook, publishes an event, and reads its deliveries', async () => {
  const filter: Schema<'Filter'> = { path: 'data.amount', op: 'gte', value: 1_000 };
  const created = await client.POST('/api/v1/webhooks', {
    body: { name: 'ERP Sync', url: receiver.url, events: ['deal.*'], filter, retry_policy: { max_retries: 1 } },
  });
  const webhook: Schema<'WebhookWithSecretView'> = created.data!;
  expect(webhook.secret).toMatch(/^whsec_/);
  expect(created.response.headers.get('x-ratelimit-limit')).toBe('1000');

  const changed = await client.PATCH('/api/v1/webhooks/{id}', {
    params: { path: { id: webhook.id } },
    body: { description: 'Deals of the year', filter: null },
  });
  expect(changed.data).toMatchObject({ description: 'Deals of the year', filter: null });

  const listed = await client.GET('/api/v1/webhooks', { params: { query: { status: ['active', 'paused'], limit: 10 } } });
  expect(listed.data!.data.map(({ id }) => id)).toEqual([webhook.id]);
  const paused = await client.GET('/api/v1/webhooks', { params: { query: { status: ['paused'] } } });
  expect(paused.data!.data).toEqual([]);

  const published = await client.POST('/api/v1/events', { body: { event: 'deal.won', data: { id: 'deal_42', amount: 250 } } });
  const receipt = published.data as Schema<'EventReceiptView'>;
  const delivery = await eventually(async () => {
    const { data } = await client.GET('/api/v1/webhooks/{webhook_id}/deliveries', {
      params: { path: { webhook_id: webhook.id }, query: { status: ['success'] } },
    });
    expect(data!.data).toHaveLength(1);
    return data!.data[0]!;
  });
  const { data: detail } = await client.GET('/api/v1/deliveries/{id}', { params: { path: { id: delivery.id } } });
  expect(detail).toMatchObject({ event_id: receipt.id, payload: receiver.requests[0]!.body.toString() });
  const [attempt] = detail!.attempts;
  expect([attempt!.status_code, attempt!.trigger]).toEqual([200, 'event']);
});

it('returns a problem instead of data, with one of the codes that the operation documents', async () => {
  const { data, error, response } = await client.GET('/api/v1/webhooks/{id}', { params: { path: { id: 'wh_nothing' } } });
  expect([data, response.status]).toEqual([undefined, 404]);
  expect(error!.code).toBe('webhook_not_found');
  const invalid = await client.POST('/api/v1/webhooks', { body: { name: '', url: 'ftp://x', events: [] } });
  expect(invalid.error!.errors!.map(({ pointer }) => pointer)).toEqual(expect.arrayContaining(['/name', '/events']));
  // @ts-expect-error: an address that the document does not have
  await client.GET('/api/v1/hooks');
});
