import { jest } from '@jest/globals';
import type { DeliveryDetailView } from '#libs/api/src/delivery.dto';
import type { ReplayPreviewView } from '#libs/api/src/replay.dto';
import type { CreateWebhookDto } from '#libs/api/src/webhook.dto';
import type { TestResultsView } from '#libs/api/src/webhook-test.dto';
import { profiles } from '#libs/profiles/src/profiles';
import type { Api } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { usePlatform } from '../support/platform.js';
import { answerWith, verifiesStandardWebhooks, type ReceivedRequest, useReceiver } from '../support/receiver.js';

jest.setTimeout(60_000);

const platform = usePlatform({ timeScale: 120 });
const receiver = useReceiver();

afterEach(() => {
  receiver.answer = answerWith(200);
});

const SECRET = 'jane.doe@canary.example';
/** No serializer would write this: the bytes sent must be the bytes stored. */
const DATA =
  '{ "id": 12345678901234567890, "amount":1.10,"rate":1e2, "contact": {"\\u0065mail":"jane.doe@canary.example","name":"J\\u00e4ne"},' +
  '"items":[{"sku":"a","owner":{"email":"jane.doe@canary.example"}},{"sku":"b"}],"amount":2.50,"note":"jane.doe@canary.example" }';
const RULES = {
  data_fields: ['data.id', 'data.amount', 'data.contact', 'data.items.sku', 'data.items.owner', 'data.none.at.all'],
  masked_fields: ['data.contact.email', 'data.items.owner.email', 'data.contact.telephone'],
};
const SENT =
  '{ "id": 12345678901234567890, "amount":1.10,"contact": {"\\u0065mail":"***","name":"J\\u00e4ne"},' +
  '"items":[{"sku":"a","owner":{"email":"***"}},{"sku":"b"}],"amount":2.50 }';

async function tenant(settings: Partial<CreateWebhookDto>) {
  const { account, api } = await platform.operator.createAccount('standard');
  const { url, path } = receiver.newUrl();
  const webhook = await api.createWebhook({ url, events: ['deal.won'], auto_pause: null, ...settings });
  return { account, api, path, webhook };
}

async function requests(path: string, count: number): Promise<ReceivedRequest[]> {
  return eventually(() => {
    expect(receiver.at(path)).toHaveLength(count);
    return receiver.at(path);
  }, 20_000);
}

/** The detail of the one delivery that the query finds. */
async function detail(api: Api, webhookId: string, query = '&status=success'): Promise<DeliveryDetailView> {
  const [one] = await eventually(async () => {
    const deliveries = await api.deliveries(webhookId, query);
    expect(deliveries).toHaveLength(1);
    return deliveries;
  }, 20_000);
  return api.delivery(one!.id);
}

const bodyOf = (id: string, data: string): string =>
  `{"id":"${id}","event":"deal.won","timestamp":"2026-03-21T14:30:00Z","data":${data}}`;

const publish = (accountId: string, id: string, data = DATA): Promise<void> =>
  platform.publish(accountId, 'deal.won', `{"timestamp":"2026-03-21T14:30:00Z","data":${data}}`, { id });

it('only the chosen fields are sent, byte for byte, signed, the same on every attempt; the log shows what was sent', async () => {
  const { account, api, path, webhook } = await tenant(RULES);
  expect(webhook).toMatchObject(RULES);
  // A receiver that repeats what it was sent has nothing else to repeat.
  receiver.answer = ({ body }, response) =>
    void response.writeHead(receiver.at(path).length > 2 ? 200 : 500, { 'x-echo': body.toString('base64') }).end(body);
  await publish(account.id, 'evt_json');
  for (const request of await requests(path, 3)) {
    expect(request.body.toString()).toBe(bodyOf('evt_json', SENT));
    expect(verifiesStandardWebhooks(request, webhook.secret)).toBe(true);
  }
  const { id, payload, attempts } = await detail(api, webhook.id);
  expect(payload).toBe(bodyOf('evt_json', SENT));
  expect(attempts.map(({ response_body }) => response_body)).toEqual([payload, payload, payload]);

  // A person's retry, and the event as a whole, which is the account's.
  expect((await api.post(`/deliveries/${id}/retry`)).status).toBe(202);
  expect((await requests(path, 4))[3]!.body.toString()).toBe(payload);
  expect((await api.get<{ data: unknown }>('/events/evt_json')).body.data).toEqual(JSON.parse(DATA));
});

