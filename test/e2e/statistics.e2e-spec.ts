import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import type { AccountStatsView, StatsPointView, WebhookStatsView } from '#libs/api/src/statistics.dto';
import type { WebhookWithSecretView } from '#libs/api/src/webhook.dto';
import pg from 'pg';
import { freePort } from '../../scripts/servers/child.mjs';
import { projectDir } from '../../scripts/services.mjs';
import type { Api } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { usePlatform } from '../support/platform.js';
import { answerWith, useReceiver } from '../support/receiver.js';

jest.setTimeout(120_000);

const platform = usePlatform({ isOwn: true, timeScale: 10 });
const receiver = useReceiver();
let database: pg.Client;

beforeAll(async () => {
  database = await platform.connectDatabase();
});

/** A webhook with a receiver of its own, whose answer may be changed. */
async function webhookOf(
  api: Api,
  webhook: object = {},
): Promise<{ webhook: WebhookWithSecretView; path: string; answer: (status: number) => void }> {
  const { url, path } = receiver.newUrl();
  statuses.set(path, 200);
  receiver.answer = (request, response, index) => answerWith(statuses.get(request.path)!)(request, response, index);
  const created = await api.createWebhook({
    url,
    retry_policy: { max_retries: 0 },
    ...webhook,
  });
  return { webhook: created, path, answer: (status) => statuses.set(path, status) };
}
const statuses = new Map<string, number>();

async function publish(accountId: string, prefix: string, count: number): Promise<void> {
  for (let n = 0; n < count; n++) await platform.publish(accountId, 'deal.won', { data: { n } }, { id: `${prefix}-${n}` });
}

async function statsOf(api: Api, webhookId: string, query = ''): Promise<WebhookStatsView> {
  return (await api.get<WebhookStatsView>(`/webhooks/${webhookId}/stats${query}`)).body;
}

function sum(series: StatsPointView[]): object {
  const of = (field: 'success' | 'failed' | 'cancelled' | 'attempts' | 'failed_attempts') =>
    series.reduce((total, point) => total + point[field], 0);
  return {
    success: of('success'), failed: of('failed'), cancelled: of('cancelled'), attempts: of('attempts'), failed_attempts: of('failed_attempts'),
  }; // prettier-ignore
}

it('counts by the hour and day what happened to a webhook and to the account, and leaves tests out', async () => {
  const { account, api } = await platform.operator.createAccount('standard');
  const one = await webhookOf(api, { events: ['deal.won'] });
  const other = await webhookOf(api, { events: ['contact.created'], retry_policy: { max_retries: 1, intervals_seconds: [1] } });
  await publish(account.id, 'well', 8);
  await eventually(() => expect(receiver.requests.length).toBeGreaterThanOrEqual(8));
  one.answer(500);
  await publish(account.id, 'fails', 2);
  other.answer(503);
  await platform.publish(account.id, 'contact.created', { data: {} }, { id: 'contact' });
  await api.post(`/webhooks/${one.webhook.id}/test`, { event: 'deal.won' });

  const counted = { success: 8, failed: 2, cancelled: 0, attempts: 10, failed_attempts: 2 };
  const stats = await eventually(async () => {
    const view = await statsOf(api, one.webhook.id);
    expect(sum(view.series)).toEqual(counted);
    return view;
  });
  expect(stats).toMatchObject({ success: 8, failed: 2, cancelled: 0, success_rate: 0.8, pending: 0, pending_retry: 0, held: 0 });
  expect([24, 25]).toContain(stats.series.length);
  const last = stats.series.filter(({ attempts }) => attempts > 0);
  expect(last.every((point) => point.p50_response_time_ms! <= point.p95_response_time_ms!)).toBe(true);
  expect(stats.series.map(({ start }) => start)).toEqual(stats.series.map(({ start }) => start).sort());
  expect(stats.series[0]).toMatchObject({ success: 0, attempts: 0, success_rate: null, p50_response_time_ms: null });

  const daily = await statsOf(api, one.webhook.id, '?interval=day');
  expect(daily.series.map(({ start }) => start.slice(10))).toEqual(daily.series.map(() => 'T00:00:00.000Z'));
  expect(sum(daily.series)).toEqual(counted);

  await eventually(async () => {
    const { body } = await api.get<AccountStatsView>('/stats');
    expect(body).toMatchObject({ success: 8, failed: 3, attempts: 12, failed_attempts: 4, success_rate: 8 / 11 });
    expect(sum(body.series)).toEqual({ success: 8, failed: 3, cancelled: 0, attempts: 12, failed_attempts: 4 });
  });
});

it('tells of the asked time only: the counts by creation, the series by the hours around it', async () => {
  const { account, api } = await platform.operator.createAccount('standard');
  const { webhook } = await webhookOf(api);
  await publish(account.id, 'range', 3);
  await eventually(async () => expect((await statsOf(api, webhook.id)).success).toBe(3));
  const ahead = new Date(Date.now() + 3_600_000).toISOString();
  const before = new Date(Date.now() - 3 * 86_400_000).toISOString();
  const day = new Date(Date.now() - 2 * 86_400_000).toISOString();
  expect(await statsOf(api, webhook.id, `?since=${before}&until=${ahead}`)).toMatchObject({
    success: 3,
    since: before,
    until: ahead,
  });
  const old = await statsOf(api, webhook.id, `?since=${before}&until=${day}`);
  expect(old).toMatchObject({ success: 0, success_rate: null });
  expect(sum(old.series)).toMatchObject({ success: 0, attempts: 0 });
  // Hours past the retention have no points.
  const { body } = await api.get<AccountStatsView>('/stats?since=2020-01-01T00:00:00Z&interval=day');
  expect(body.series).toHaveLength(31);
  for (const query of [`?since=${ahead}&until=${before}`, '?interval=minute', '?since=yesterday'])
    expect((await api.get(`/stats${query}`)).status).toBe(422);
});

