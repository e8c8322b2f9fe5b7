import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import type { ErasureView } from '#libs/api/src/erasure.dto';
import type { EventView, RejectedEventView } from '#libs/api/src/event.dto';
import type { EventExplanationView } from '#libs/api/src/explain.dto';
import type { Page } from '#libs/api/src/page.dto';
import { projectDir } from '../../scripts/services.mjs';
import { PROJECTED_TABLES } from '../../services/delivery-log/src/rebuild/rebuild.js';
import { Api } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { everything, whereIs } from '../support/everything.js';
import { usePlatform } from '../support/platform.js';
import { useReceiver } from '../support/receiver.js';

jest.setTimeout(90_000);

/** A person's data can be erased: afterwards it is nowhere, and nothing else is missing. */

const platform = usePlatform({ env: { LOG_LEVEL: 'trace' } });
const receiver = useReceiver();

beforeAll(async () => {
  // Receivers often repeat parts of a request in their answer.
  receiver.answer = ({ path, body }, response) => {
    const code = path.endsWith('/bad') ? 500 : 200;
    response.writeHead(code, { 'x-got': Buffer.from(body).toString('base64').slice(0, 2_000) }).end(`got ${body.toString()}`);
  };
});

const marker = (): string => randomUUID().replaceAll('-', '');

async function erase(api: Api, body: object): Promise<ErasureView> {
  const { id } = await api.made<ErasureView>('/erasures', body);
  return eventually(async () => {
    const erasure = (await api.get<ErasureView>(`/erasures/${id}`)).body;
    expect(erasure.status).toBe('completed');
    return erasure;
  });
}

async function whereInAll(text: string): Promise<string[]> {
  return whereIs(text, await everything(platform));
}

it('an erased event is nowhere: not in the streams, the log or stored answers; its waiting deliveries end', async () => {
  const { account, api } = await platform.operator.createAccount('standard');
  const secret = marker();
  const delivered = await api.createWebhook({ url: `${receiver.url}/${secret.slice(0, 8)}/ok` });
  const retried = await api.createWebhook({ url: `${receiver.url}/${secret.slice(0, 8)}/bad`, auto_pause: null });
  const held = await api.createWebhook({ url: `${receiver.url}/${secret.slice(0, 8)}/held` });
  await api.post(`/webhooks/${held.id}/pause`);
  const id = `erased-${secret.slice(0, 8)}`;
  await platform.publish(account.id, 'contact.created', { data: { id: 'c1', note: secret }, key: `contact:${secret}` }, { id });
  await platform.publish(account.id, 'deal.won', { data: { note: 'stays' } }, { id: `stays-${id}` });
  const before = await eventually(async () => {
    const { body } = await api.get<EventView>(`/events/${id}`);
    expect(body.deliveries.map(({ status }) => status).toSorted()).toEqual(['held', 'pending_retry', 'success']);
    return body;
  });
  expect(before).toMatchObject({ erased_at: null, data: { note: secret } });
  const of = (webhookId: string): string => before.deliveries.find(({ webhook_id }) => webhook_id === webhookId)!.id;
  expect((await api.delivery(of(delivered.id))).attempts[0]!.response_body).toContain(secret);
  expect(await whereInAll(secret)).toEqual(
    expect.arrayContaining(['stream EVENTS', expect.stringMatching(/^table delivery_log.events/)]),
  );
  const requests = receiver.requests.length;

  expect(await erase(api, { event_id: id })).toMatchObject({ by: 'event', events: 1, rejected_events: 0 });

  expect(await whereInAll(secret)).toEqual([]);
  const { body: event } = await api.get<EventView>(`/events/${id}`);
  expect(event).toMatchObject({ id, event: 'contact.created', data: null, key: null, erased_at: expect.any(String) });
  const success = await api.delivery(of(delivered.id));
  expect(success).toMatchObject({
    status: 'success',
    payload: null,
    attempts: [{ status_code: 200, response_body: '', response_headers: {} }],
  });
  for (const webhook of [retried, held]) {
    await eventually(async () =>
      expect(await api.delivery(of(webhook.id))).toMatchObject({ status: 'failed', reason: 'erased', payload: null }),
    );
    expect(await api.post(`/deliveries/${of(webhook.id)}/retry`)).toMatchObject({ status: 409, body: { code: 'conflict' } });
    const { body } = await api.get<EventExplanationView>(`/events/${id}/explain?webhook_id=${webhook.id}`);
    expect(body.webhooks[0]).toMatchObject({ outcome: 'failed', summary: 'Failed: the event was erased.' });
    expect(body.webhooks[0]!.steps!.at(-1)).toMatchObject({ type: 'erased', message: 'The payload was erased.' });
  }
  expect((await api.get<EventView>(`/events/stays-${id}`)).body.data).toEqual({ note: 'stays' });
  // The erased event is gone from its lane: a resume delivers only the other one.
  await api.post(`/webhooks/${held.id}/resume`);
  await eventually(() => expect(receiver.requests.filter(({ path }) => path.endsWith('/held'))).toHaveLength(1));
  const late = receiver.requests.slice(requests).map(({ headers }) => headers['webhook-id']);
  expect(late).not.toContain(id);
  expect(
    (
      await api.post<{ total: number }>(`/webhooks/${delivered.id}/replays`, {
        since: new Date(Date.now() - 60_000).toISOString(),
        dry_run: true,
      })
    ).body.total,
  ).toBe(1);
});

