import { jest } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { Platform } from '../support/platform.js';
import { Receiver } from '../support/receiver.js';

jest.setTimeout(120_000);

const EVENTS = 1_000;

let platform: Platform;
let receiver: Receiver;

beforeAll(async () => {
  platform = await Platform.start({ env: { TIDINGS_TIME_SCALE: '60' } });
  receiver = await Receiver.start();
});

afterAll(async () => {
  await receiver.stop();
  await platform.stop();
});

/** Publishes 1,000 events, `during` them kills something, and waits until each of them is where it must be. */
async function survives(run: string, during: () => Promise<void>): Promise<void> {
  const path = `/${run}`;
  const { account, api } = await platform.operator.createAccount('standard');
  const webhook = await api.createWebhook({ url: receiver.url.replace('/webhooks', path), max_concurrency: 8 });
  const ids = Array.from({ length: EVENTS }, (_, n) => `${run}-${n}`);
  let killing: Promise<void> | null = null;
  for (const [n, id] of ids.entries()) {
    await platform.publish(account.id, 'deal.won', { data: { n } }, { id });
    // From here on the events before are in flight, and the ones to come find a platform that lacks a part.
    if (n === EVENTS / 4) killing = during();
  }
  await killing;
  await eventually(() => {
    const arrived = new Set(receiver.at(path).map(({ headers }) => headers['webhook-id']));
    expect(ids.filter((id) => !arrived.has(id))).toEqual([]);
  }, 40_000);
  await eventually(async () => {
    const deliveries = await api.deliveries(webhook.id);
    expect(deliveries).toHaveLength(EVENTS);
    expect(deliveries.filter(({ status }) => status !== 'success')).toEqual([]);
  }, 40_000);
  // Requests that were on the wire, or answered in the last milliseconds, when the process died may come twice; nothing else.
  const twice = receiver.at(path).length - EVENTS;
  expect(twice).toBeLessThanOrEqual(run.includes('dispatch') ? 16 : 0);
  await api.call('DELETE', `/webhooks/${webhook.id}`);
}

it.each(['ingestion', 'dispatch', 'delivery-log', 'subscriptions', 'gateway'])(
  'kill -9 of %s while 1,000 events are in flight loses none',
  async (service) => {
    await survives(`kill-${service}`, () => platform.killAndRestart(service));
  },
);

it('kill -9 of NATS while 1,000 events are in flight loses none and sends none twice', async () => {
  await survives('kill-nats', () => platform.nats.killAndRestart());
});

it('kill -9 of PostgreSQL stops no delivery, and the log catches up', async () => {
  await survives('kill-postgres', () => platform.postgres.killAndRestart());
});

it('SIGTERM of dispatch under load loses none and sends none twice', async () => {
  await survives('term', async () => {
    const service = platform.service('dispatch');
    await service.stop();
    service.start();
    await service.ready();
  });
});
