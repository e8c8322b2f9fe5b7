import { jest } from '@jest/globals';
import { profiles } from '#libs/profiles/src/profiles';
import { freePort } from '../../scripts/servers/child.mjs';
import { eventually } from '../support/eventually.js';
import { usePlatform } from '../support/platform.js';
import { Receiver } from '../support/receiver.js';

jest.setTimeout(90_000);

/** An hour passes in six seconds. */
const TIME_SCALE = 600;
const HOUR_MS = 3_600_000 / TIME_SCALE;
/** Fewer failures than pause the webhook. */
const EVENTS = 10;
/** The delay that a busy test machine may add. */
const TOLERANCE_MS = 1_000;

const platform = usePlatform({ timeScale: TIME_SCALE });

it('a receiver that is down for an hour and comes back gets everything exactly once, each at the next time of its schedule', async () => {
  const { retryPolicy } = profiles.get('standard')!;
  const port = await freePort();
  const { account, api } = await platform.operator.createAccount('standard');
  const webhook = await api.createWebhook({ url: `http://127.0.0.1:${port}/webhooks` });
  const downSinceMs = Date.now();
  for (let n = 0; n < EVENTS; n++) await platform.publish(account.id, 'deal.won', { data: { n } }, { id: `outage-${n}` });

  await eventually(() => expect(Date.now() - downSinceMs).toBeGreaterThan(HOUR_MS));
  const receiver = await Receiver.start(port);
  const backAtMs = Date.now();
  await eventually(async () => {
    const deliveries = await api.deliveries(webhook.id);
    expect(deliveries.map(({ status }) => status)).toEqual(Array<string>(EVENTS).fill('success'));
  }, 40_000);
  await receiver.stop();

  const ids = receiver.requests.map(({ headers }) => headers['webhook-id']);
  expect(ids).toHaveLength(EVENTS);
  expect(new Set(ids)).toEqual(new Set(Array.from({ length: EVENTS }, (_, n) => `outage-${n}`)));
  for (const { id } of await api.deliveries(webhook.id)) {
    const { attempts } = await api.delivery(id);
    const times = attempts.map(({ at }) => Date.parse(at));
    // All but the last found nobody, and the last is the first after the receiver was back.
    expect(attempts.map(({ status_code }) => status_code)).toEqual([...Array<null>(attempts.length - 1).fill(null), 200]);
    expect(times.at(-2)!).toBeLessThan(backAtMs + TOLERANCE_MS);
    for (const [index, atMs] of times.slice(1).entries()) {
      const intervalMs = retryPolicy.intervalsMs[index]! / TIME_SCALE;
      const waitedMs = atMs - times[index]!;
      expect(waitedMs).toBeGreaterThanOrEqual(Math.floor(intervalMs));
      expect(waitedMs).toBeLessThanOrEqual(intervalMs * (1 + retryPolicy.jitterRatio) + TOLERANCE_MS);
    }
  }
});
