import { jest } from '@jest/globals';
import type { LiveDeliveryView } from '#libs/api/src/live.dto';
import type { Api } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { usePlatform } from '../support/platform.js';
import { answerWith, useReceiver } from '../support/receiver.js';

jest.setTimeout(60_000);

const platform = usePlatform();
const receiver = useReceiver();

interface Event {
  id: string;
  delivery: LiveDeliveryView;
}

/** A client of server-sent events, as a browser is one. */
class LiveClient {
  readonly events: Event[] = [];
  isFollowing = false;
  headers = new Headers();
  private readonly abort = new AbortController();

  constructor(api: Api, { query = '', lastEventId }: { query?: string; lastEventId?: string } = {}) {
    void this.read(api, query, lastEventId).catch(() => undefined);
  }

  stop(): void {
    this.abort.abort();
  }

  private async read(api: Api, query: string, lastEventId: string | undefined): Promise<void> {
    const answer = await fetch(`${api.url}/api/v1/live/deliveries${query}`, {
      headers: { authorization: `Bearer ${api.key}`, ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }) },
      signal: this.abort.signal,
    });
    this.headers = answer.headers;
    let text = '';
    for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const blocks = text.split('\n\n');
      text = blocks.pop()!;
      for (const block of blocks) this.take(block);
    }
  }

  private take(block: string): void {
    if (block.includes(': following')) this.isFollowing = true;
    const id = /^id: (.+)$/m.exec(block)?.[1];
    const data = /^data: (.+)$/m.exec(block)?.[1];
    if (id && data) this.events.push({ id, delivery: JSON.parse(data) as LiveDeliveryView });
  }
}

async function following(client: LiveClient): Promise<void> {
  await eventually(() => expect(client.isFollowing).toBe(true));
  expect(client.headers.get('content-type')).toContain('text/event-stream');
  expect(Number(client.headers.get('x-ratelimit-remaining'))).toBeGreaterThan(0);
}

it('shows the deliveries of one account as they happen, and resumes without a gap or a repetition', async () => {
  const [one, other] = await Promise.all([
    platform.operator.createAccount('standard'),
    platform.operator.createAccount('standard'),
  ]);
  receiver.answer = (request, response) => void response.writeHead(request.body.includes('"bad"') ? 500 : 200).end();
  const webhook = await one.api.createWebhook({ url: receiver.url });
  await other.api.createWebhook({ url: receiver.url });
  const first = new LiveClient(one.api);
  await following(first);
  await other.api.made('/events', { id: 'theirs', event: 'deal.won', data: {} });
  await one.api.made('/events', { id: 'good', event: 'deal.won', data: {} });
  await one.api.made('/events', { id: 'bad', event: 'deal.won', data: { bad: 'bad' } });
  const seen = await eventually(() => {
    const found = first.events.filter(({ delivery }) => delivery.status !== 'pending');
    expect(found.map(({ delivery }) => [delivery.event_id, delivery.status])).toEqual(
      expect.arrayContaining([
        ['good', 'success'],
        ['bad', 'pending_retry'],
      ]),
    );
    return found;
  });
  expect(first.events.map(({ delivery }) => delivery.event_id)).not.toContain('theirs');
  expect(seen.find(({ delivery }) => delivery.event_id === 'bad')!.delivery).toMatchObject({
    webhook_id: webhook.id,
    response_code: 500,
    attempts: 1,
    next_attempt_at: expect.any(String),
  });
  first.stop();

  const lastEventId = first.events.at(-1)!.id;
  for (let n = 0; n < 20; n++) await one.api.made('/events', { id: `meanwhile-${n}`, event: 'deal.won', data: {} });
  const second = new LiveClient(one.api, { lastEventId });
  await eventually(() => expect(second.events.map(({ delivery }) => delivery.event_id)).toContain('meanwhile-19'));
  const successes = second.events
    .filter(({ delivery }) => delivery.status === 'success')
    .map(({ delivery }) => delivery.event_id);
  expect([...successes].sort()).toEqual(Array.from({ length: 20 }, (_, n) => `meanwhile-${n}`).sort());
  const ids = [...first.events, ...second.events].map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  second.stop();
});

it('shows one webhook when asked for one, and survives a restart of NATS', async () => {
  const { api } = await platform.operator.createAccount('standard');
  receiver.answer = answerWith(200);
  const wanted = await api.createWebhook({ url: receiver.url });
  await api.createWebhook({ url: receiver.url });
  const client = new LiveClient(api, { query: `?webhook_id=${wanted.id}` });
  await following(client);
  await api.made('/events', { id: 'before', event: 'deal.won', data: {} });
  await eventually(() => expect(client.events.map(({ delivery }) => delivery.event_id)).toEqual(['before']));
  await platform.nats.killAndRestart();
  await eventually(
    async () => expect((await api.post('/events', { id: 'after', event: 'deal.won', data: {} })).status).toBe(202),
    20_000,
  );
  await eventually(() => expect(client.events.map(({ delivery }) => delivery.event_id)).toEqual(['before', 'after']), 20_000);
  expect(new Set(client.events.map(({ delivery }) => delivery.webhook_id))).toEqual(new Set([wanted.id]));
  client.stop();
});

it('does not keep a gateway from stopping', async () => {
  const { api } = await platform.operator.createAccount('standard');
  const client = new LiveClient(api);
  await following(client);
  const startedAtMs = Date.now();
  await platform.service('gateway').stop();
  expect(Date.now() - startedAtMs).toBeLessThan(10_000);
  platform.service('gateway').start();
  await platform.service('gateway').ready();
});

it('takes a bounded number of clients, and refuses a malformed position', async () => {
  const { api } = await platform.operator.createAccount('standard');
  const read = (headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${api.url}/api/v1/live/deliveries`, { headers: { authorization: `Bearer ${api.key}`, ...headers } });
  expect((await read({ 'last-event-id': 'rubbish' })).status).toBe(400);
  const answers = await Promise.all(Array.from({ length: 101 }, () => read()));
  const refused = answers.filter(({ status }) => status === 503);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused[0]!.headers.get('retry-after')).toBe('10');
  await Promise.all(answers.map(async (answer) => answer.body?.cancel()));
  await eventually(async () => {
    const answer = await read();
    expect(answer.status).toBe(200);
    await answer.body!.cancel();
  });
});
