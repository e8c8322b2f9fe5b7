import { jest } from '@jest/globals';
import { Supervisor } from '../chaos/supervisor.js';
import { eventually } from '../support/eventually.js';
import { usePlatform } from '../support/platform.js';
import { useReceiver } from '../support/receiver.js';

jest.setTimeout(120_000);

const platform = usePlatform();
const receiver = useReceiver();

it.each([2_200, 2_500, 2_900])(
  'a dispatch frozen for %i ms goes on with its lanes at once, even beside a hanging receiver',
  async (forMs) => {
    const { account, api } = await platform.operator.createAccount('standard');
    const [healthy, hanging] = [`/healthy-${forMs}`, `/hanging-${forMs}`];
    receiver.answer = ({ path }, response) => {
      if (path === healthy) setTimeout(() => response.writeHead(200).end(), 10);
    };
    const webhook = (path: string, type: string) =>
      api.createWebhook({
        url: receiver.urlOf(path),
        events: [type],
        retry_policy: { max_retries: 0, timeout_seconds: 30 },
        max_concurrency: 4,
      });
    await webhook(hanging, 'deal.lost');
    await webhook(healthy, 'deal.won');
    await platform.publish(account.id, 'deal.lost', { data: {} }, { id: `hangs-${forMs}` });
    await eventually(() => expect(receiver.at(hanging)).toHaveLength(1));
    const ids = Array.from({ length: 1_500 }, (_, n) => `still-${forMs}-${n}`);
    const publishing = Promise.all(ids.map((id) => platform.publish(account.id, 'deal.won', { data: {} }, { id })));
    await eventually(() => expect(receiver.at(healthy).length).toBeGreaterThan(100));
    await new Supervisor(platform).standStill(forMs);
    const wentOnAtMs = Date.now();
    const before = receiver.at(healthy).length;
    await publishing;
    await eventually(() => expect(receiver.at(healthy).length).toBeGreaterThan(before + 100), 30_000);
    expect(Date.now() - wentOnAtMs).toBeLessThan(10_000);
    const came = (): unknown[] => receiver.at(healthy).map(({ headers }) => headers['webhook-id']);
    await eventually(() => expect(new Set(came()).size).toBe(ids.length), 30_000);
    // Requests on the wire may have been sent twice.
    expect(came().length - ids.length).toBeLessThanOrEqual(4);
  },
);
