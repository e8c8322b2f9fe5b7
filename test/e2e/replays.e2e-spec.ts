import { jest } from '@jest/globals';
import type { Page } from '#libs/api/src/page.dto';
import type { CreateReplayDto, ReplayPreviewView, ReplayView } from '#libs/api/src/replay.dto';
import type { WebhookStatsView } from '#libs/api/src/statistics.dto';
import type { Answered, Api } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { usePlatform } from '../support/platform.js';
import { answerWith, type ReceivedRequest, useReceiver } from '../support/receiver.js';

jest.setTimeout(60_000);

const platform = usePlatform({ timeScale: 60, provisionEnv: { TIDINGS_DEDUP_WINDOW: '1' } });
const receiver = useReceiver();
let since = '';

beforeAll(async () => {
  // A second is enough to tell an event that is published again, much later, from one that is published twice.
  since = new Date(Date.now() - 60_000).toISOString();
});

afterEach(() => {
  receiver.answer = answerWith(200);
});

/** An account, and a webhook that nothing is published for. */
async function tenant(settings: object = {}) {
  const { account, api } = await platform.operator.createAccount('standard');
  const { url, path } = receiver.newUrl();
  const webhook = await api.createWebhook({ url, events: ['deal.lost'], auto_pause: null, ...settings });
  return { account, api, path, webhook };
}

async function publish(accountId: string, ids: string[], type = 'deal.won'): Promise<void> {
  await Promise.all(ids.map((id, n) => platform.publish(accountId, type, { data: { id, n } }, { id })));
}

/** Until the log knows so many events of the account: a replay is about what it knows. */
async function logged(api: Api, webhookId: string, count: number): Promise<void> {
  await eventually(async () => {
    const { body } = await api.post<ReplayPreviewView>(`/webhooks/${webhookId}/replays`, { since, events: ['*'], dry_run: true });
    expect(body.total).toBe(count);
  });
}

function replay(api: Api, webhookId: string, body: Partial<CreateReplayDto> = {}): Promise<Answered<ReplayView>> {
  return api.post<ReplayView>(`/webhooks/${webhookId}/replays`, { since, events: ['*'], ...body });
}

function over(api: Api, { id }: ReplayView, withinMs = 20_000): Promise<ReplayView> {
  return eventually(async () => {
    const { body } = await api.get<ReplayView>(`/replays/${id}`);
    expect({ status: body.status, pending: body.pending }).toEqual({ status: expect.not.stringMatching('running'), pending: 0 });
    return body;
  }, withinMs);
}

const ids = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, n) => `${prefix}-${n}`);
const idsOf = (requests: ReceivedRequest[]): string[] => requests.map(({ headers }) => String(headers['webhook-id'])).sort();

it('sends events stored before the webhook existed, with the same ids and bytes, as deliveries of their own', async () => {
  const first = await tenant({ events: ['*'] });
  const { account, api } = first;
  const events = ids('before', 3);
  await publish(account.id, events);
  await eventually(() => expect(receiver.at(first.path)).toHaveLength(3));
  const { url, path } = receiver.newUrl();
  const webhook = await api.createWebhook({ url, events: ['deal.won'] });
  await logged(api, webhook.id, events.length);

  const asked = await replay(api, webhook.id, { events: undefined as unknown as string[] });
  expect(asked).toMatchObject({ status: 202, body: { id: expect.stringMatching(/^rpl_/), total: 3, events: ['deal.won'] } });
  const done = await over(api, asked.body);
  expect(done).toMatchObject({ status: 'completed', reason: null, sent: 3, succeeded: 3, skipped: 0, failed: 0, cancelled: 0 });
  expect(idsOf(receiver.at(path))).toEqual(events);
  for (const { headers, body } of receiver.at(path)) {
    const original = receiver.at(first.path).find((one) => one.headers['webhook-id'] === headers['webhook-id']);
    expect(body).toEqual(original!.body);
  }
  const deliveries = await api.deliveries(webhook.id);
  expect(deliveries.map(({ replay_of, status }) => [replay_of, status])).toEqual([1, 2, 3].map(() => [done.id, 'success']));
  const detail = await api.delivery(deliveries[0]!.id);
  expect(detail.attempts.map(({ trigger }) => trigger)).toEqual(['replay']);
  expect(detail.payload).toBe(
    receiver
      .at(path)
      .find((one) => one.headers['webhook-id'] === detail.event_id)!
      .body.toString(),
  );
  const listed = await api.get<Page<ReplayView>>(`/webhooks/${webhook.id}/replays`);
  expect(listed.body.data).toMatchObject([{ id: done.id, status: 'completed', succeeded: 3 }]);
});

