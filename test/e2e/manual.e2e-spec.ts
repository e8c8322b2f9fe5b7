import { Code } from '@connectrpc/connect';
import { jest } from '@jest/globals';
import type { DeliveryView } from '#libs/api/src/delivery.dto';
import type { WebhookStatsView } from '#libs/api/src/statistics.dto';
import { Deliveries } from '../generated/tidings/v1/deliveries_pb.js';
import type { Api } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { failureOf, grpcClient } from '../support/grpc.js';
import { usePlatform } from '../support/platform.js';
import { answerWith, useReceiver } from '../support/receiver.js';

jest.setTimeout(60_000);

const platform = usePlatform();
const receiver = useReceiver();

beforeAll(async () => {
  // Real time: what waits for its retry waits for minutes.
});

/** A webhook whose receiver answers `status`, and one delivery that this left in `state`. */
async function delivered(status: number, state: DeliveryView['status'], settings: object = {}) {
  const { url, path } = receiver.newUrl();
  const { account, api } = await platform.operator.createAccount('standard');
  const webhook = await api.createWebhook({ url, ...settings });
  receiver.answer = answerWith(status);
  await platform.publish(account.id, 'deal.won', { data: {} }, { id: `evt_${webhook.id}` });
  const delivery = await inState(api, webhook.id, state);
  return { account, api, webhook, path, delivery };
}

async function inState(api: Api, webhookId: string, state: DeliveryView['status']): Promise<DeliveryView> {
  return eventually(async () => {
    const [delivery] = await api.deliveries(webhookId);
    expect(delivery?.status).toBe(state);
    return delivery!;
  });
}

async function waitingRetries(api: Api, webhookId: string): Promise<number> {
  return (await api.get<WebhookStatsView>(`/webhooks/${webhookId}/stats`)).body.pending_retry;
}

const retry = { max_retries: 2, intervals_seconds: [600, 1_200], jitter: 0 };