it('an erasure by address removes every spelling, also in rejected events, and leaves other accounts alone', async () => {
  const [mine, other] = await Promise.all([1, 2].map(() => platform.operator.createAccount('standard')));
  const { account, api } = mine!;
  const name = marker();
  const email = `${name}@example.com`;
  const webhook = await api.createWebhook({ url: `${receiver.url}/mail` });
  const events: [string, string][] = [
    ['plain', JSON.stringify({ data: { email } })],
    ['capital', JSON.stringify({ data: { people: [{ 'e-mail': email.toUpperCase() }] } })],
    ['escaped', `{"data":{"email":"${email.replace('@', '\\u0040')}"}}`],
    ['linked', JSON.stringify({ data: { link: `https://x.example/?to=${encodeURIComponent(email)}` } })],
    ['keyed', JSON.stringify({ data: {}, key: `contact:${email}` })],
  ];
  for (const [id, body] of events) await platform.publish(account.id, 'contact.created', body, { id });
  await platform.publish(account.id, 'contact.created', { data: { email: `x-${email}` } }, { id: 'longer' });
  await platform.publish(other!.account.id, 'contact.created', { data: { email } }, { id: 'of-another' });
  await platform.publish(account.id, 'nothing.known', { data: { email } }, { id: 'refused' });
  await platform.publish(account.id, 'contact.created', `{"data": rubbish of ${email}`, { id: 'broken' });
  await eventually(async () => expect(await api.deliveries(webhook.id, '&status=success')).toHaveLength(6));
  await eventually(async () => expect((await api.get<Page<RejectedEventView>>('/rejected-events')).body.data).toHaveLength(2));

  expect(await erase(api, { email: email.replace(name, name.toUpperCase()) })).toMatchObject({
    by: 'email',
    events: 5,
    rejected_events: 2,
  });

  for (const [id] of events) expect((await api.get<EventView>(`/events/${id}`)).body).toMatchObject({ data: null, key: null });
  expect((await api.get<EventView>('/events/longer')).body.data).toEqual({ email: `x-${email}` });
  expect((await other!.api.get<EventView>('/events/of-another')).body.data).toEqual({ email });
  const rejected = (await api.get<Page<RejectedEventView>>('/rejected-events')).body.data;
  for (const { id, erased_at, reason, body_bytes } of rejected) {
    expect([erased_at, reason, body_bytes]).toEqual([expect.any(String), '', 0]);
    expect(await api.post(`/rejected-events/${id}/resend`, {})).toMatchObject({ status: 409 });
  }
  await erase(other!.api, { email });
  await erase(api, { email: `x-${email}` });
  expect(await whereInAll(name)).toEqual([]);
});

it('an erasure by record removes its events, and the values that filters compare with', async () => {
  const { account, api } = await platform.operator.createAccount('standard');
  const stage = marker();
  await api.createWebhook({ url: `${receiver.url}/changed`, filter: { path: 'data.stage', op: 'changed' } });
  const key = `deal:${marker()}`;
  for (const n of [1, 2])
    await platform.publish(account.id, 'deal.updated', { data: { stage: `${stage}${n}` }, key }, { id: `of-${n}` });
  await platform.publish(account.id, 'deal.updated', { data: { stage }, key: 'deal:another' }, { id: 'of-another' });
  await platform.publish(account.id, 'nothing.known', { data: {}, key }, { id: 'refused' });
  const records = async (): Promise<string[]> => {
    const texts: string[] = [];
    const jsm = await platform.js.jetstreamManager();
    const { state } = await jsm.streams.info('KV_records');
    for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
      const message = await jsm.streams.getMessage('KV_records', { seq });
      if (message?.subject.includes(account.id)) texts.push(message.string());
    }
    return texts;
  };
  await eventually(async () => expect(await records()).toHaveLength(2));
  await eventually(async () => expect((await api.get<Page<RejectedEventView>>('/rejected-events')).body.data).toHaveLength(1));

  expect(await erase(api, { record_key: key })).toMatchObject({ by: 'record_key', events: 2, rejected_events: 1 });

  expect(await whereInAll(`${stage}1`)).toEqual([]);
  expect(await whereInAll(key)).toEqual([]);
  expect((await api.get<EventView>('/events/of-another')).body.data).toEqual({ stage });
  const left = await records();
  expect(left).toHaveLength(2);
  expect(left).toEqual(expect.arrayContaining([expect.stringContaining('data.stage'), '{"v":1,"values":{}}']));
  // It goes on with what comes now.
  await platform.publish(account.id, 'deal.updated', { data: { stage: 'new' }, key }, { id: 'of-3' });
  await eventually(async () => expect((await api.get<EventView>('/events/of-3')).body.data).toEqual({ stage: 'new' }));
});

