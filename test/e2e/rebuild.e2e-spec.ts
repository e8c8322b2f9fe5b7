import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import pg from 'pg';
import type { CreatedAccountView } from '#libs/api/src/account.dto';
import type { ErasureView } from '#libs/api/src/erasure.dto';
import type { RejectedEventView } from '#libs/api/src/event.dto';
import type { Page } from '#libs/api/src/page.dto';
import { projectDir } from '../../scripts/services.mjs';
import { PROJECTED_TABLES } from '../../services/delivery-log/src/rebuild/rebuild.js';
import { Api } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { usePlatform } from '../support/platform.js';
import { useReceiver } from '../support/receiver.js';

jest.setTimeout(90_000);

const platform = usePlatform({ isOwn: true, timeScale: 600 });
const receiver = useReceiver();
let database: pg.Client;

beforeAll(async () => {
  database = await platform.connectDatabase();
});

/** Every row of every projected table, in one order. */
async function dump(): Promise<Record<string, string[]>> {
  const rows: Record<string, string[]> = {};
  for (const table of PROJECTED_TABLES) {
    const result = await database.query<{ row: string }>(
      `SELECT one::text AS row FROM delivery_log.${table} one ORDER BY one::text`,
    );
    rows[table] = result.rows.map(({ row }) => row);
  }
  return rows;
}

/** Dumps the log once it has this many attempts and every message of every stream has been read. */
async function settled(attempts: number): Promise<Record<string, string[]>> {
  return eventually(async () => {
    const before = await lastSeqs();
    expect(await unread()).toEqual([]);
    const now = await dump();
    expect([now['attempts']!.length, await lastSeqs()]).toEqual([attempts, before]);
    return now;
  }, 30_000);
}

async function lastSeqs(): Promise<Record<string, number>> {
  const jsm = await platform.js.jetstreamManager();
  const seqs: Record<string, number> = {};
  for await (const { config, state } of jsm.streams.list()) seqs[config.name] = state.last_seq;
  return seqs;
}

/** Streams that the log has not read to their end, and durable consumers that have messages to read or to ack. */
async function unread(): Promise<string[]> {
  const jsm = await platform.js.jetstreamManager();
  const busy: string[] = [];
  const seqs = await lastSeqs();
  for (const { stream, seq } of await platform.query('SELECT stream, seq FROM delivery_log.positions'))
    if (Number(seq) < seqs[String(stream)]!) busy.push(`the log has read ${String(stream)} up to ${String(seq)}`);
  for (const stream of Object.keys(seqs))
    for await (const { name, config, num_pending: pending, num_ack_pending: unacked } of jsm.consumers.list(stream))
      if (config.durable_name !== undefined && pending + unacked > 0)
        busy.push(`${stream} ${name}: ${pending} unread, ${unacked} not acked`);
  return busy;
}

const rebuild = (): string =>
  execFileSync(process.execPath, [join(projectDir, 'dist/services/delivery-log/src/rebuild/rebuild-main.js')], {
    env: { ...platform.service('delivery-log').env },
    encoding: 'utf8',
  });

const isReadAgain = (live: Record<string, string[]>): Promise<void> =>
  eventually(async () => expect(await dump()).toEqual(live), 30_000);

it('a rebuilt log has the same rows as the log that was written live', async () => {
  const { account, api } = await platform.operator.createAccount('standard');
  receiver.answer = ({ body, headers }, response) => {
    const isBad =
      body.includes('"bad"') ||
      (body.includes('"once"') &&
        receiver.requests.filter((one) => one.headers['webhook-id'] === headers['webhook-id']).length === 1);
    response.writeHead(isBad ? 500 : 200).end('so it is');
  };
  const webhook = await api.createWebhook({
    url: receiver.url,
    retry_policy: { max_retries: 1, intervals_seconds: [60] },
    auto_pause: null,
  });
  const publish = async (kind: string): Promise<void> => {
    for (let n = 0; n < 10; n++) await platform.publish(account.id, 'deal.won', { data: { n, kind } }, { id: `${kind}-${n}` });
  };
  await publish('good');
  await publish('once');
  await platform.publish(account.id, 'deal.won', 'rubbish');
  await eventually(async () => {
    const { data } = (await api.get<Page<RejectedEventView>>('/rejected-events')).body;
    expect((await api.post(`/rejected-events/${data[0]!.id}/resend`, { body: { data: { n: 30 } } })).status).toBe(202);
  });
  await api.post(`/webhooks/${webhook.id}/test`, { event: 'deal.won' });
  await settled(32);
  // These fail after the last success, so they are one series of failures, of which admins are told once, by an event.
  await publish('bad');
  await eventually(async () =>
    expect(await platform.query("SELECT 1 FROM delivery_log.events WHERE type = 'delivery.exhausted'")).toHaveLength(1),
  );
  const live = await settled(52);
  expect(live['deliveries']).toHaveLength(32);
  expect(live['rejected_events']).toEqual([expect.stringMatching(/evt_[0-9a-f]{32}/)]);

  expect(rebuild()).toContain('read again');
  await isReadAgain(live);

  // And while the service is away, or dies in the middle.
  await platform.service('delivery-log').kill();
  rebuild();
  platform.service('delivery-log').start();
  await isReadAgain(live);
});