it('sends events that came while the webhook was disabled once it is resumed, and is refused before', async () => {
  const { account, api, path, webhook } = await tenant({ events: ['deal.won'] });
  receiver.answer = answerWith(410);
  await publish(account.id, ['gone']);
  await platform.inForce(account.id, webhook.id, 'disabled');
  await publish(account.id, ['meanwhile-1', 'meanwhile-2']);
  for (const id of ['meanwhile-1', 'meanwhile-2'])
    await eventually(async () => expect((await api.get(`/events/${id}`)).status).toBe(200));
  expect(await replay(api, webhook.id)).toMatchObject({ status: 409, body: { code: 'conflict' } });
  receiver.answer = answerWith(200);
  await api.post(`/webhooks/${webhook.id}/resume`);
  expect(await over(api, (await replay(api, webhook.id)).body)).toMatchObject({ total: 3, succeeded: 3 });
  expect(idsOf(receiver.at(path))).toEqual(['gone', 'gone', 'meanwhile-1', 'meanwhile-2']);
});

it('sends only events whose delivery has the given status, and retries by the schedule of the webhook', async () => {
  const policy = { max_retries: 1, intervals_seconds: [60] };
  const { account, api, path, webhook } = await tenant({ events: ['deal.won'], retry_policy: policy });
  receiver.answer = (request, response) =>
    void response.writeHead(String(request.headers['webhook-id']).startsWith('bad') ? 500 : 200).end();
  await publish(account.id, ['bad-1', 'bad-2', 'good-1', 'good-2']);
  await eventually(async () => expect(await api.deliveries(webhook.id, '&status=success,failed')).toHaveLength(4));
  // It fails once more, then it succeeds.
  const seen = receiver.at(path).length;
  receiver.answer = (_request, response) => void response.writeHead(receiver.at(path).length <= seen + 2 ? 500 : 200).end();
  const asked = await replay(api, webhook.id, { status: ['failed'] });
  expect(asked.body).toMatchObject({ total: 2, statuses: ['failed'] });
  expect(await over(api, asked.body)).toMatchObject({ status: 'completed', sent: 2, succeeded: 2, skipped: 0 });
  expect(idsOf(receiver.at(path).slice(seen))).toEqual(['bad-1', 'bad-1', 'bad-2', 'bad-2']);
  const replayed = (await api.deliveries(webhook.id)).filter(({ replay_of }) => replay_of === asked.body.id);
  for (const { id } of replayed)
    expect((await api.delivery(id)).attempts.map(({ trigger }) => trigger)).toEqual(['replay', 'schedule']);
  // Neither that one nor this one counts deliveries of replays.
  const failed = await api.post<ReplayPreviewView>(`/webhooks/${webhook.id}/replays`, {
    since,
    status: ['success', 'failed'],
    dry_run: true,
  });
  expect(failed.body).toMatchObject({ total: 4, statuses: ['success', 'failed'] });
});

it('sends only requested types that pass the present filter, and a dry run counts both and stores nothing', async () => {
  const filter = { path: 'data.n', op: 'gte', value: 2 };
  const { account, api, path, webhook } = await tenant({ filter });
  const won = ids('won', 14);
  await publish(account.id, won);
  await publish(account.id, ['contact'], 'contact.created');
  await logged(api, webhook.id, 15);
  const dry = await api.post<ReplayPreviewView>(`/webhooks/${webhook.id}/replays`, { since, events: ['deal.*'], dry_run: true });
  expect(dry).toMatchObject({ status: 200, body: { webhook_id: webhook.id, total: 14, events: ['deal.*'] } });
  expect(dry.body.sample).toHaveLength(10);
  expect(dry.body.sample[0]).toEqual({
    event_id: expect.any(String),
    event: 'deal.won',
    timestamp: expect.any(String),
    key: expect.any(String),
  });
  expect(dry.body.sample.map(({ event_id }) => event_id)).not.toContain('won-1');
  expect((await api.get<Page<ReplayView>>(`/webhooks/${webhook.id}/replays`)).body.data).toEqual([]);

  const done = await over(api, (await replay(api, webhook.id, { events: ['deal.*'] })).body);
  expect(done).toMatchObject({ total: 14, sent: 12, skipped: 2, succeeded: 12 });
  expect(idsOf(receiver.at(path))).toEqual(won.slice(2).sort());
});