describe('retry now', () => {
  it('replaces the waiting automatic retry: after a success nothing is left to come', async () => {
    const { api, webhook, path, delivery } = await delivered(500, 'pending_retry', { retry_policy: retry });
    receiver.answer = answerWith(200);
    expect((await api.post(`/deliveries/${delivery.id}/retry`)).status).toBe(202);
    await inState(api, webhook.id, 'success');
    const { attempts } = await api.delivery(delivery.id);
    expect(attempts.map(({ number, trigger, status_code }) => [number, trigger, status_code])).toEqual([
      [1, 'event', 500],
      [2, 'manual', 200],
    ]);
    const [first, second] = receiver.at(path);
    expect(second!.headers['webhook-id']).toBe(first!.headers['webhook-id']);
    expect(second!.body).toEqual(first!.body);
    await eventually(async () => expect(await waitingRetries(api, webhook.id)).toBe(0));
  });

  it('puts the automatic retry back at its old time when it fails, and uses up none of the schedule', async () => {
    const { api, webhook, delivery } = await delivered(500, 'pending_retry', { retry_policy: retry });
    await api.post(`/deliveries/${delivery.id}/retry`);
    await eventually(async () => expect((await api.delivery(delivery.id)).attempts).toHaveLength(2));
    const after = await inState(api, webhook.id, 'pending_retry');
    expect(after.next_attempt_at).toBe(delivery.next_attempt_at);
    expect(await waitingRetries(api, webhook.id)).toBe(1);
  });

  it('makes another attempt of a failed or successful delivery', async () => {
    const { api, webhook, path, delivery } = await delivered(500, 'failed', { retry_policy: { max_retries: 0 } });
    receiver.answer = answerWith(200);
    await api.post(`/deliveries/${delivery.id}/retry`);
    await inState(api, webhook.id, 'success');
    await api.post(`/deliveries/${delivery.id}/retry`);
    await eventually(() => expect(receiver.at(path)).toHaveLength(3));
    expect(new Set(receiver.at(path).map(({ body }) => body.toString())).size).toBe(1);
  });

  it('works over gRPC, as cancel does', async () => {
    const { api, webhook, path, delivery } = await delivered(500, 'pending_retry', { retry_policy: retry });
    const deliveries = grpcClient(platform.grpc, Deliveries, { key: api.key });
    expect((await deliveries.retryDelivery({ id: delivery.id })).delivery?.id).toBe(delivery.id);
    await eventually(() => expect(receiver.at(path)).toHaveLength(2));
    await eventually(async () => expect((await api.delivery(delivery.id)).retry_count).toBe(1));
    await deliveries.cancelDelivery({ id: delivery.id });
    await inState(api, webhook.id, 'cancelled');
    expect((await failureOf(deliveries.cancelDelivery({ id: delivery.id }))).code).toBe(Code.FailedPrecondition);
  });

  it('of a paused webhook holds an ended delivery until the resume, and refuses a waiting one with the reason', async () => {
    const { api, webhook, path, delivery } = await delivered(500, 'failed', { retry_policy: { max_retries: 0 } });
    receiver.answer = answerWith(200);
    await api.post(`/webhooks/${webhook.id}/pause`);
    expect((await api.post(`/deliveries/${delivery.id}/retry`)).status).toBe(202);
    await inState(api, webhook.id, 'held');
    expect(await api.post(`/deliveries/${delivery.id}/retry`)).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect(receiver.at(path)).toHaveLength(1);
    await api.post(`/webhooks/${webhook.id}/resume`);
    await inState(api, webhook.id, 'success');
    expect(receiver.at(path)).toHaveLength(2);
  });

  it('makes no two requests at once when it is asked for ten times', async () => {
    const { api, webhook, path, delivery } = await delivered(500, 'pending_retry', { retry_policy: retry });
    let onTheWire = 0;
    let most = 0;
    receiver.answer = async (_request, response) => {
      most = Math.max(most, ++onTheWire);
      await new Promise((resolve) => setTimeout(resolve, 50));
      onTheWire--;
      response.writeHead(500).end();
    };
    await Promise.all(Array.from({ length: 10 }, () => api.post(`/deliveries/${delivery.id}/retry`)));
    await eventually(() => expect(receiver.at(path)).toHaveLength(11));
    await eventually(async () => expect((await api.delivery(delivery.id)).attempts).toHaveLength(11));
    expect(most).toBe(1);
    expect(await waitingRetries(api, webhook.id)).toBe(1);
  });
});

describe('cancel', () => {
  it('ends a delivery that waits for its retry', async () => {
    const { api, webhook, path, delivery } = await delivered(500, 'pending_retry', { retry_policy: retry });
    expect((await api.post(`/deliveries/${delivery.id}/cancel`)).status).toBe(202);
    const cancelled = await inState(api, webhook.id, 'cancelled');
    expect(cancelled.next_attempt_at).toBeNull();
    await eventually(async () => expect(await waitingRetries(api, webhook.id)).toBe(0));
    expect(receiver.at(path)).toHaveLength(1);
    expect((await api.post(`/deliveries/${delivery.id}/cancel`)).status).toBe(409);
  });

  it('removes a delivery from the middle of a lane; the others keep their order', async () => {
    const { url, path } = receiver.newUrl();
    const { account, api } = await platform.operator.createAccount('standard');
    const webhook = await api.createWebhook({ url, max_concurrency: 1 });
    receiver.answer = answerWith(200);
    await api.post(`/webhooks/${webhook.id}/pause`);
    for (let n = 0; n < 5; n++) await platform.publish(account.id, 'deal.won', { data: { n } }, { id: `held-${n}` });
    const held = await eventually(async () => {
      const all = await api.deliveries(webhook.id, '&status=held');
      expect(all).toHaveLength(5);
      return all;
    });
    await api.post(`/deliveries/${held.find(({ event_id }) => event_id === 'held-2')!.id}/cancel`);
    await eventually(async () => expect(await api.deliveries(webhook.id, '&status=cancelled')).toHaveLength(1));
    const stats = (await api.get<WebhookStatsView>(`/webhooks/${webhook.id}/stats`)).body;
    expect(stats).toMatchObject({ held: 4, cancelled: 1 });
    expect(Date.parse(stats.oldest_held_at!)).toBeLessThanOrEqual(Date.now());
    await api.post(`/webhooks/${webhook.id}/resume`);
    await eventually(() =>
      expect(receiver.at(path).map(({ headers }) => headers['webhook-id'])).toEqual(['held-0', 'held-1', 'held-3', 'held-4']),
    );
    await eventually(async () => expect((await api.get<WebhookStatsView>(`/webhooks/${webhook.id}/stats`)).body.held).toBe(0));
  });
});

