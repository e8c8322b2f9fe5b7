import { jest } from '@jest/globals';
import type { NotificationView } from '#libs/api/src/notification.dto';
import type { Page } from '#libs/api/src/page.dto';
import type { WebhookView } from '#libs/api/src/webhook.dto';
import { partitionOf, subjects } from '#libs/contracts/src/subjects';
import type { WaitingDelivery } from '#libs/contracts/src/waiting-delivery';
import { jetstreamManager } from '@nats-io/jetstream';
import type { Api } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { usePlatform } from '../support/platform.js';
import { answerWith, useReceiver } from '../support/receiver.js';

jest.setTimeout(60_000);

const platform = usePlatform({ isOwn: true, timeScale: 120 });
const receiver = useReceiver();

async function notifications(api: Api): Promise<NotificationView[]> {
  return (await api.get<Page<NotificationView>>('/notifications?limit=100')).body.data;
}

/** Publishes one event after the other, until their failures have paused the webhook. A minute is half a second here. */
async function failUntilPaused(accountId: string, api: Api, webhookId: string, event: string): Promise<void> {
  for (let n = 0; ; n++) {
    await platform.publish(accountId, event, { data: { n } }, { id: `fails-${n}` });
    const status = await eventually(async () => {
      const { body } = await api.get<WebhookView>(`/webhooks/${webhookId}`);
      expect(body.consecutive_failures > n || body.status === 'paused').toBe(true);
      return body.status;
    });
    if (status === 'paused') return;
  }
}

it('warnings come at 50, 70 and 90 % of the failures that pause, then one notification of the pause, each once and on NATS', async () => {
  const { account, api } = await platform.operator.createAccount('easycrm');
  const { url } = receiver.newUrl();
  const webhook = await api.createWebhook({ name: 'ERP Sync', url, retry_policy: { max_retries: 0 } });
  receiver.answer = answerWith(500);
  await failUntilPaused(account.id, api, webhook.id, 'contact.created');
  const told = await eventually(async () => {
    const all = await notifications(api);
    expect(all.map(({ type }) => type).filter((type) => type !== 'delivery.exhausted')).toEqual([
      'webhook.paused',
      'webhook.failing',
      'webhook.failing',
      'webhook.failing',
    ]);
    return all;
  });
  expect(told.find(({ type }) => type === 'webhook.paused')!.message).toBe(
    "Webhook 'ERP Sync' has been paused due to repeated failures",
  );
  expect(told.filter(({ type }) => type === 'delivery.exhausted')).toHaveLength(1);
  await eventually(async () => {
    const jsm = await jetstreamManager(platform.nc);
    const { state } = await jsm.streams.info('NOTIFICATIONS', { subjects_filter: `notifications.${account.id}.>` });
    expect(state.subjects).toEqual({
      [subjects.notification(account.id, 'webhook.failing')]: 3,
      [subjects.notification(account.id, 'webhook.paused')]: 1,
      [subjects.notification(account.id, 'delivery.exhausted')]: 1,
    });
  });
  const [first] = told;
  expect((await api.post<NotificationView>(`/notifications/${first!.id}/read`)).body.read_at).not.toBeNull();
  const unread = (await api.get<Page<NotificationView>>('/notifications?unread=true')).body.data;
  expect(unread.map(({ id }) => id)).not.toContain(first!.id);
});

it('a webhook paused by failures is probed with one delivery at growing intervals, and released in order when it answers', async () => {
  const { account, api } = await platform.operator.createAccount('standard');
  const { url, path } = receiver.newUrl();
  const auto_pause = { after_failures: 1 };
  const webhook = await api.createWebhook({ url, auto_pause, retry_policy: { max_retries: 0 }, max_concurrency: 1 });
  receiver.answer = answerWith(500);
  await platform.publish(account.id, 'deal.won', { data: { n: 0 } }, { id: 'probed-0' });
  await eventually(async () => expect((await api.get<WebhookView>(`/webhooks/${webhook.id}`)).body.status).toBe('paused'));
  for (let n = 1; n < 10; n++) await platform.publish(account.id, 'deal.won', { data: { n } }, { id: `probed-${n}` });
  await eventually(async () => expect((await api.deliveries(webhook.id, '&status=held')).length).toBeGreaterThan(4));
  // Minutes between probes are half seconds here: one of them fails, a delivery is spent on it.
  const seen = receiver.at(path).length;
  await eventually(() => expect(receiver.at(path).length).toBeGreaterThan(seen));
  receiver.answer = answerWith(200);
  await eventually(() => expect(receiver.at(path)).toHaveLength(10), 20_000);
  expect(receiver.at(path).map(({ headers }) => headers['webhook-id'])).toEqual(
    Array.from({ length: 10 }, (_, n) => `probed-${n}`),
  );
  expect((await api.get<WebhookView>(`/webhooks/${webhook.id}`)).body.status).toBe('active');
  await eventually(async () => expect((await notifications(api)).map(({ type }) => type)).toContain('webhook.resumed'));
});