it('sends an event that was published again much later once, as it was stored last', async () => {
  const { account, api, path, webhook } = await tenant();
  await platform.publish(account.id, 'deal.won', { data: { n: 'first' } }, { id: 'twice' });
  const publishedAtMs = Date.now();
  await eventually(() => expect(Date.now() - publishedAtMs).toBeGreaterThan(1_500));
  await platform.publish(account.id, 'deal.won', { data: { n: 'second' } }, { id: 'twice' });
  await publish(account.id, ['once']);
  await logged(api, webhook.id, 3);
  expect(await over(api, (await replay(api, webhook.id)).body)).toMatchObject({ total: 3, sent: 2, skipped: 1, succeeded: 2 });
  expect(idsOf(receiver.at(path))).toEqual(['once', 'twice']);
  expect(
    receiver
      .at(path)
      .map(({ body }) => body.toString())
      .join(),
  ).toContain('second');
});

it('lets fresh events overtake: they arrive at once and skip the lane', async () => {
  const { account, api, path, webhook } = await tenant({ events: ['deal.lost'], max_concurrency: 16 });
  const old = ids('old', 500);
  await publish(account.id, old);
  await logged(api, webhook.id, old.length);
  receiver.answer = (_request, response) => void setTimeout(() => response.writeHead(200).end(), 20);
  const { body } = await replay(api, webhook.id);
  await eventually(() => expect(receiver.at(path).length).toBeGreaterThan(20));
  const before = receiver.at(path).length;
  const fresh = ids('fresh', 5);
  for (const id of fresh) {
    await publish(account.id, [id], 'deal.lost');
    await eventually(() => expect(idsOf(receiver.at(path))).toContain(id));
  }
  const places = fresh.map((id) => receiver.at(path).findIndex(({ headers }) => headers['webhook-id'] === id));
  expect(Math.max(...places)).toBeLessThan(before + 250);
  await over(api, body, 30_000);
  expect(idsOf(receiver.at(path))).toEqual([...old, ...fresh].sort());
  const deliveries = (await api.deliveries(webhook.id)).filter(({ event_id }) => fresh.includes(event_id));
  for (const { id } of deliveries) expect((await api.delivery(id)).attempts).toMatchObject([{ trigger: 'event' }]);
});

it('keeps to its own rate and to the rate of the webhook', async () => {
  const { account, api, path, webhook } = await tenant();
  const paced = await tenant({ rate_per_second: 20 });
  const [events, others] = [ids('paced', 40), ids('paced-webhook', 40)];
  await publish(account.id, events);
  await publish(paced.account.id, others);
  await logged(api, webhook.id, events.length);
  await logged(paced.api, paced.webhook.id, others.length);
  const [one, other] = await Promise.all([replay(api, webhook.id, { rate_per_second: 20 }), replay(paced.api, paced.webhook.id)]);
  await Promise.all([over(api, one.body), over(paced.api, other.body)]);
  for (const at of [path, paced.path]) {
    const times = receiver.at(at).map(({ atMs }) => atMs);
    expect(times).toHaveLength(40);
    // 39 gaps of 50 ms; a quarter of a second's worth may come at once, and as much be caught up.
    expect(times.at(-1)! - times[0]!).toBeGreaterThan(1_450);
    for (const [index, atMs] of times.entries())
      expect(times.filter((time, later) => later >= index && time < atMs + 1_000).length).toBeLessThanOrEqual(31);
  }
});

it('sends nothing after its cancellation is answered, and tells what it has sent', async () => {
  const { account, api, path, webhook } = await tenant({ max_concurrency: 16 });
  const events = ids('cancel', 300);
  await publish(account.id, events);
  await logged(api, webhook.id, events.length);
  receiver.answer = (_request, response) => void setTimeout(() => response.writeHead(200).end(), 50);
  const { body } = await replay(api, webhook.id);
  await eventually(() => expect(receiver.at(path).length).toBeGreaterThan(5));
  const cancelled = await api.call<ReplayView>('DELETE', `/replays/${body.id}`);
  expect(cancelled).toMatchObject({ status: 200, body: { status: 'cancelled', reason: 'by_user' } });
  const atCancel = receiver.at(path).length;
  const cancelledAtMs = Date.now();
  await eventually(() => expect(Date.now() - cancelledAtMs).toBeGreaterThan(1_500));
  const sent = receiver.at(path).length;
  // Deliveries in hand may still begin, within half a second.
  expect(sent).toBeLessThanOrEqual(atCancel + 8);
  expect(await over(api, body)).toMatchObject({ sent, succeeded: sent, pending: 0 });
  expect((await api.call('DELETE', `/replays/${body.id}`)).status).toBe(200);
  receiver.answer = answerWith(200);
  const other = await over(api, (await replay(api, webhook.id, { rate_per_second: 10_000 })).body);
  expect(other.succeeded).toBe(300);
  expect(await api.call('DELETE', `/replays/${other.id}`)).toMatchObject({ status: 409, body: { code: 'conflict' } });
});

