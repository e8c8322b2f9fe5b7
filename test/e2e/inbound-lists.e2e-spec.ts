import { jest } from '@jest/globals';
import type { RejectedEventView } from '#libs/api/src/event.dto';
import type { CreateInboundWebhookDto, InboundWebhookView } from '#libs/api/src/inbound-webhook.dto';
import type { Api } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { usePlatform } from '../support/platform.js';
import { useReceiver } from '../support/receiver.js';
import { post } from '../support/sender.js';

jest.setTimeout(60_000);

const platform = usePlatform();
const receiver = useReceiver();

/** An account with an inbound webhook and a webhook behind it. */
async function way(
  inbound: Partial<CreateInboundWebhookDto> = {},
): Promise<{ api: Api; url: string; events: () => string[]; bodies: () => string[] }> {
  const { api } = await platform.operator.createAccount('standard');
  const { url: target, path } = receiver.newUrl();
  await api.createWebhook({ url: target });
  const { url } = await api.made<InboundWebhookView>('/inbound-webhooks', { name: 'Form', event: 'lead.created', ...inbound });
  return {
    api,
    url,
    events: () => receiver.at(path).map(({ headers }) => String(headers['webhook-id'])),
    bodies: () => receiver.at(path).map(({ body }) => body.toString()),
  };
}

describe('a list that is posted to an inbound webhook', () => {
  it('is an event for each element, mapped and told apart one by one', async () => {
    const { url, events, bodies } = await way({ mapping: { id: 'event.id', data: 'object' } });
    const element = (id: string, n: string): string => `{"event":{"id":"${id}"},"object":{"n": ${n}}}`;
    const first = await post(url, `[${element('e1', '1.10')}, ${element('e2', '2')}, 7,${element('e1', '3')}]`);
    expect(first.status).toBe(202);
    expect(first.ids).toEqual([
      expect.stringMatching(/^evt_/),
      expect.stringMatching(/^evt_/),
      expect.stringMatching(/^rej_/),
      first.ids[0],
    ]);
    const second = await post(url, `[${element('e2', '4')},${element('e3', '5')}]`);
    expect(second.ids[0]).toBe(first.ids[1]);
    await eventually(() => expect(new Set(events())).toEqual(new Set([...first.ids.slice(0, 2), second.ids[1]])));
    expect(bodies()).toHaveLength(3);
    expect(bodies().join('')).toContain('"data":{"n": 1.10}');
  });

  it('is the same events, when it is posted again, and two equal elements without an id are two', async () => {
    const { url, events } = await way();
    const list = '[{"n":1},{"n":1},{"n":2}]';
    const { ids } = await post(url, list);
    expect(new Set(ids).size).toBe(3);
    expect((await post(url, list)).ids).toEqual(ids);
    const signed = { 'webhook-id': 'm1' };
    const named = (await post(url, list, signed)).ids;
    expect((await post(url, '[{"n":3}]', signed)).ids).toEqual(named.slice(0, 1));
    await eventually(() => expect(new Set(events())).toEqual(new Set([...ids, ...named])));
    expect(events()).toHaveLength(6);
  });

  it('has up to 1,000 elements; a longer one is kept for an admin', async () => {
    const { api, url, events } = await way();
    expect((await post(url, '[]')).ids).toEqual([]);
    // Storing them may take longer than an answer may. A sender posts again then, and nothing happens twice.
    const most = await eventually(async () => {
      const answer = await post(url, JSON.stringify(Array.from({ length: 1_000 }, (_, n) => ({ n }))));
      expect(answer.status).toBe(202);
      return answer;
    }, 30_000);
    expect(new Set(most.ids).size).toBe(1_000);
    const { status, ids } = await post(url, JSON.stringify(Array.from({ length: 1_001 }, (_, n) => ({ n }))));
    expect([status, ids]).toEqual([202, [expect.stringMatching(/^rej_/)]]);
    const kept = await eventually(async () => {
      const answer = await api.get<RejectedEventView>(`/rejected-events/${ids[0]}`);
      expect(answer.status).toBe(200);
      return answer.body;
    });
    expect(kept.reason).toBe('a list of 1001 elements cannot be taken: at most 1000 at once');
    await eventually(() => expect(events()).toHaveLength(1_000), 20_000);
  });
});
