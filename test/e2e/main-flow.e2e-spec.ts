import { jest } from '@jest/globals';
import type { RejectedEventDetailView, RejectedEventView } from '#libs/api/src/event.dto';
import type { Page } from '#libs/api/src/page.dto';
import { profiles } from '#libs/profiles/src/profiles';
import { eventually } from '../support/eventually.js';
import { usePlatform } from '../support/platform.js';
import { answerWith, hexSignature, Receiver, verifiesStandardWebhooks, useReceiver } from '../support/receiver.js';

jest.setTimeout(60_000);

const platform = usePlatform({ timeScale: 120 });
const receiver = useReceiver();

beforeAll(async () => {
  // Minutes of the schedules pass in half a second: on the real code path, only the intervals are divided.
});

/** A URL of its own for each test, on the one receiver. */
describe('an event published by a plain NATS client', () => {
  it.each([...profiles.values()])('reaches a receiver as $name promises: body, header, Standard Webhooks', async (profile) => {
    const { account, api } = await platform.operator.createAccount(profile.name);
    const { url, path } = receiver.newUrl();
    const webhook = await api.createWebhook({ url });
    const { name: type, sample } = profile.eventTypes[0]!;
    const data = JSON.stringify(sample);

    await platform.publish(account.id, type, `{"timestamp":"2026-03-21T14:30:00.000Z","data":${data}}`, {
      id: `evt_${profile.name}`,
    });

    const [request] = await eventually(() => {
      expect(receiver.at(path)).toHaveLength(1);
      return receiver.at(path);
    });
    const values: Record<string, string> = {
      id: `"evt_${profile.name}"`,
      event: `"${type}"`,
      timestamp: '"2026-03-21T14:30:00.000Z"',
      webhook_id: `"${webhook.id}"`,
      account_id: `"${account.id}"`,
      data,
    };
    expect(request!.body.toString()).toBe(`{${profile.envelope.map((field) => `"${field}":${values[field]}`).join(',')}}`);
    expect(request!.method).toBe('POST');
    expect(request!.headers).toMatchObject({ 'content-type': 'application/json', 'webhook-id': `evt_${profile.name}` });
    expect(request!.headers['user-agent']).toMatch(/^Tidings\//);
    expect(verifiesStandardWebhooks(request!, webhook.secret)).toBe(true);
    const signature = profile.signatureHeader && {
      [profile.signatureHeader.toLowerCase()]: hexSignature(request!.body, webhook.secret),
    };
    expect(request!.headers).toMatchObject(signature ?? {});

    const [delivery] = await eventually(async () => {
      const deliveries = await api.deliveries(webhook.id);
      expect(deliveries).toEqual([
        expect.objectContaining({ status: 'success', response_code: 200, retry_count: 0, event: type }),
      ]);
      return deliveries;
    });
    const detail = await api.delivery(delivery!.id);
    expect(detail.payload).toBe(request!.body.toString());
    expect(detail.attempts).toEqual([expect.objectContaining({ number: 1, status_code: 200, error: null, trigger: 'event' })]);
    expect(JSON.stringify(detail)).not.toContain(webhook.secret);
  });

  it('arrives with the bytes of its data, on one line: numbers, order and duplicates as they were written', async () => {
    const { account, api } = await platform.operator.createAccount('standard');
    const { url, path } = receiver.newUrl();
    await api.createWebhook({ url });
    const data = '{"id":12345678901234567890,"amount":1.10,\n  "b":1,"a":[1, 2],"a":"é\\u00e9"}';

    await platform.publish(account.id, 'deal.won', `{"data":${data}}`);

    const request = await eventually(() => {
      expect(receiver.at(path)).toHaveLength(1);
      return receiver.at(path)[0]!;
    });
    expect(request.body.toString()).toContain(`"data":${data.replace('\n', '')}}`);
  });

  it('is the same event as a structured or binary CloudEvent', async () => {
    const { account, api } = await platform.operator.createAccount('standard');
    const { url, path } = receiver.newUrl();
    await api.createWebhook({ url });
    const attributes = {
      specversion: '1.0',
      id: 'ce-1',
      source: '/crm',
      type: 'com.example.deal.won',
      time: '2026-03-21T14:30:00Z',
    };

    await platform.publish(account.id, 'deal.won', { ...attributes, data: { id: 1 } });
    await platform.publish(account.id, 'deal.won', '{"id":2}', {
      extra: {
        'ce-specversion': '1.0',
        'ce-id': 'ce-2',
        'ce-source': '/crm',
        'ce-type': 'deal.won',
        'ce-time': '2026-03-21T14:30:00Z',
      },
    });

    await eventually(() => expect(receiver.at(path)).toHaveLength(2));
    expect(receiver.at(path).map(({ body }) => body.toString())).toEqual([
      '{"id":"ce-1","event":"deal.won","timestamp":"2026-03-21T14:30:00Z","data":{"id":1}}',
      '{"id":"ce-2","event":"deal.won","timestamp":"2026-03-21T14:30:00Z","data":{"id":2}}',
    ]);
  });
});

describe('the same event id', () => {
  it('arrives once when it is published over NATS and over HTTP', async () => {
    const { account, api } = await platform.operator.createAccount('standard');
    const { url, path } = receiver.newUrl();
    const webhook = await api.createWebhook({ url });

    await platform.publish(account.id, 'deal.won', { data: { id: 1 } }, { id: 'same' });
    await eventually(() => expect(receiver.at(path)).toHaveLength(1));
    await platform.publish(account.id, 'deal.won', { data: { id: 1 } }, { id: 'same' });
    const answer = await api.post('/events', { id: 'same', event: 'deal.won', data: { id: 1 } });
    const after = await api.post('/events', { id: 'after', event: 'deal.won', data: { id: 2 } });

    expect(answer).toMatchObject({ status: 202, body: { id: 'same', duplicate: true } });
    expect(after).toMatchObject({ status: 202, body: { id: 'after', duplicate: false } });
    await eventually(async () => expect(await api.deliveries(webhook.id)).toHaveLength(2));
    expect(receiver.at(path).map(({ headers }) => headers['webhook-id'])).toEqual(['same', 'after']);
  });

  it('is two events in two accounts', async () => {
    const accounts = await Promise.all(['standard', 'asan'].map((profile) => platform.operator.createAccount(profile)));
    const urls = await Promise.all(
      accounts.map(async ({ api }) => {
        const { url, path } = receiver.newUrl();
        await api.createWebhook({ url });
        return path;
      }),
    );
    for (const { api } of accounts) await api.made('/events', { id: 'shared', event: 'lead.created', data: { id: 1 } });
    await eventually(() => expect(urls.map((path) => receiver.at(path).length)).toEqual([1, 1]));
    // Over NATS at the same moment, with the id in the body, in a message id with the account, and in a bare one.
    for (const id of ['in-body', 'with-account', 'bare'] as const) {
      const acks = await Promise.all(
        accounts.map(({ account }) => {
          const body = id === 'in-body' ? { id, data: { id: 1 } } : { data: { id: 1 } };
          const msgID = { 'in-body': undefined, 'with-account': `${account.id}:${id}`, bare: id }[id];
          return platform.js.publish(
            `crm.${account.id}.lead.created`,
            JSON.stringify(body),
            msgID === undefined ? {} : { msgID },
          );
        }),
      );
      expect(acks.map(({ duplicate }) => duplicate)).toEqual([false, false]);
    }
    const ids = ['shared', 'in-body', 'with-account', 'bare'];
    await eventually(() =>
      expect(urls.map((path) => new Set(receiver.at(path).map(({ headers }) => headers['webhook-id'])))).toEqual([
        new Set(ids),
        new Set(ids),
      ]),
    );
  });

  it('of two CloudEvents is one event only when their source is the same, too', async () => {
    const { account, api } = await platform.operator.createAccount('standard');
    const { url, path } = receiver.newUrl();
    await api.createWebhook({ url });
    const cloudEvent = (source: string) => ({ specversion: '1.0', id: 'ce', source, type: 'deal.won', data: { source } });
    for (const source of ['/a', '/b', '/a', '/b', '/c']) await platform.publish(account.id, 'deal.won', cloudEvent(source));
    await eventually(() => expect(receiver.at(path)).toHaveLength(3));
    const sources = receiver
      .at(path)
      .map(({ body }) => (JSON.parse(body.toString()) as { data: { source: string } }).data.source);
    expect(sources.toSorted()).toEqual(['/a', '/b', '/c']);
    expect(new Set(receiver.at(path).map(({ headers }) => headers['webhook-id'])).size).toBe(3);
    await eventually(async () => expect((await api.get<{ data: unknown }>('/events/ce')).body.data).toEqual({ source: '/a' }));
  });
});

describe('a bad event over NATS', () => {
  const cases: [string, string, string | Uint8Array, string][] = [
    ['is no JSON', 'deal.won', '{"data":', 'invalid_json'],
    ['has no data', 'deal.won', '{"id":"x"}', 'invalid_event'],
    ['has data that is no object', 'deal.won', '{"data":[1]}', 'invalid_event'],
    ['has a type that is not in the catalog', 'rocket.launched', '{"data":{}}', 'unknown_event_type'],
    ['contains NUL', 'deal.won', '{"data":{"a":"\\u0000"}}', 'invalid_event'],
    ['contains half a surrogate pair', 'deal.won', '{"data":{"a":"\\ud800"}}', 'invalid_event'],
    ['has a member __proto__', 'deal.won', '{"data":{"__proto__":{}}}', 'invalid_event'],
    ['is nested 10,000 deep', 'deal.won', `{"data":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`, 'invalid_event'],
    ['is larger than 256 KiB', 'deal.won', `{"data":{"a":"${'x'.repeat(300_000)}"}}`, 'body_too_large'],
    ['is of a day that does not exist', 'deal.won', '{"timestamp":"2026-02-30T10:00:00Z","data":{}}', 'invalid_event'],
    ['says another type than its subject', 'deal.won', '{"event":"deal.lost","data":{}}', 'invalid_event'],
  ];

  it('is found among the rejected events with its reason, and its neighbours arrive', async () => {
    const { account, api } = await platform.operator.createAccount('standard');
    const { url, path } = receiver.newUrl();
    await api.createWebhook({ url });
    for (const [, type, body] of cases) {
      await platform.js.publish(`crm.${account.id}.${type}`, body);
      await platform.publish(account.id, 'deal.won', { data: { id: 1 } });
    }

    const page = await eventually(async () => {
      const { body } = await api.get<Page<RejectedEventView>>('/rejected-events?limit=100');
      expect(body.data).toHaveLength(cases.length);
      return body;
    });
    expect(page.data.map(({ code }) => code).sort()).toEqual(cases.map(([, , , code]) => code).sort());
    const broken = page.data.find(({ code }) => code === 'invalid_json')!;
    const { body: detail } = await api.get<RejectedEventDetailView>(`/rejected-events/${broken.id}`);
    expect(detail).toMatchObject({ body: '{"data":', source: `crm.${account.id}.deal.won`, event: 'deal.won' });
    expect(detail.reason).toContain('not valid JSON');
    await eventually(() => expect(receiver.at(path)).toHaveLength(cases.length));
  });

  it('is kept even for an account that does not exist', async () => {
    await platform.js.publish('crm.acc_nobody.deal.won', '{"data":{}}');
    const message = await eventually(async () => {
      const jsm = await platform.js.jetstreamManager();
      const found = await jsm.streams.getMessage('REJECTED', { last_by_subj: 'rejected.acc_nobody' });
      expect(found).not.toBeNull();
      return found!;
    });
    expect(message.header.get('Tidings-Reason-Code')).toBe('account_not_found');
  });
});

describe('a receiver that fails', () => {
  it("gets the next attempts at the webhook's own intervals, with the same id and bytes, until one succeeds", async () => {
    const { account, api } = await platform.operator.createAccount('standard');
    const { url, path } = receiver.newUrl();
    const webhook = await api.createWebhook({ url, retry_policy: { intervals_seconds: [60, 120], jitter: 0 } });
    receiver.answer = (request, response) => {
      response.writeHead(request.path === path && receiver.at(path).length < 3 ? 500 : 200).end('oops');
    };

    await platform.publish(account.id, 'deal.won', { data: { id: 7 } });
    await eventually(() => expect(receiver.at(path).length).toBeGreaterThan(0));
    await eventually(async () => {
      const [waiting] = await api.deliveries(webhook.id);
      expect(waiting).toMatchObject({ status: 'pending_retry', response_code: 500, next_attempt_at: expect.any(String) });
    });
    await eventually(async () => expect(await api.deliveries(webhook.id)).toMatchObject([{ status: 'success', retry_count: 2 }]));

    const requests = receiver.at(path);
    expect(new Set(requests.map(({ body }) => body.toString())).size).toBe(1);
    expect(new Set(requests.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    const [delivery] = await api.deliveries(webhook.id);
    const { attempts } = await api.delivery(delivery!.id);
    expect(attempts).toMatchObject([
      { number: 1, status_code: 500, response_body: 'oops', trigger: 'event' },
      { number: 2, status_code: 500, trigger: 'schedule' },
      { number: 3, status_code: 200, trigger: 'schedule' },
    ]);
    // 60 s and 120 s at a scale of 120. A busy receiver may read a request later than it was sent.
    const times = attempts.map(({ at }) => Date.parse(at));
    expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(500);
    expect(times[2]! - times[1]!).toBeGreaterThanOrEqual(1_000);
    receiver.answer = answerWith(200);
  });

  it('has its delivery end as failed after the last retry', async () => {
    const { account, api } = await platform.operator.createAccount('easycrm');
    const { url, path } = receiver.newUrl();
    const webhook = await api.createWebhook({ url, retry_policy: { max_retries: 1, intervals_seconds: [12] } });
    receiver.answer = (request, response) => void response.writeHead(request.path === path ? 404 : 200).end();
    await platform.publish(account.id, 'deal.won', { data: { id: 7 } });
    await eventually(async () =>
      expect(await api.deliveries(webhook.id)).toMatchObject([{ status: 'failed', response_code: 404, retry_count: 1 }]),
    );
    expect(receiver.at(path)).toHaveLength(2);
    receiver.answer = answerWith(200);
  });

  it('is logged in plain words without an address when it refuses connections or has a bad name', async () => {
    const { account, api } = await platform.operator.createAccount('standard');
    const closed = await Receiver.start();
    await closed.stop();
    const { port } = new URL(receiver.url);
    const refused = await api.createWebhook({
      url: `http://127.0.0.1:${Number(port) === 1025 ? 1026 : 1025}/`,
      retry_policy: { max_retries: 0 },
    });
    await platform.publish(account.id, 'deal.won', { data: { id: 7 } });
    const [delivery] = await eventually(async () => {
      const deliveries = await api.deliveries(refused.id);
      expect(deliveries).toMatchObject([{ status: 'failed', response_code: null }]);
      return deliveries;
    });
    const { attempts } = await api.delivery(delivery!.id);
    expect(attempts[0]!.error).toBe('connection_refused: connection refused');
  });
});

describe('a paused webhook', () => {
  it.each([true, false])('receives and loses nothing, then gets all in order (created paused: %s)', async (paused) => {
    const { account, api } = await platform.operator.createAccount('standard');
    const { url, path } = receiver.newUrl();
    const webhook = await api.createWebhook({ url, max_concurrency: 1, paused });
    expect(webhook.status).toBe(paused ? 'paused' : 'active');
    if (!paused) await api.post(`/webhooks/${webhook.id}/pause`);

    for (let n = 1; n <= 20; n++) await platform.publish(account.id, 'deal.won', { data: { n } }, { id: `held-${paused}-${n}` });
    await eventually(async () => {
      const deliveries = await api.deliveries(webhook.id);
      expect(deliveries.filter(({ status }) => status === 'held')).toHaveLength(20);
    });
    expect(receiver.at(path)).toHaveLength(0);

    await api.post(`/webhooks/${webhook.id}/resume`);
    await eventually(() => expect(receiver.at(path)).toHaveLength(20));
    expect(receiver.at(path).map(({ headers }) => headers['webhook-id'])).toEqual(
      Array.from({ length: 20 }, (_, n) => `held-${paused}-${n + 1}`),
    );
    await eventually(async () => {
      const statuses = (await api.deliveries(webhook.id)).map(({ status }) => status);
      expect(new Set(statuses)).toEqual(new Set(['success']));
    });
  });
});

describe('a webhook', () => {
  it('gets no event from before its creation, and the first one after its 201', async () => {
    const { account, api } = await platform.operator.createAccount('standard');
    const { url, path } = receiver.newUrl();
    await api.made('/events', { id: 'before', event: 'deal.won', data: {} });
    await api.createWebhook({ url });
    await platform.publish(account.id, 'deal.won', { data: {} }, { id: 'after' });
    await eventually(() => expect(receiver.at(path).map(({ headers }) => headers['webhook-id'])).toEqual(['after']));
  });

  it('gets only the types and patterns it subscribed to, and only events that pass its filter', async () => {
    const { account, api } = await platform.operator.createAccount('standard');
    const [exact, pattern, filtered] = [receiver.newUrl(), receiver.newUrl(), receiver.newUrl()];
    await api.createWebhook({ url: exact.url, events: ['deal.won'] });
    await api.createWebhook({ url: pattern.url, events: ['contact.*', 'contact.created'] });
    await api.createWebhook({ url: filtered.url, filter: { path: 'data.amount', op: 'gte', value: 1000 } });

    await platform.publish(account.id, 'deal.won', { data: { amount: 250 } });
    await platform.publish(account.id, 'contact.created', { data: { amount: 5000 } });

    await eventually(() => {
      expect(receiver.at(exact.path)).toHaveLength(1);
      expect(receiver.at(pattern.path)).toHaveLength(1);
      expect(receiver.at(filtered.path)).toHaveLength(1);
    });
    expect(receiver.at(filtered.path)[0]!.body.toString()).toContain('contact.created');
  });

  it('can be changed, tested and deleted, each in force with its answer', async () => {
    const { account, api } = await platform.operator.createAccount('asan');
    const [first, second] = [receiver.newUrl(), receiver.newUrl()];
    const webhook = await api.createWebhook({
      url: first.url,
      events: ['lead.created', 'deal.stage_changed'],
      headers: { 'X-API-Key': 'your-custom-key' },
    });
    await api.call('PATCH', `/webhooks/${webhook.id}`, {
      url: second.url,
      content_type: 'application/x-www-form-urlencoded',
      method: 'PUT',
    });

    const tested = await api.post<{ results: unknown[] }>(`/webhooks/${webhook.id}/test`);
    expect(tested.body.results).toEqual([
      expect.objectContaining({ event: 'lead.created', success: true, status_code: 200, message: 'HTTP 200 OK' }),
      expect.objectContaining({ event: 'deal.stage_changed', success: true }),
    ]);
    const [test] = receiver.at(second.path);
    expect(test).toMatchObject({
      method: 'PUT',
      headers: { 'x-api-key': 'your-custom-key', 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(test!.body.toString()).toContain('event=lead.created&');
    expect(test!.body.toString()).toContain('data[test]=true');
    await eventually(async () => expect(await api.deliveries(webhook.id)).toMatchObject([{ is_test: true }, { is_test: true }]));

    const rotated = await api.made<{ secret: string }>(`/webhooks/${webhook.id}/secret`, { overlap_seconds: 60 });
    await platform.publish(account.id, 'lead.created', { data: { lead_id: 1 } });
    const request = await eventually(() => {
      expect(receiver.at(second.path)).toHaveLength(3);
      return receiver.at(second.path)[2]!;
    });
    expect(verifiesStandardWebhooks(request, webhook.secret)).toBe(true);
    expect(verifiesStandardWebhooks(request, rotated.secret)).toBe(true);
    expect(request.headers['x-asan-signature']).toBe(hexSignature(request.body, webhook.secret));

    expect((await api.call('DELETE', `/webhooks/${webhook.id}`)).status).toBe(204);
    expect((await api.get(`/webhooks/${webhook.id}`)).status).toBe(404);
    await platform.publish(account.id, 'lead.created', { data: { lead_id: 2 } }, { id: 'after-deletion' });
    await eventually(async () => expect((await api.get(`/events/after-deletion`)).status).toBe(200));
    expect(receiver.at(second.path)).toHaveLength(3);
  });
});