describe('a delivery held for too long', () => {
  const day = 24 * 60 * 60 * 1_000;

  /** A delivery of an event of today, as it would wait if the event were `ageMs` old. */
  function waiting(accountId: string, webhookId: string, n: number, ageMs: number): WaitingDelivery {
    const createdAtMs = Date.now() - ageMs;
    return {
      v: 1, deliveryId: `dlv_old_${webhookId}_${n}`, accountId, webhookId, eventId: `old-${n}`, eventType: 'deal.won', eventSeq: 1,
      createdAtMs, attempts: 0, manualAttempts: 0, firstFailedAtMs: null, lastAttemptAtMs: null, dueAtMs: createdAtMs, trigger: 'event',
      reason: 'paused', replayId: null, requestId: null,
    }; // prettier-ignore
  }

  it('ends as failed visibly, and younger ones stay; an admin is told three days before', async () => {
    const { account, api } = await platform.operator.createAccount('standard');
    const webhook = await api.createWebhook({ name: 'Sleeper', url: receiver.newUrl().url });
    await api.post(`/webhooks/${webhook.id}/pause`);
    const lane = subjects.lane(partitionOf(account.id), webhook.id);
    for (const [n, age] of [28 * day, 5 * day].entries())
      await platform.js.publish(lane, JSON.stringify(waiting(account.id, webhook.id, n, age)));
    await eventually(
      async () => expect((await notifications(api)).map(({ type }) => type)).toEqual(['deliveries.expiring']),
      25_000,
    );

    const other = await api.createWebhook({ url: receiver.newUrl().url });
    await api.post(`/webhooks/${other.id}/pause`);
    const otherLane = subjects.lane(partitionOf(account.id), other.id);
    for (const [n, age] of [30 * day + 60_000, 29 * day].entries())
      await platform.js.publish(otherLane, JSON.stringify(waiting(account.id, other.id, n, age)));
    await eventually(async () => {
      const detail = await api.delivery(`dlv_old_${other.id}_0`);
      expect(detail).toMatchObject({ status: 'failed', reason: 'expired', attempts: [] });
    }, 25_000);
    const { body } = await api.get<{ held: number }>(`/webhooks/${other.id}/stats`);
    expect(body.held).toBe(1);
  });
});

it('an unreadable state or batch of facts is skipped: deliveries and their log go on', async () => {
  const { account, api } = await platform.operator.createAccount('standard');
  const { url, path } = receiver.newUrl();
  const partition = partitionOf(account.id);
  await platform.js.publish(subjects.webhook(account.id, 'wh_broken'), '{"v":1,');
  await platform.js.publish(subjects.account(account.id + 'x'), 'rubbish');
  await platform.js.publish(subjects.fact(partition), '\u0000');
  receiver.answer = answerWith(200);
  const webhook = await api.createWebhook({ url });
  await platform.publish(account.id, 'deal.won', { data: { n: 1 } }, { id: 'before-restart' });
  await eventually(() => expect(receiver.at(path)).toHaveLength(1));
  // A new owner reads all of it again.
  await platform.killAndRestart('dispatch');
  await platform.publish(account.id, 'deal.won', { data: { n: 2 } }, { id: 'after-restart' });
  await eventually(async () => {
    const deliveries = await api.deliveries(webhook.id);
    expect(deliveries.map(({ status }) => status)).toEqual(['success', 'success']);
  }, 20_000);
});

it('an unreadable internal message is parked with its reason, and its neighbours go on', async () => {
  const { account, api } = await platform.operator.createAccount('standard');
  const { url, path } = receiver.newUrl();
  const webhook = await api.createWebhook({ url });
  receiver.answer = answerWith(200);
  const partition = partitionOf(account.id);
  await api.post(`/webhooks/${webhook.id}/pause`);
  await platform.js.publish(subjects.retry(partition, webhook.id), '{"v":1,');
  await platform.js.publish(subjects.retry(partition, webhook.id), '{"v":99,"deliveryId":"dlv_x","attempts":1}');
  await platform.js.publish(subjects.manual(partition, webhook.id), 'rubbish');
  await platform.js.publish(subjects.lane(partition, webhook.id), '\u0000');
  await platform.publish(account.id, 'deal.won', { data: { n: 1 } }, { id: 'neighbour' });
  await eventually(async () => expect(await api.deliveries(webhook.id, '&status=held')).toHaveLength(1));
  await api.post(`/webhooks/${webhook.id}/resume`);
  await eventually(() => expect(receiver.at(path).map(({ headers }) => headers['webhook-id'])).toEqual(['neighbour']), 20_000);
  const jsm = await jetstreamManager(platform.nc);
  await eventually(async () => {
    const { state } = await jsm.streams.info('PARKED', { subjects_filter: 'parked.*' });
    expect(state.subjects).toEqual({ 'parked.RETRIES': 2, 'parked.REPLAYS': 1, 'parked.LANES': 1 });
  }, 20_000);
  const parked = await jsm.direct.getMessage('PARKED', { last_by_subj: 'parked.LANES' });
  expect(parked!.header.get('Tidings-Subject')).toBe(subjects.lane(partition, webhook.id));
});
