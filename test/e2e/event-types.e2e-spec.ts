import { jest } from '@jest/globals';
import type { EventReceiptView, EventView } from '#libs/api/src/event.dto';
import type { EventTypeView } from '#libs/api/src/event-type.dto';
import type { Page } from '#libs/api/src/page.dto';
import type { TestResultsView } from '#libs/api/src/webhook-test.dto';
import { NOTIFICATION_TYPES } from '#libs/contracts/src/notification';
import { profiles } from '#libs/profiles/src/profiles';
import type { ProblemBody } from '#libs/problem/src/problem';
import type { Api } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { usePlatform } from '../support/platform.js';
import { answerWith, useReceiver } from '../support/receiver.js';

jest.setTimeout(60_000);

const platform = usePlatform();
const receiver = useReceiver();

const delayed = {
  name: 'shipment.delayed',
  category: 'Shipments',
  description: 'A shipment will be late',
  schema: {
    type: 'object',
    required: ['shipment_id', 'days'],
    properties: { shipment_id: { type: 'string' }, days: { type: 'integer', minimum: 1 } },
  },
  sample: { shipment_id: 'shp_7', days: 2 },
};

const types = async (api: Api): Promise<EventTypeView[]> => (await api.get<Page<EventTypeView>>('/event-types')).body.data;

it.each([...profiles.values()].map(({ name }) => name))(
  '%s: the catalog has a schema and a sample that fits for each type',
  async (profile) => {
    const { api } = await platform.operator.createAccount(profile);
    const catalog = await types(api);
    const own = profiles.get(profile)!.eventTypes.map(({ name }) => name);
    expect(catalog.map(({ name }) => name)).toEqual([...own, ...NOTIFICATION_TYPES]);
    for (const type of catalog)
      expect(type).toMatchObject({ is_own: false, schema: { type: 'object' }, category: expect.any(String) });
    const published = catalog.filter(({ name }) => own.includes(name));
    const answer = await api.post<EventReceiptView[]>(
      '/events',
      published.map(({ name, sample }) => ({ event: name, data: sample })),
    );
    expect(answer).toMatchObject({ status: 202 });
    expect(answer.body.map(({ event }) => event)).toEqual(own);
  },
);

it('a type of the account is published, subscribed to and sent as a sample as soon as its 201 is answered', async () => {
  const { api } = await platform.operator.createAccount('standard');
  expect(await api.post<ProblemBody>('/webhooks', { name: 'x', url: receiver.url, events: ['shipment.*'] })).toMatchObject({
    status: 422,
  });
  expect(await api.made('/event-types', delayed)).toEqual({ ...delayed, is_own: true });
  expect((await types(api)).at(-1)).toEqual({ ...delayed, is_own: true });
  receiver.answer = answerWith(200);
  const webhook = await api.createWebhook({ url: receiver.url, events: ['shipment.*'] });
  expect(await api.post('/events', { id: 'late', event: 'shipment.delayed', data: { shipment_id: 'a', days: 1 } })).toMatchObject(
    { status: 202 },
  );
  await eventually(() => expect(receiver.requests.map(({ headers }) => headers['webhook-id'])).toContain('late'));
  const { results } = (await api.post<TestResultsView>(`/webhooks/${webhook.id}/test`)).body;
  expect(results).toMatchObject([{ event: 'shipment.delayed', success: true, message: 'HTTP 200 OK' }]);
  expect(JSON.parse(receiver.requests.at(-1)!.body.toString())).toMatchObject({ data: { ...delayed.sample, test: true } });
});

it('data that does not fit is refused, accepted with a warning, or not checked, as the account says', async () => {
  const { account, api } = await platform.operator.createAccount('standard');
  await api.made('/event-types', delayed);
  const publish = (id: string) =>
    api.post<EventReceiptView & ProblemBody>('/events', { id, event: 'shipment.delayed', data: { shipment_id: 'é', days: 0 } });
  expect(await publish('rejected')).toMatchObject({
    status: 422,
    body: { code: 'schema_mismatch', errors: [{ pointer: '/data/days' }] },
  });
  const setMode = (schema_mode: string) => platform.operator.call('PATCH', `/accounts/${account.id}`, { schema_mode });
  expect((await setMode('warn')).status).toBe(200);
  const warnings = [{ pointer: '/data/days', detail: 'must be >= 1' }];
  const warned = await eventually(async () => {
    const answer = await publish('warned');
    expect(answer.status).toBe(202);
    return answer;
  });
  expect(warned.body).toMatchObject({ id: 'warned', warnings });
  await eventually(async () => expect((await api.get<EventView>('/events/warned')).body).toMatchObject({ warnings }));
  await setMode('off');
  await eventually(async () => expect((await publish('unseen')).body).not.toHaveProperty('warnings'));
  await eventually(async () => expect((await api.get<EventView>('/events/unseen')).body).toMatchObject({ warnings: [] }));
});