it('waiting retries are cancelled as soon as their webhook is deleted or disabled', async () => {
  const { api, webhook, account } = await delivered(500, 'pending_retry', { retry_policy: retry });
  for (let n = 0; n < 5; n++) await platform.publish(account.id, 'deal.won', { data: { n } }, { id: `more-${n}` });
  await eventually(async () => expect(await waitingRetries(api, webhook.id)).toBe(6));
  receiver.answer = answerWith(410);
  await platform.publish(account.id, 'deal.won', { data: {} }, { id: 'gone' });
  await eventually(async () => {
    expect((await api.deliveries(webhook.id)).map(({ status }) => status).sort()).toEqual([
      ...Array<string>(6).fill('cancelled'),
      'failed',
    ]);
    expect(await waitingRetries(api, webhook.id)).toBe(0);
  });
});

it.each(['deleted', 'disabled'])('a webhook that is %s in the middle of a release gets no further deliveries', async (end) => {
  const { url, path } = receiver.newUrl();
  const { account, api } = await platform.operator.createAccount('standard');
  const webhook = await api.createWebhook({ url, max_concurrency: 1 });
  await api.post(`/webhooks/${webhook.id}/pause`);
  for (let n = 0; n < 12; n++) await platform.publish(account.id, 'deal.won', { data: { n } }, { id: `${end}-${n}` });
  await eventually(async () => expect(await api.deliveries(webhook.id, '&status=held')).toHaveLength(12));
  const answers: ((status: number) => void)[] = [];
  receiver.answer = (_request, response) => {
    answers.push((status) => response.writeHead(status).end());
  };
  await api.post(`/webhooks/${webhook.id}/resume`);
  await eventually(() => expect(receiver.at(path)).toHaveLength(1));
  expect(end === 'disabled' || (await api.call('DELETE', `/webhooks/${webhook.id}`)).status === 204).toBe(true);
  // Its own 410 disables a webhook: the next in the lane may begin before that is in force.
  answers[0]!(end === 'deleted' ? 200 : 410);
  await eventually(async () => {
    const { status, body } = await api.get<{ status?: string }>(`/webhooks/${webhook.id}`);
    expect([status, body.status]).toEqual(end === 'deleted' ? [404, 404] : [200, 'disabled']);
  });
  receiver.answer = answerWith(200);
  const begun = receiver.at(path).length;
  for (const answer of answers.slice(1)) answer(200);
  const statusesOf = async (): Promise<string[]> => {
    const ids = Array.from({ length: 12 }, (_, n) => `${end}-${n}`);
    const events = await Promise.all(ids.map((id) => api.get<{ deliveries: { status: string }[] }>(`/events/${id}`)));
    return events.flatMap(({ body }) => body.deliveries.map(({ status }) => status));
  };
  await eventually(
    async () => expect((await statusesOf()).filter((status) => status === 'cancelled')).toHaveLength(12 - begun),
    20_000,
  );
  expect(receiver.at(path)).toHaveLength(begun);
});