it('a form has the same fields, with values as they were written', async () => {
  const { account, api, path, webhook } = await tenant({ ...RULES, content_type: 'application/x-www-form-urlencoded' });
  await publish(account.id, 'evt_form');
  const [request] = await requests(path, 1);
  expect(request!.body.toString()).toBe(
    'id=evt_form&event=deal.won&timestamp=2026-03-21T14%3A30%3A00Z&data[id]=12345678901234567890&data[amount]=1.10' +
      '&data[contact][email]=***&data[contact][name]=J%C3%A4ne&data[items][0][sku]=a&data[items][0][owner][email]=***' +
      '&data[items][1][sku]=b&data[amount]=2.50',
  );
  expect(verifiesStandardWebhooks(request!, webhook.secret)).toBe(true);
  expect((await detail(api, webhook.id)).payload).toBe(request!.body.toString());
});

it('an empty list sends no data at all, null sends everything, and a change is in force with its answer', async () => {
  const { account, api, path, webhook } = await tenant({ data_fields: [] });
  const change = async (body: object): Promise<void> =>
    expect(await api.call('PATCH', `/webhooks/${webhook.id}`, body)).toMatchObject({ status: 200, body });
  await publish(account.id, 'evt_none');
  await requests(path, 1);
  await change({ data_fields: null, masked_fields: ['data.note', 'data.contact', 'data.items'] });
  await publish(account.id, 'evt_masked');
  await requests(path, 2);
  await change({ masked_fields: null });
  await publish(account.id, 'evt_all');
  expect((await requests(path, 3)).map(({ body }) => body.toString())).toEqual([
    bodyOf('evt_none', '{}'),
    bodyOf(
      'evt_masked',
      '{ "id": 12345678901234567890, "amount":1.10,"rate":1e2, "contact": "***","items":"***","amount":2.50,"note":"***" }',
    ),
    bodyOf('evt_all', DATA),
  ]);
  const sent = receiver.at(path).map(({ body }) => body.toString());
  await eventually(async () => {
    const shown = (await api.deliveries(webhook.id)).map(async ({ id }) => (await api.delivery(id)).payload);
    expect(await Promise.all(shown)).toEqual(sent.toReversed());
  });
});

it('a filter reads masked fields, and fields that are not sent', async () => {
  const { account, path } = await tenant({
    data_fields: ['data.contact.email'],
    masked_fields: ['data.contact.email'],
    filter: {
      all: [
        { path: 'data.contact.email', op: 'eq', value: SECRET },
        { path: 'data.amount', op: 'gt', value: 2 },
      ],
    },
  });
  await publish(account.id, 'evt_other', DATA.replaceAll('jane', 'joan'));
  await publish(account.id, 'evt_match');
  const [request] = await requests(path, 1);
  expect(request!.body.toString()).toBe(bodyOf('evt_match', '{ "contact": {"\\u0065mail":"***"} }'));
});

it('a replay follows the present rules of its own webhook', async () => {
  const { account, api, path: whole } = await tenant({});
  await publish(account.id, 'evt_replayed');
  await requests(whole, 1);
  const { url, path } = receiver.newUrl();
  const webhook = await api.createWebhook({ url, events: ['deal.won'], ...RULES });
  const asked = { since: new Date(Date.now() - 60_000).toISOString() };
  await eventually(async () => {
    const { body } = await api.post<ReplayPreviewView>(`/webhooks/${webhook.id}/replays`, { ...asked, dry_run: true });
    expect(body.total).toBe(1);
  });
  expect((await api.post(`/webhooks/${webhook.id}/replays`, asked)).status).toBe(202);
  const [request] = await requests(path, 1);
  expect(request!.body.toString()).toBe(bodyOf('evt_replayed', SENT));
  expect(await detail(api, webhook.id)).toMatchObject({ payload: request!.body.toString(), attempts: [{ trigger: 'replay' }] });
});

