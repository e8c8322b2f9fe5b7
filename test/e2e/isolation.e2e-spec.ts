import { jest } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../support/eventually.js';
import { usePlatform } from '../support/platform.js';
import { answerWith, useReceiver } from '../support/receiver.js';

jest.setTimeout(90_000);

const platform = usePlatform({ timeScale: 60 });
const receiver = useReceiver();

afterEach(() => {
  receiver.answer = answerWith(200);
});

const urlOf = (path: string): string => receiver.urlOf(path);

it('receivers that hang, fail and flood do not delay a healthy one', async () => {
  const { account, api } = await platform.operator.createAccount('standard');
  for (const path of ['/hangs', '/fails', '/healthy'])
    await api.createWebhook({ url: urlOf(path), retry_policy: { timeout_seconds: 30 } });
  receiver.answer = (request, response) => {
    if (request.path === '/healthy') response.writeHead(200).end();
    if (request.path === '/fails') response.writeHead(500).end();
  };
  for (let n = 0; n < 300; n++) await platform.publish(account.id, 'deal.won', { data: { n } }, { id: `iso-${n}` });
  // Long before the first of the hanging requests has timed out.
  await eventually(() => expect(receiver.at('/healthy')).toHaveLength(300), 20_000);
  expect(receiver.at('/hangs').length).toBeLessThanOrEqual(8);
});

it('limits: never more requests at once than max_concurrency, never more a second than rate_per_second, and all arrive', async () => {
  const { account, api } = await platform.operator.createAccount('standard');
  let inFlight = 0;
  let most = 0;
  receiver.answer = async (request, response) => {
    if (request.path === '/two') most = Math.max(most, ++inFlight);
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (request.path === '/two') inFlight--;
    response.writeHead(200).end();
  };
  await api.createWebhook({ url: urlOf('/two'), max_concurrency: 2 });
  await api.createWebhook({ url: urlOf('/paced'), rate_per_second: 20 });
  for (let n = 0; n < 60; n++) await platform.publish(account.id, 'deal.won', { data: { n } });
  await eventually(() => {
    expect(receiver.at('/two')).toHaveLength(60);
    expect(receiver.at('/paced')).toHaveLength(60);
  }, 30_000);
  expect(most).toBeLessThanOrEqual(2);
  const times = receiver.at('/paced').map(({ atMs }) => atMs);
  // 59 gaps of 50 ms; a busy machine may bring some requests late, but none early.
  expect(times.at(-1)! - times[0]!).toBeGreaterThanOrEqual(2_400);
  for (const [index, atMs] of times.entries())
    expect(times.filter((other, later) => later >= index && other < atMs + 1_000).length).toBeLessThanOrEqual(28);
});

it('a receiver that asks for patience is left alone, and its other deliveries wait too', async () => {
  const { account, api } = await platform.operator.createAccount('standard');
  await api.createWebhook({ url: urlOf('/patient'), retry_policy: { intervals_seconds: [6, 6], jitter: 0 } });
  receiver.answer = (_request, response, index) => {
    const isFirst = receiver.requests[index] === receiver.at('/patient')[0];
    response.writeHead(isFirst ? 429 : 200, isFirst ? { 'retry-after': '2' } : {}).end();
  };
  await platform.publish(account.id, 'deal.won', { data: { n: 1 } }, { id: 'patient-1' });
  await eventually(() => expect(receiver.at('/patient')).toHaveLength(1));
  await platform.publish(account.id, 'deal.won', { data: { n: 2 } }, { id: 'patient-2' });
  await eventually(() => expect(new Set(receiver.at('/patient').map(({ headers }) => headers['webhook-id'])).size).toBe(2));
  await eventually(() => expect(receiver.at('/patient')).toHaveLength(3));
  const [first, ...others] = receiver.at('/patient');
  for (const other of others) expect(other.atMs - first!.atMs).toBeGreaterThanOrEqual(1_990);
});

it('deliveries that wait when their webhook is deleted end as cancelled', async () => {
  const { account, api } = await platform.operator.createAccount('standard');
  const webhook = await api.createWebhook({ url: urlOf('/deleted') });
  await api.post(`/webhooks/${webhook.id}/pause`);
  for (let n = 0; n < 5; n++) await platform.publish(account.id, 'deal.won', { data: { n } }, { id: `deleted-${n}` });
  await eventually(async () => expect(await api.deliveries(webhook.id)).toHaveLength(5));
  await api.call('DELETE', `/webhooks/${webhook.id}`);
  await eventually(async () => {
    const { body } = await api.get<{ deliveries: { status: string }[] }>('/events/deleted-4');
    expect(body.deliveries).toMatchObject([{ status: 'cancelled' }]);
  });
  expect(receiver.at('/deleted')).toHaveLength(0);
});

