import { jest } from '@jest/globals';
import type { ReplayPreviewView, ReplayView } from '#libs/api/src/replay.dto';
import type { WebhookStatsView } from '#libs/api/src/statistics.dto';
import { nanos } from '@nats-io/transport-node';
import { Supervisor } from '../chaos/supervisor.js';
import type { Api } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { usePlatform } from '../support/platform.js';
import { answerWith, useReceiver } from '../support/receiver.js';

/** Some deaths, one of each kind: `npm run chaos` has every point and every server, with a replay in each run. */

jest.setTimeout(180_000);

const platform = usePlatform({ isOwn: true, timeScale: 60 });
const receiver = useReceiver();
let supervisor: Supervisor;
let since = '';

beforeAll(async () => {
  supervisor = new Supervisor(platform);
  since = new Date(Date.now() - 60_000).toISOString();
});

afterEach(() => {
  receiver.answer = answerWith(200);
});

/** An account with so many stored events, and a webhook that has got none of them. */
async function stored(count: number, settings: object = {}) {
  const { account, api } = await platform.operator.createAccount('standard');
  const { url, path } = receiver.newUrl();
  const webhook = await api.createWebhook({ url, events: ['deal.lost'], auto_pause: null, max_concurrency: 16, ...settings });
  const ids = Array.from({ length: count }, (_, n) => `crash-${n}`);
  await Promise.all(ids.map((id, n) => platform.publish(account.id, 'deal.won', { data: { n } }, { id })));
  await eventually(async () => {
    const { body } = await api.post<ReplayPreviewView>(`/webhooks/${webhook.id}/replays`, { ...everything(), dry_run: true });
    expect(body.total).toBe(count);
  });
  return { api, path, webhook, ids };
}

const everything = (): object => ({ since, events: ['*'] });

function over(api: Api, { id }: ReplayView): Promise<ReplayView> {
  return eventually(async () => {
    const { body } = await api.get<ReplayView>(`/replays/${id}`);
    expect({ status: body.status, pending: body.pending }).toEqual({ status: expect.not.stringMatching('running'), pending: 0 });
    return body;
  }, 90_000);
}

/** How often each event came, by its id. */
function timesOf(path: string): Map<string, number> {
  const times = new Map<string, number>();
  for (const { headers } of receiver.at(path)) {
    const id = String(headers['webhook-id']);
    times.set(id, (times.get(id) ?? 0) + 1);
  }
  return times;
}

function expectEachOnce(path: string, ids: string[]): void {
  expect(timesOf(path)).toEqual(new Map(ids.map((id) => [id, 1])));
}

it('a killed delivery-log resumes a replay behind its last publication, even when JetStream has forgotten the ids', async () => {
  const { api, path, webhook, ids } = await stored(600);
  const jsm = await platform.js.jetstreamManager();
  await jsm.streams.update('REPLAYS', { duplicate_window: nanos(100) });
  await supervisor.arm('delivery-log', 'delivery-log.replay_published', 540);
  const { body } = await api.post<ReplayView>(`/webhooks/${webhook.id}/replays`, everything());
  expect(await supervisor.revive('delivery-log', () => 20_000)).toBe(true);
  expect(await over(api, body)).toMatchObject({ status: 'completed', total: 600, sent: 600, succeeded: 600, skipped: 0 });
  expectEachOnce(path, ids);
});

it('a killed dispatch repeats only the deliveries that it had in hand', async () => {
  const { api, path, webhook, ids } = await stored(400);
  receiver.answer = (_request, response) => void setTimeout(() => response.writeHead(200).end(), 20);
  const { body } = await api.post<ReplayView>(`/webhooks/${webhook.id}/replays`, everything());
  for (const count of [50, 200]) {
    await eventually(() => expect(receiver.at(path).length).toBeGreaterThan(count), 30_000);
    await supervisor.kill('dispatch');
  }
  expect(await over(api, body)).toMatchObject({ status: 'completed', sent: 400, succeeded: 400 });
  const times = timesOf(path);
  expect([...times.keys()].sort()).toEqual([...ids].sort());
  // A quarter of its sixteen requests on the wire, and as many answers that were no facts yet, at each death.
  expect(receiver.at(path).length - 400).toBeLessThanOrEqual(2 * 16);
  for (const { id } of await api.deliveries(webhook.id, '&status=success'))
    expect((await api.delivery(id)).attempts.length).toBeLessThanOrEqual(3);
});