it('a test sends the body of a delivery, for saved and unsaved webhooks', async () => {
  const { api } = await platform.operator.createAccount('standard');
  const { sample } = profiles.get('standard')!.eventTypes.find(({ name }) => name === 'deal.won')!;
  const [kept, masked] = Object.keys(sample).map((name) => `data.${name}`);
  const { url, path } = receiver.newUrl();
  const settings = {
    url,
    name: 'Test',
    events: ['deal.won'],
    data_fields: [kept!, masked!],
    masked_fields: [masked!, 'data.test'],
  };
  const saved = await api.createWebhook(settings);
  const first = await api.post<TestResultsView>(`/webhooks/${saved.id}/test`);
  const second = await api.post<TestResultsView>('/webhooks/test', settings);
  const bodies = (await requests(path, 2)).map(({ body }) => body.toString());
  const [keptName, maskedName] = [kept, masked].map((name) => name!.slice('data.'.length));
  for (const body of bodies) {
    expect((JSON.parse(body) as { data: object }).data).toEqual({
      [keptName!]: sample[keptName!],
      [maskedName!]: '***',
      test: true,
    });
  }
  for (const [index, { body }] of [first, second].entries()) {
    const { delivery_id: id } = body.results[0]!;
    await eventually(async () => expect((await api.delivery(id)).payload).toBe(bodies[index]));
  }
});

it('a masked value is in no fact, and in no row of the log but the event itself', async () => {
  const { account, api, path, webhook } = await tenant({
    masked_fields: ['data.secret'],
    data_fields: ['data.secret', 'data.amount'],
    retry_policy: { max_retries: 1 },
  });
  const secret = 'nobody-writes-this-down';
  await api.made('/event-types', {
    name: 'card.lost',
    category: 'Cards',
    description: '',
    sample: { secret: `${secret}-sample` },
  });
  receiver.answer = ({ body }, response) => void response.writeHead(500, { 'x-echo': body.toString('hex') }).end(body);
  await publish(account.id, 'evt_secret', `{"amount":1.10,"secret":"${secret}","other":["${secret}"]}`);
  await requests(path, 2);
  await detail(api, webhook.id, '&status=failed');
  await api.post(`/webhooks/${webhook.id}/test`, { event: 'card.lost' });
  await eventually(async () => expect(await api.deliveries(webhook.id)).toHaveLength(2));

  const jsm = await platform.js.jetstreamManager();
  const { state } = await jsm.streams.info('FACTS');
  const facts: string[] = [];
  for (let seq = state.first_seq; seq <= state.last_seq; seq++)
    facts.push(new TextDecoder().decode((await jsm.streams.getMessage('FACTS', { seq }))?.data));
  expect(facts.filter((text) => text.includes('data.secret'))).not.toEqual([]);
  expect(facts.filter((text) => text.includes(secret))).toEqual([]);
  for (const table of ['attempts', 'deliveries', 'decisions']) {
    const rows = await platform.query(`SELECT one::text AS row FROM delivery_log.${table} one`);
    expect(rows.filter(({ row }) => String(row).includes(secret))).toEqual([]);
  }
  for (const { id } of await api.deliveries(webhook.id)) expect(JSON.stringify(await api.delivery(id))).not.toContain(secret);
});

it('malformed paths are refused with their position', async () => {
  const { api, webhook } = await tenant({});
  const bad = { data_fields: ['data.a', 'contact.email'], masked_fields: ['data'] };
  const refused = {
    status: 422,
    body: { code: 'validation_failed', errors: [{ pointer: '/data_fields/1' }, { pointer: '/masked_fields/0' }] },
  };
  const { name, url, events } = webhook;
  expect(await api.post('/webhooks', { name, url, events, ...bad })).toMatchObject(refused);
  expect(await api.post('/webhooks/test', { name, url, events, ...bad })).toMatchObject(refused);
  expect(await api.call('PATCH', `/webhooks/${webhook.id}`, bad)).toMatchObject(refused);
});