it('a type of the account is changed and deleted, one of the catalog is not, and other accounts have neither change', async () => {
  const [{ api }, { api: other }] = await Promise.all([
    platform.operator.createAccount('standard'),
    platform.operator.createAccount('standard'),
  ]);
  await api.made('/event-types', delayed);
  expect(await api.post('/event-types', delayed)).toMatchObject({ status: 409, body: { code: 'event_type_exists' } });
  expect(await api.post('/event-types', { ...delayed, name: 'deal.won' })).toMatchObject({ status: 409 });
  expect(await other.call('PATCH', '/event-types/shipment.delayed', { category: 'X' })).toMatchObject({ status: 404 });
  expect(await other.post('/events', { event: 'shipment.delayed', data: {} })).toMatchObject({
    body: { code: 'unknown_event_type' },
  });
  expect(await api.call('PATCH', '/event-types/deal.won', { category: 'X' })).toMatchObject({
    status: 409,
    body: { code: 'conflict' },
  });

  expect(await api.call('PATCH', '/event-types/shipment.delayed', { schema: null })).toMatchObject({
    body: { schema: null, sample: delayed.sample },
  });
  await eventually(async () => expect((await api.post('/events', { event: 'shipment.delayed', data: {} })).status).toBe(202));
  expect((await api.call('DELETE', '/event-types/shipment.delayed')).status).toBe(204);
  expect((await api.call('DELETE', '/event-types/shipment.delayed')).status).toBe(404);
  await eventually(async () =>
    expect(await api.post('/events', { event: 'shipment.delayed', data: {} })).toMatchObject({
      body: { code: 'unknown_event_type' },
    }),
  );
});

it.each([
  ['a name in capitals', { ...delayed, name: 'Shipment.Delayed' }, '/name'],
  ['no category', { name: 'a.b', description: '' }, '/category'],
  ['a schema that is none', { ...delayed, schema: { type: 'octopus' } }, '/schema'],
  ['a reference to elsewhere', { ...delayed, schema: { $ref: 'https://evil.example/schema.json' } }, '/schema'],
  ['a pattern that explodes', { ...delayed, schema: { properties: { a: { pattern: '(a+)+$' } } } }, '/schema'],
  ['a sample that does not fit', { ...delayed, sample: { shipment_id: 'a', days: 'two' } }, '/sample/days'],
])('%s is a field error that points to it', async (_name, body, pointer) => {
  const { api } = await platform.operator.createAccount('standard');
  const answer = await api.post<ProblemBody>('/event-types', body);
  expect(answer).toMatchObject({ status: 422, body: { code: 'validation_failed' } });
  expect(answer.body.errors!.map((error) => error.pointer)).toContain(pointer);
});

it('events about a webhook reach the webhooks that name them, not those that take everything', async () => {
  const { account, api } = await platform.operator.createAccount('easycrm');
  const at = (path: string): string => receiver.urlOf(path);
  receiver.answer = (request, response) => void response.writeHead(request.path === '/fails' ? 500 : 200).end();
  const failing = await api.createWebhook({
    name: 'ERP Sync',
    url: at('/fails'),
    events: ['deal.won'],
    retry_policy: { max_retries: 0 },
    auto_pause: { after_failures: 1 },
  });
  await api.createWebhook({ url: at('/told'), events: ['webhook.paused'] });
  await api.createWebhook({ url: at('/everything'), events: ['*'] });
  await platform.publish(account.id, 'deal.won', { data: {} }, { id: 'n1' });
  const told = await eventually(() => {
    expect(receiver.at('/told')).toHaveLength(1);
    return JSON.parse(receiver.at('/told')[0]!.body.toString()) as unknown;
  });
  expect(told).toMatchObject({
    event: 'webhook.paused',
    data: {
      webhook_id: failing.id,
      webhook_name: 'ERP Sync',
      message: "Webhook 'ERP Sync' has been paused due to repeated failures",
    },
  });
  expect(receiver.at('/everything').map(({ headers }) => headers['webhook-id'])).toEqual(['n1']);
});