it('a dispatch killed before it acks repeats no recorded attempt', async () => {
  const policy = { max_retries: 1, intervals_seconds: [60] };
  const { api, path, webhook, ids } = await stored(60, { retry_policy: policy, max_concurrency: 1 });
  receiver.answer = (request, response) =>
    void response.writeHead(timesOf(path).get(String(request.headers['webhook-id'])) === 1 ? 500 : 200).end();
  await supervisor.arm('dispatch', 'dispatch.retry_stored', 20);
  const { body } = await api.post<ReplayView>(`/webhooks/${webhook.id}/replays`, everything());
  expect(await supervisor.revive('dispatch', () => 30_000)).toBe(true);
  expect(await over(api, body)).toMatchObject({ status: 'completed', sent: 60, succeeded: 60 });
  expect([...timesOf(path).keys()].sort()).toEqual([...ids].sort());
  // A recorded attempt was not repeated. Requests on the wire, or without a stored fact, may have been.
  let unrecorded = 0;
  for (const { id } of await api.deliveries(webhook.id)) {
    const [first, second, ...others] = (await api.delivery(id)).attempts.map(({ trigger }) => trigger);
    // Retries that are due at the same time go one by one.
    expect({ first, others }).toEqual({ first: 'replay', others: [] });
    expect([undefined, 'schedule', 'release']).toContain(second);
    if (second === undefined) unrecorded++;
  }
  expect(unrecorded).toBeLessThanOrEqual(8);
  expect(receiver.at(path).length - 120).toBeLessThanOrEqual(8);
});

it('a delivery begun before dispatch died goes on, even when its replay is cancelled meanwhile', async () => {
  const policy = { max_retries: 1, intervals_seconds: [60] };
  const { api, path, webhook } = await stored(30, { retry_policy: policy, max_concurrency: 1 });
  receiver.answer = (request, response) =>
    void response.writeHead(timesOf(path).get(String(request.headers['webhook-id'])) === 1 ? 500 : 200).end();
  await supervisor.arm('dispatch', 'dispatch.scheduled', 5);
  const { body } = await api.post<ReplayView>(`/webhooks/${webhook.id}/replays`, everything());
  await eventually(() => expect(platform.service('dispatch').process).toBeNull(), 30_000);
  expect((await api.call('DELETE', `/replays/${body.id}`)).status).toBe(200);
  await supervisor.revive('dispatch', () => 0);
  // The fifth has failed on record, its retry was not stored, and its message was taken back. One or two more may be on record.
  const begun = await eventually(async () => {
    const deliveries = await api.deliveries(webhook.id);
    expect(deliveries.length).toBeGreaterThanOrEqual(5);
    expect(new Set(deliveries.map(({ status }) => status))).toEqual(new Set(['success']));
    return deliveries;
  }, 60_000);
  expect(begun.length).toBeLessThan(15);
  for (const { event_id } of begun) expect(timesOf(path).get(event_id)).toBe(2);
  const sent = begun.length;
  expect((await api.get<ReplayView>(`/replays/${body.id}`)).body).toMatchObject({ status: 'cancelled', sent, pending: 0 });
  expect((await api.get<WebhookStatsView>(`/webhooks/${webhook.id}/stats`)).body.pending_retry).toBe(0);
});

it('every delivery arrives when NATS is away for a while, and once unless it was on the wire', async () => {
  const { api, path, webhook, ids } = await stored(600);
  const { body } = await api.post<ReplayView>(`/webhooks/${webhook.id}/replays`, { ...everything(), rate_per_second: 200 });
  await eventually(() => expect(receiver.at(path).length).toBeGreaterThan(150), 30_000);
  await platform.nats.killAndRestart(2_000);
  expect(await over(api, body)).toMatchObject({ status: 'completed', sent: 600, succeeded: 600 });
  expectEachOnce(path, ids);
});