it('shows nothing of other accounts, or of a webhook that is not there', async () => {
  const { api: other } = await platform.operator.createAccount('standard');
  const { account, api } = await platform.operator.createAccount('standard');
  const { webhook } = await webhookOf(api);
  await publish(account.id, 'mine', 2);
  await eventually(async () => expect((await statsOf(api, webhook.id)).success).toBe(2));
  expect((await other.get(`/webhooks/${webhook.id}/stats`)).status).toBe(404);
  expect((await other.get<AccountStatsView>('/stats')).body).toMatchObject({ success: 0, attempts: 0 });
});

describe('the sentence about a receiver', () => {
  const health = async (api: Api, id: string): Promise<string> => (await statsOf(api, id)).health;
  const says = (api: Api, id: string, words: RegExp): Promise<void> =>
    eventually(async () => expect(await health(api, id)).toMatch(words));

  it('says what happened since when, after which change, and that all is well', async () => {
    const { account, api } = await platform.operator.createAccount('standard');
    const { webhook, answer } = await webhookOf(api, { auto_pause: null });
    expect(await health(api, webhook.id)).toBe('Nothing has been delivered yet');
    await publish(account.id, 'first', 3);
    await says(api, webhook.id, /^All well: 3 of 3 delivered since \d\d:00, usually within \d+ ms$/);
    await api.post(`/webhooks/${webhook.id}/secret`, { overlap_seconds: 0 });
    answer(401);
    await publish(account.id, 'rotated', 2);
    await says(api, webhook.id, /^401 since \d\d:\d\d, after the secret was rotated at \d\d:\d\d$/);
    answer(503);
    await publish(account.id, 'mixed', 1);
    await says(api, webhook.id, /^Failing since \d\d:\d\d, most recently: 503, after the secret was rotated at/);
    await api.call('PATCH', `/webhooks/${webhook.id}`, { headers: { 'x-token': 'new' } });
    await says(api, webhook.id, /; nothing sent since the headers were changed at \d\d:\d\d$/);
    answer(200);
    await publish(account.id, 'again', 1);
    await says(api, webhook.id, /^Recovered: 4 of 7 delivered since \d\d:00, 3 attempts failed, usually within \d+ ms$/);
    await api.call('PATCH', `/webhooks/${webhook.id}`, { url: `http://127.0.0.1:${await freePort()}/` });
    await publish(account.id, 'refused', 1);
    await says(api, webhook.id, /^Refusing connections since \d\d:\d\d, after the URL was changed at \d\d:\d\d$/);
  });

  it('says that it is paused, by whom, and how many wait; and that 410 disabled it', async () => {
    const { account, api } = await platform.operator.createAccount('standard');
    const { webhook, answer } = await webhookOf(api, { auto_pause: { after_failures: 1, probe: false } });
    await api.post(`/webhooks/${webhook.id}/pause`);
    await says(api, webhook.id, /^Paused since \d\d:\d\d by a user; nothing waiting$/);
    await publish(account.id, 'waits', 1);
    await says(api, webhook.id, /by a user; 1 waiting$/);
    await api.post(`/webhooks/${webhook.id}/resume`);
    answer(500);
    await publish(account.id, 'pauses', 1);
    await says(api, webhook.id, /^Paused since \d\d:\d\d after repeated failures; /);
    answer(410);
    await api.post(`/webhooks/${webhook.id}/resume`);
    await publish(account.id, 'gone', 1);
    await says(api, webhook.id, /^Disabled since \d\d:\d\d because its receiver answered 410 Gone$/);
  });
});

it('is counted once whatever dies, and the same when the log is made again from its streams', async () => {
  const { account, api } = await platform.operator.createAccount('standard');
  const { webhook, path, answer } = await webhookOf(api, { auto_pause: null });
  const service = platform.service('delivery-log');
  await service.kill();
  await publish(account.id, 'well', 20);
  await eventually(() => expect(receiver.at(path)).toHaveLength(20));
  answer(500);
  await publish(account.id, 'fails', 20);
  for (const point of ['delivery-log.written', 'delivery-log.committed']) {
    service.env['TIDINGS_CRASH_AT'] = point;
    service.start();
    await eventually(() => expect(service.process === null).toBe(true), 30_000);
  }
  delete service.env['TIDINGS_CRASH_AT'];
  service.start();
  await service.ready();
  const counted = { success: 20, failed: 20, cancelled: 0, attempts: 40, failed_attempts: 20 };
  await eventually(async () => expect(sum((await statsOf(api, webhook.id)).series)).toEqual(counted));
  const rows = async (): Promise<unknown[]> =>
    (await database.query('SELECT * FROM delivery_log.webhook_hours ORDER BY account_id, webhook_id, hour')).rows as unknown[];
  const before = await rows();
  execFileSync(process.execPath, [join(projectDir, 'dist/services/delivery-log/src/rebuild/rebuild-main.js')], {
    env: service.env,
  });
  await eventually(async () => expect(await rows()).toEqual(before), 30_000);
});