it('pausing again in the middle of a release stops it, and the rest follows in order', async () => {
  const { account, api } = await platform.operator.createAccount('standard');
  const webhook = await api.createWebhook({ url: urlOf('/twice'), events: ['deal.won'], max_concurrency: 1 });
  await api.post(`/webhooks/${webhook.id}/pause`);
  const ids = Array.from({ length: 30 }, (_, n) => `twice-${n}`);
  for (const id of ids) await platform.publish(account.id, 'deal.won', { data: {} }, { id });
  await eventually(async () => expect(await api.deliveries(webhook.id, '&status=held')).toHaveLength(30));
  await api.post(`/webhooks/${webhook.id}/resume`, { rate_per_second: 20 });
  await eventually(() => expect(receiver.at('/twice').length).toBeGreaterThanOrEqual(5));
  await api.post(`/webhooks/${webhook.id}/pause`);
  const atPause = receiver.at('/twice').length;
  // In the time of ten deliveries at the rate of the release.
  await api.createWebhook({ url: urlOf('/meanwhile'), events: ['deal.lost'], rate_per_second: 20 });
  for (let n = 0; n < 10; n++) await platform.publish(account.id, 'deal.lost', { data: { n } });
  await eventually(() => expect(receiver.at('/meanwhile')).toHaveLength(10));
  // One request may have been on its way when the pause was answered.
  expect(receiver.at('/twice').length).toBeLessThanOrEqual(atPause + 1);
  await api.post(`/webhooks/${webhook.id}/resume`);
  await eventually(() => expect(receiver.at('/twice')).toHaveLength(30));
  expect(receiver.at('/twice').map(({ headers }) => headers['webhook-id'])).toEqual(ids);
});

it('two dispatch processes share the work, and one that is killed is replaced by the other', async () => {
  const { account, api } = await platform.operator.createAccount('standard');
  const second = await platform.addDispatch();
  await api.createWebhook({ url: urlOf('/shared') });
  const others = await Promise.all(
    Array.from({ length: 8 }, async (_, n) => {
      const made = await platform.operator.createAccount('standard');
      await made.api.createWebhook({ url: urlOf(`/shared-${n}`) });
      return { id: made.account.id, path: `/shared-${n}` };
    }),
  );
  const accounts = [{ id: account.id, path: '/shared' }, ...others];
  const publishAll = async (round: string): Promise<void> => {
    for (let n = 0; n < 20; n++) {
      for (const one of accounts)
        await platform.publish(one.id, 'deal.won', { data: { n } }, { id: `${round}-${n}-${one.path.slice(1)}` });
    }
  };
  const expectAll = (count: number): Promise<void> =>
    eventually(() => {
      for (const { path } of accounts)
        expect(new Set(receiver.at(path).map(({ headers }) => headers['webhook-id'])).size).toBe(count);
    }, 30_000);
  await publishAll('both');
  await expectAll(20);
  const publishing = publishAll('one');
  await second.kill();
  await publishing;
  await expectAll(40);
});

describe('a receiver that fails too often', () => {
  it("has its webhook paused after the profile's ten failures, once; later events are held, and a resume counts from zero", async () => {
    const { account, api } = await platform.operator.createAccount('easycrm');
    const webhook = await api.createWebhook({ url: urlOf('/erp'), max_concurrency: 1, retry_policy: { max_retries: 0 } });
    receiver.answer = answerWith(500);
    const statusOf = async (): Promise<unknown> => (await api.get(`/webhooks/${webhook.id}`)).body;
    for (let n = 0; n < 12; n++) {
      // The ten failures span a minute, which is a second here.
      await sleep(130);
      await platform.publish(account.id, 'deal.won', { data: { n } }, { id: `erp-${n}` });
      await eventually(() => expect(receiver.at('/erp')).toHaveLength(Math.min(n + 1, 10)));
      if (n === 9) await platform.inForce(account.id, webhook.id, 'paused');
    }
    await eventually(async () => expect(await api.deliveries(webhook.id, '&status=held')).toHaveLength(2));
    expect(receiver.at('/erp')).toHaveLength(10);
    expect(await statusOf()).toMatchObject({ status: 'paused', consecutive_failures: 10 });

    receiver.answer = answerWith(200);
    expect(await api.post(`/webhooks/${webhook.id}/resume`)).toMatchObject({
      body: { status: 'active', consecutive_failures: 0 },
    });
    await eventually(() => expect(receiver.at('/erp')).toHaveLength(12));
    expect(await statusOf()).toMatchObject({ status: 'active', consecutive_failures: 0 });
  });

  it('disables its webhook by answering 410: the delivery fails, and nothing more is sent', async () => {
    const { account, api } = await platform.operator.createAccount('standard');
    const webhook = await api.createWebhook({ url: urlOf('/gone') });
    receiver.answer = answerWith(410);
    await platform.publish(account.id, 'deal.won', { data: {} });
    await platform.inForce(account.id, webhook.id, 'disabled');
    expect((await api.get(`/webhooks/${webhook.id}`)).body).toMatchObject({ status: 'disabled' });
    await platform.publish(account.id, 'deal.won', { data: {} }, { id: 'after-gone' });
    await eventually(async () => expect((await api.get('/events/after-gone')).status).toBe(200));
    expect(receiver.at('/gone')).toHaveLength(1);
    await eventually(async () =>
      expect(await api.deliveries(webhook.id)).toMatchObject([{ status: 'failed', response_code: 410 }]),
    );
  });
});