it('log_days at acceptance holds for everything that follows from an event, even after a change and a rebuild', async () => {
  const { id, api_key: key } = await platform.operator.made<CreatedAccountView>('/accounts', {
    name: 'Changes its mind',
    profile: 'standard',
    plan: 'enterprise',
    log_days: 7,
  });
  const api = new Api(platform.url, key);
  receiver.answer = ({ body, headers }, response) => {
    const isFirst = receiver.requests.filter((one) => one.headers['webhook-id'] === headers['webhook-id']).length === 1;
    response.writeHead(body.includes('"once"') && isFirst ? 500 : 200).end('so it is');
  };
  // At the scale of this test, two seconds.
  const retry_policy = { max_retries: 1, intervals_seconds: [1_200] };
  const webhook = await api.createWebhook({ url: receiver.url, retry_policy });
  await platform.publish(id, 'deal.won', { data: { kind: 'once' } }, { id: 'waits' });
  await platform.publish(id, 'deal.won', { data: { kind: 'erased' } }, { id: 'erased' });
  await platform.publish(id, 'deal.won', 'rubbish');
  await eventually(async () => expect((await logDays(id, 'deliveries')).join()).toBe('7,7'));
  const waiting = async (status: string): Promise<void> =>
    expect((await api.deliveries(webhook.id)).find(({ event_id }) => event_id === 'waits')).toMatchObject({ status });
  await waiting('pending_retry');
  expect(await platform.operator.call('PATCH', `/accounts/${id}`, { log_days: 14 })).toMatchObject({ body: { log_days: 14 } });
  let later = 0;
  await eventually(async () => {
    await platform.publish(id, 'deal.won', { data: {} }, { id: `later-${++later}` });
    expect(await logDays(id, 'events')).toContain(14);
  });
  await api.post(`/webhooks/${webhook.id}/test`, { event: 'deal.won' });
  await eventually(() => waiting('success'));
  const erasure = await api.made<ErasureView>('/erasures', { event_id: 'erased' });
  await eventually(async () => expect((await api.get(`/erasures/${erasure.id}`)).body).toMatchObject({ status: 'completed' }));

  const live = await settled(52 + 2 + 1 + later + 1);
  const deliveries = await platform.query(
    `SELECT event_id, log_days, attempts FROM delivery_log.deliveries WHERE account_id = '${id}' AND event_id IN ('waits', 'erased') ORDER BY 1`,
  );
  expect(deliveries).toEqual([
    { event_id: 'erased', log_days: 7, attempts: 1 },
    { event_id: 'waits', log_days: 7, attempts: 2 },
  ]);
  expect((await logDays(id, 'events')).slice(0, 2)).toEqual([7, 7]);
  expect(await logDays(id, 'rejected_events')).toEqual([7]);
  expect((await logDays(id, 'attempts')).filter((days) => days === 7).length).toBeGreaterThanOrEqual(3);
  rebuild();
  await isReadAgain(live);
});

const logDays = async (accountId: string, table: string): Promise<number[]> => {
  const rows = await platform.query(
    `SELECT log_days FROM delivery_log.${table} WHERE account_id = '${accountId}' ORDER BY log_days`,
  );
  return rows.map(({ log_days }) => Number(log_days));
};