it('waits while its webhook is paused, without failing or staying in hand, and goes on when it is resumed', async () => {
  const { account, api, path, webhook } = await tenant({ max_concurrency: 16 });
  const events = ids('pause', 200);
  await publish(account.id, events);
  await logged(api, webhook.id, events.length);
  receiver.answer = (_request, response) => void setTimeout(() => response.writeHead(200).end(), 20);
  const { body } = await replay(api, webhook.id);
  await eventually(() => expect(receiver.at(path).length).toBeGreaterThan(5));
  await api.post(`/webhooks/${webhook.id}/pause`);
  const pausedAtMs = Date.now();
  await eventually(() => expect(Date.now() - pausedAtMs).toBeGreaterThan(1_000));
  const sent = receiver.at(path).length;
  await eventually(() => expect(Date.now() - pausedAtMs).toBeGreaterThan(3_000));
  const jsm = await platform.js.jetstreamManager();
  await expect(jsm.consumers.info('REPLAYS', `replay-${webhook.id}`)).rejects.toThrow('consumer not found');
  expect(receiver.at(path)).toHaveLength(sent);
  // The lane is for what is held; a replay is not there.
  expect((await api.get<WebhookStatsView>(`/webhooks/${webhook.id}/stats`)).body.held).toBe(0);
  expect((await api.get<ReplayView>(`/replays/${body.id}`)).body).toMatchObject({ status: 'running', sent: 200 });
  await api.post(`/webhooks/${webhook.id}/resume`);
  expect(await over(api, body)).toMatchObject({ status: 'completed', succeeded: 200 });
  expect(idsOf(receiver.at(path))).toEqual([...events].sort());
});

it('ends when its webhook is deleted, and its waiting deliveries are cancelled visibly', async () => {
  const { account, api, webhook } = await tenant();
  const events = ids('deleted', 30);
  await publish(account.id, events);
  await logged(api, webhook.id, events.length);
  await api.post(`/webhooks/${webhook.id}/pause`);
  const { body } = await replay(api, webhook.id);
  await eventually(async () => expect((await api.get<ReplayView>(`/replays/${body.id}`)).body.sent).toBe(30));
  await api.call('DELETE', `/webhooks/${webhook.id}`);
  expect(await over(api, body)).toMatchObject({ status: 'cancelled', reason: 'webhook_deleted', sent: 30, cancelled: 30 });
});

it('says why it is refused, and is hidden from other accounts', async () => {
  const { api, webhook } = await tenant();
  const other = await tenant();
  const day = 24 * 60 * 60 * 1_000;
  const at = (ms: number): string => new Date(Date.now() + ms).toISOString();
  for (const [body, pointer] of [
    [{ since: at(-31 * day) }, '/since'],
    [{ since: at(day) }, '/since'],
    [{ since: 'yesterday' }, '/since'],
    [{ since: at(-day), until: at(-2 * day) }, '/until'],
    [{ since, status: 'held' }, '/status'],
    [{ since, events: ['no.such_type'] }, '/events/0'],
    [{ since, rate_per_second: 0 }, '/rate_per_second'],
    [{ since, everything: true }, '/everything'],
  ] as const) {
    const refused = await api.post(`/webhooks/${webhook.id}/replays`, body);
    expect(refused).toMatchObject({ status: 422, body: { code: 'validation_failed', errors: [{ pointer }] } });
  }
  expect(await replay(other.api, webhook.id)).toMatchObject({ status: 404, body: { code: 'webhook_not_found' } });
  const { body } = await replay(api, webhook.id);
  expect(await over(api, body)).toMatchObject({ total: 0, sent: 0, status: 'completed' });
  for (const method of ['GET', 'DELETE'])
    expect(await other.api.call(method, `/replays/${body.id}`)).toMatchObject({
      status: 404,
      body: { code: 'replay_not_found' },
    });
  expect((await other.api.get(`/webhooks/${webhook.id}/replays`)).status).toBe(404);
});

it('is one replay when requested twice with one Idempotency-Key, and a dry run stays a dry run', async () => {
  const { api, webhook } = await tenant();
  const ask = (key: string, body: object): Promise<Answered<ReplayView>> =>
    api.call<ReplayView>('POST', `/webhooks/${webhook.id}/replays`, { since, ...body }, { 'idempotency-key': key });
  const [first, second] = [await ask('once', {}), await ask('once', {})];
  expect([first.status, second.status]).toEqual([202, 202]);
  expect(second.body.id).toBe(first.body.id);
  const [dry, again] = [await ask('dry', { dry_run: true }), await ask('dry', { dry_run: true })];
  expect([dry.status, again.status]).toEqual([200, 200]);
  expect((await api.get<Page<ReplayView>>(`/webhooks/${webhook.id}/replays`)).body.data).toHaveLength(1);
});