it('an erasure finds events that only the streams still keep', async () => {
  const { account, api } = await platform.operator.createAccount('standard');
  const email = `${marker()}@example.com`;
  await platform.publish(account.id, 'contact.created', { data: { email } }, { id: 'dropped' });
  await eventually(async () => expect((await api.get('/events/dropped')).status).toBe(200));
  // As when its day is dropped.
  await platform.query(`DELETE FROM delivery_log.events WHERE account_id = '${account.id}'`);
  expect(await whereInAll(email)).toEqual(['stream EVENTS']);
  expect(await erase(api, { email })).toMatchObject({ events: 1 });
  expect(await whereInAll(email)).toEqual([]);
});

it('a rebuilt log has the same rows after an erasure, even when processes died during it', async () => {
  const { account, api } = await platform.operator.createAccount('standard');
  const note = marker();
  const webhook = await api.createWebhook({ url: `${receiver.url}/again` });
  for (let n = 0; n < 150; n++)
    await platform.publish(account.id, 'contact.created', { data: { n, note }, key: 'contact:1' }, { id: `again-${n}` });
  await eventually(async () => {
    const [row] = await platform.query(
      `SELECT count(*)::int AS n FROM delivery_log.deliveries WHERE webhook_id = '${webhook.id}' AND status = 'success'`,
    );
    expect(row).toEqual({ n: 150 });
  });
  const log = platform.service('delivery-log');
  const { env } = log;
  for (const point of ['delivery-log.erasure_said', 'delivery-log.erasure_forgotten']) {
    log.env = { ...env, TIDINGS_CRASH_AT: point };
    await log.kill();
    log.start();
    await log.ready();
    await api.made('/erasures', { record_key: 'contact:1' });
    await eventually(() => expect(log.process === null).toBe(true));
  }
  log.env = env;
  log.start();
  await log.ready();
  await eventually(async () => {
    const { body } = await api.get<Page<ErasureView>>('/erasures');
    expect(body.data.map(({ status }) => status)).toEqual(['completed', 'completed']);
  });
  expect(await whereInAll(note)).toEqual([]);
  const dump = async (): Promise<unknown[]> => {
    const all = [];
    for (const table of PROJECTED_TABLES)
      all.push(await platform.query(`SELECT one::text AS row FROM delivery_log.${table} one ORDER BY 1`));
    return all;
  };
  const live = await dump();
  execFileSync(process.execPath, [join(projectDir, 'dist/services/delivery-log/src/rebuild/rebuild-main.js')], { env: log.env });
  await eventually(async () => expect(await dump()).toEqual(live), 30_000);
  // The last events are not in the stream any more, and nobody waits for them.
  expect(await erase(api, { record_key: 'contact:1' })).toMatchObject({ status: 'completed', events: 0 });
});

it.each([
  [{}, ''],
  [{ event_id: 'e', email: 'a@b.c' }, ''],
  [{ event_id: 'no id' }, '/event_id'],
  [{ email: 'nobody' }, '/email'],
  [{ record_key: '' }, '/record_key'],
])('%j is refused with the reason', async (body, pointer) => {
  const { api } = await platform.operator.createAccount('standard');
  expect(await api.post('/erasures', body)).toMatchObject({
    status: 422,
    body: { code: 'validation_failed', errors: [{ pointer }] },
  });
});

it('an unknown event is not found, and a key without the scope may not erase', async () => {
  const { api } = await platform.operator.createAccount('standard');
  expect(await api.post('/erasures', { event_id: 'never' })).toMatchObject({ status: 404, body: { code: 'event_not_found' } });
  expect(await api.get('/erasures/ers_none')).toMatchObject({ status: 404, body: { code: 'erasure_not_found' } });
  const { key } = await api.made<{ key: string }>('/api-keys', { name: 'writer', scopes: ['events:write', 'deliveries:write'] });
  expect(await new Api(platform.url, key).post('/erasures', { email: 'a@b.c' })).toMatchObject({ status: 403 });
});
