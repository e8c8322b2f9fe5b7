import { jest } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import type { AuditEntryView } from '#libs/api/src/audit.dto';
import type { CreateInboundWebhookDto, InboundWebhookView } from '#libs/api/src/inbound-webhook.dto';
import type { Page } from '#libs/api/src/page.dto';
import { SIGNATURE_SCHEMES, type SignatureScheme } from '#libs/contracts/src/inbound-webhook-state';
import type { Api } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { usePlatform } from '../support/platform.js';
import { useReceiver } from '../support/receiver.js';
import { post, signed, type SenderAnswer } from '../support/sender.js';

jest.setTimeout(90_000);

const SECRET = 'canary-secret-of-a-sender';
const MALFORMED = 'not-a-token.at.all';

const platform = usePlatform({ env: { LOG_LEVEL: 'trace' } });
const receiver = useReceiver();
/** Everything that must be nowhere but with its owner. */
const canaries = [SECRET];

beforeAll(async () => {
  // With every line that the services can write.
});

/** An account with an inbound webhook and a webhook behind it. */
async function way(
  inbound: Partial<CreateInboundWebhookDto> = {},
): Promise<{ api: Api; id: string; url: string; events: () => string[]; bodies: () => string[] }> {
  const { api } = await platform.operator.createAccount('standard');
  const { url: target, path } = receiver.newUrl();
  await api.createWebhook({ url: target });
  const { id, url } = await create(api, inbound);
  return {
    api,
    id,
    url,
    events: () => receiver.at(path).map(({ headers }) => String(headers['webhook-id'])),
    bodies: () => receiver.at(path).map(({ body }) => body.toString()),
  };
}

async function create(api: Api, inbound: Partial<CreateInboundWebhookDto> = {}): Promise<InboundWebhookView> {
  const body = { name: 'Form', event: 'lead.created', ...inbound };
  const created = await api.made<InboundWebhookView>('/inbound-webhooks', body);
  canaries.push(tokenOf(created.url));
  return created;
}

const tokenOf = (url: string): string => url.split('/in/')[1]!;
const verification = (scheme: SignatureScheme) => ({
  scheme,
  secret: SECRET,
  ...(scheme === 'standard' ? {} : { header: 'X-Signature' }),
});

/** As a sender does that was not answered with success: the same again. */
async function postUntilTaken(url: string, body: string, headers: Record<string, string> = {}): Promise<SenderAnswer> {
  return eventually(async () => {
    const answer = await post(url, body, headers);
    expect(answer.status).toBe(202);
    return answer;
  }, 20_000);
}

describe('a post to an inbound webhook', () => {
  it('reaches the webhooks of its account as soon as the inbound webhook exists, byte for byte', async () => {
    const { url, events, bodies } = await way();
    const body = '{"id":12345678901234567890,"amount":1.10,\r\n  "b":1,"a":[1, 2],"a":"é\\u00e9"}\n';
    const answer = await post(url, body);
    expect(answer).toMatchObject({ status: 202, id: expect.stringMatching(/^evt_[0-9a-f]{32}$/) });
    await eventually(() => expect(events()).toEqual([answer.id]));
    expect(bodies()[0]).toMatch(/^{"id":"evt_\w+","event":"lead.created","timestamp":"\d{4}-[^"]+Z","data":/);
    expect(bodies()[0]).toContain(`"data":${body.replace('\r\n', '').trim()}}`);
  });

  it('is mapped: time, key and data come from the given paths', async () => {
    const mapping = { id: 'event.id', timestamp: 'event.created', key: 'object.lead_id', data: 'object' };
    const { api, url, events, bodies } = await way({ mapping });
    const { id } = await post(url, '{"event":{"id":"e1","created":1614265330},"object":{"lead_id": 42,"score":1.50}}');
    await eventually(() => expect(events()).toEqual([id]));
    expect(bodies()).toEqual([
      `{"id":"${id}","event":"lead.created","timestamp":"2021-02-25T15:02:10.000Z","data":{"lead_id": 42,"score":1.50}}`,
    ]);
    await eventually(async () => expect((await api.get(`/events/${id}`)).body).toMatchObject({ key: '42' }));

    const [{ id: inboundId }] = (await api.get<Page<InboundWebhookView>>('/inbound-webhooks')).body.data as [InboundWebhookView];
    const picked = { data: { z: 'object.score', a: 'event.id' } };
    expect((await api.call('PATCH', `/inbound-webhooks/${inboundId}`, { mapping: picked })).body).toMatchObject({
      mapping: picked,
    });
    await post(url, '{"event":{"id":"e2"},"object":{"score":2.50}}');
    await eventually(() => expect(bodies()[1]).toContain('"data":{"z":2.50,"a":"e2"}}'));
  });

  it('is recognised as JSON by its bytes, not by its content type', async () => {
    const { url, events } = await way();
    const types = [
      '',
      'application/json',
      'text/plain',
      'application/x-www-form-urlencoded',
      'rubbish',
      'application/cloudevents+json; x',
    ];
    for (const type of types) {
      const answer = await post(url, JSON.stringify({ type }), type === '' ? {} : { 'content-type': type });
      expect([type, answer.status]).toEqual([type, 202]);
    }
    await eventually(() => expect(events()).toHaveLength(types.length));
  });

  it('is at most 256 KiB, counted while it is read, and JSON', async () => {
    const { url, events } = await way();
    const bytes = (size: number): string => `{"x":"${'x'.repeat(size - 8)}"}`;
    expect(await post(url, bytes(256 * 1024))).toMatchObject({ status: 202, id: expect.stringMatching(/^evt_/) });
    expect(await post(url, bytes(256 * 1024 + 1))).toMatchObject({ status: 413, code: 'body_too_large' });
    expect(await postChunked(url, 10 * 1024)).toBe(413);
    expect(await post(url, '{"x":')).toMatchObject({ status: 400, code: 'invalid_json' });
    expect(await post(url, '')).toMatchObject({ status: 400, code: 'invalid_json' });
    expect(await post(url, Buffer.from([0x22, 0xff, 0x22]))).toMatchObject({ status: 400, code: 'invalid_json' });
    await eventually(() => expect(events()).toHaveLength(1));
  });
});

describe('a sender', () => {
  it.each([...SIGNATURE_SCHEMES])('is believed only with a valid signature: %s', async (scheme) => {
    const { url, events } = await way({ verification: verification(scheme) });
    const body = '{"name": "Jane" }';
    const answer = await post(url, body, signed(scheme, SECRET, body));
    expect(answer.status).toBe(202);
    const strangers: [string, Record<string, string>][] = [
      [body, {}],
      [body, signed(scheme, 'another secret', body)],
      ['{"name":"Jane"}', signed(scheme, SECRET, body)],
      // Verified before it is parsed.
      ['{"name"', signed(scheme, 'another secret', '{"name"')],
    ];
    if (scheme === 'standard' || scheme === 'timestamped')
      strangers.push([body, signed(scheme, SECRET, body, { id: 'msg_2', seconds: Date.now() / 1000 - 400 })]);
    for (const [bytes, headers] of strangers)
      expect(await post(url, bytes, headers)).toMatchObject({ status: 401, code: 'unverified' });
    expect(await post(url, '{"name"', signed(scheme, SECRET, '{"name"'))).toMatchObject({ status: 400 });
    await eventually(() => expect(events()).toEqual([answer.id]));
  });

  it('is believed with the secret as people paste it', async () => {
    const secret = `whsec_${randomBytes(32).toString('base64')}`;
    for (const pasted of [`v1,${secret}`, `  ${secret}\n`, secret.slice('whsec_'.length)]) {
      const { url } = await way({ verification: { scheme: 'standard', secret: pasted } });
      const body = JSON.stringify({ pasted });
      expect((await post(url, body, signed('standard', secret, body))).status).toBe(202);
    }
  });

  it('needs its new secret as soon as the change is answered', async () => {
    const { api, id, url } = await way({ verification: verification('hex') });
    const other = 'canary-secret-that-is-new';
    canaries.push(other);
    const change = { verification: { ...verification('prefixed_hex'), secret: other } };
    expect(await api.call('PATCH', `/inbound-webhooks/${id}`, change)).toMatchObject({
      status: 200,
      body: { verification: { scheme: 'prefixed_hex', header: 'X-Signature' } },
    });
    expect(await post(url, '{}', signed('hex', SECRET, '{}'))).toMatchObject({ status: 401 });
    expect(await post(url, '{}', signed('prefixed_hex', other, '{}'))).toMatchObject({ status: 202 });
    expect((await api.call('PATCH', `/inbound-webhooks/${id}`, { verification: null })).status).toBe(200);
    expect(await post(url, '{}')).toMatchObject({ status: 202 });
  });

  it('finds nothing at an unknown or deleted URL, or in a deleted account', async () => {
    const { api, id, url } = await way();
    const { account, api: doomed } = await platform.operator.createAccount('standard');
    const { url: doomedUrl } = await create(doomed);
    expect((await api.call('DELETE', `/inbound-webhooks/${id}`)).status).toBe(204);
    expect((await platform.operator.call('DELETE', `/accounts/${account.id}`)).status).toBe(204);
    const never = url.replace(tokenOf(url), 'x'.repeat(43));
    const answers = await Promise.all(
      [url, doomedUrl, never, url.replace(tokenOf(url), MALFORMED)].map((one) => post(one, '{}')),
    );
    expect(answers[0]).toMatchObject({ status: 404, code: 'inbound_webhook_not_found' });
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  });
});

describe('the same event of a sender', () => {
  it('has one effect when it is posted in ten ways', async () => {
    const mapping = { id: 'meta.event_id' };
    const { api, id, url, events } = await way({ mapping });
    const first = await post(url, '{"meta":{"event_id":"e1"},"n":1}');
    const taken = new Set([first.id]);
    const again = async (body: string, headers: Record<string, string> = {}): Promise<void> => {
      const answer = await postUntilTaken(url, body, headers);
      taken.add(answer.id);
    };
    await again('{"meta":{"event_id":"e1"},"n":1}');
    await again('{"n":2,"meta":{"event_id":"e1"}}');
    await Promise.all(Array.from({ length: 10 }, () => again('{"meta":{"event_id":"e1"}}')));
    await platform.killAndRestart('ingestion');
    await again('{"meta":{"event_id":"e1"}}');
    await platform.nats.killAndRestart();
    await again('{"meta":{"event_id":"e1"}}');
    // Under the header's id, of either name, whatever the body says.
    const byHeader = await postUntilTaken(url, '{"meta":{"event_id":"e2"}}', { 'webhook-id': 'm1' });
    const bySvix = await postUntilTaken(url, '{"meta":{"event_id":"e3"}}', { 'svix-id': 'm1' });
    await api.call('PATCH', `/inbound-webhooks/${id}`, { event: 'lead.updated', mapping: null });
    const byHeaderAgain = await postUntilTaken(url, '{}', { 'webhook-id': 'm1' });
    // Without a mapping: the same bytes, if they have an id.
    const byBody = await postUntilTaken(url, '{"id":42,"stage":1}');
    const byBodyAgain = await postUntilTaken(url, '{"id":42,"stage":1}');

    expect([...taken]).toEqual([first.id]);
    expect([bySvix.id, byHeaderAgain.id, byBodyAgain.id]).toEqual([byHeader.id, byHeader.id, byBody.id]);
    await eventually(() => expect(events()).toHaveLength(3), 20_000);
    expect(new Set(events())).toEqual(new Set([first.id, byHeader.id, byBody.id]));
  });

  it('is another event in another inbound webhook, in another change of a record, or without an id', async () => {
    const { api, url, events } = await way();
    const { url: second } = await create(api);
    const posts: [string, string][] = [
      [url, '{"id":42,"stage":1}'],
      [url, '{"id":42,"stage":2}'],
      [second, '{"id":42,"stage":1}'],
      [url, '{"stage":1}'],
      [url, '{"stage":1}'],
    ];
    const ids = await Promise.all(posts.map(async ([to, body]) => (await post(to, body)).id));
    expect(new Set(ids).size).toBe(posts.length);
    await eventually(() => expect(new Set(events())).toEqual(new Set(ids)));
  });

  it.each([
    ['ingestion', 'ingestion.inbound_stored'],
    ['ingestion', 'ingestion.inbound_seen'],
    ['gateway', 'gateway.inbound_received'],
  ])('stays one event after kill -9 of %s at %s, when its sender posts again', async (name, point) => {
    const { url, events } = await way();
    const service = platform.service(name);
    const { env } = service;
    await service.kill();
    service.env = { ...env, TIDINGS_CRASH_AT: point };
    service.start();
    await service.ready();
    const headers = { 'webhook-id': `crash-${point}` };
    expect(
      await post(url, '{"n":1}', headers).then(
        ({ status }) => status,
        () => 0,
      ),
    ).not.toBe(202);
    await eventually(() => expect(service.process).toBeNull());
    service.env = env;
    service.start();
    await service.ready();

    const { id } = await postUntilTaken(url, '{"n":1}', headers);
    const after = await postUntilTaken(url, '{"n":2}');
    await eventually(() => expect(events()).toEqual([id, after.id]), 20_000);
  });

  it('is answered 503 within two seconds while NATS is away, never a false 202, and is one event after', async () => {
    const { url, events } = await way();
    const killing = platform.nats.killAndRestart(3_000);
    await eventually(async () => expect((await post(url, '{"id":"gone"}')).status).not.toBe(202));
    const startedAtMs = Date.now();
    const answer = await post(url, '{"id":"away"}');
    expect(answer).toMatchObject({ status: 503, code: 'unavailable' });
    expect(Number(answer.retryAfter)).toBeGreaterThan(0);
    expect(Date.now() - startedAtMs).toBeLessThan(2_500);
    await killing;
    const { id } = await postUntilTaken(url, '{"id":"away"}');
    await eventually(() => expect(events().filter((one) => one === id)).toHaveLength(1), 20_000);
  });
});

describe('the management of inbound webhooks', () => {
  it('shows the URL once, pages, and belongs to one account', async () => {
    const { api, id, url } = await way({ verification: verification('timestamped') });
    const { api: other } = await platform.operator.createAccount('standard');
    const { id: newer } = await create(api, { name: 'Newer' });
    expect(url).toMatch(new RegExp(`^${platform.url}/in/[A-Za-z0-9_-]{43}$`));
    const { body } = await api.get<InboundWebhookView>(`/inbound-webhooks/${id}`);
    expect(body).toMatchObject({ name: 'Form', url: `${platform.url}/in/••••${url.slice(-4)}`, mapping: null });
    expect(body.verification).toEqual({ scheme: 'timestamped', header: 'X-Signature' });
    const page = (await api.get<Page<InboundWebhookView>>('/inbound-webhooks?limit=1')).body;
    const next = (await api.get<Page<InboundWebhookView>>(`/inbound-webhooks?limit=1&cursor=${page.next_cursor!}`)).body;
    expect([page.data[0]!.id, next.data[0]!.id, next.next_cursor]).toEqual([newer, id, null]);

    expect((await other.get<Page<InboundWebhookView>>('/inbound-webhooks')).body.data).toEqual([]);
    for (const [method, change] of [['GET'], ['PATCH', { name: 'x' }], ['DELETE']] as [string, object?][]) {
      const answer = await other.call(method, `/inbound-webhooks/${id}`, change);
      expect(answer).toMatchObject({ status: 404, body: { code: 'inbound_webhook_not_found' } });
    }
    expect((await post(url, '{}', signed('timestamped', SECRET, '{}'))).status).toBe(202);
  });

  it('is made once with an Idempotency-Key, and every change is in the audit log, without its secret', async () => {
    const { api } = await platform.operator.createAccount('standard');
    const body = { name: 'Once', event: 'lead.created', verification: verification('hex') };
    const make = () => api.call<InboundWebhookView>('POST', '/inbound-webhooks', body, { 'idempotency-key': 'once' });
    const [first, again] = [await make(), await make()];
    canaries.push(tokenOf(first.body.url));
    expect([first.status, again.body]).toEqual([201, first.body]);
    const path = `/inbound-webhooks/${first.body.id}`;
    await api.call('PATCH', path, { verification: { ...verification('hex'), secret: `${SECRET}-2` } });
    await api.call('DELETE', path);
    const { data } = (await api.get<Page<AuditEntryView>>('/audit-log')).body;
    const entries = data.filter(({ subject_id: id }) => id === first.body.id);
    expect(entries.map(({ action }) => action.split('.')[1])).toEqual(['deleted', 'updated', 'created']);
    expect(entries[1]!.changes).toEqual({ verification: { from: null, to: null } });
  });

  it('has field errors that point to the mistake', async () => {
    const { api, id } = await way();
    const good = { name: 'x', event: 'lead.created' };
    const cases: [object, string][] = [
      [{ event: 'lead.created' }, '/name'],
      [{ ...good, event: 'rocket.launched' }, '/event'],
      [{ ...good, event: 'lead.*' }, '/event'],
      [{ ...good, verification: { ...verification('hex'), scheme: 'md5' } }, '/verification/scheme'],
      [{ ...good, verification: { scheme: 'hex', secret: SECRET } }, '/verification/header'],
      [{ ...good, verification: { ...verification('hex'), header: 'X Signature' } }, '/verification/header'],
      [{ ...good, verification: { ...verification('standard'), header: 'X-Signature' } }, '/verification/header'],
      [{ ...good, verification: { ...verification('standard'), secret: 'whsec_###' } }, '/verification/secret'],
      [{ ...good, verification: { ...verification('hex'), secret: 'short' } }, '/verification/secret'],
      [{ ...good, verification: { ...verification('hex'), secret: 'with\ta tab' } }, '/verification/secret'],
      [{ ...good, mapping: { id: 'a..b' } }, '/mapping/id'],
      [{ ...good, mapping: { data: {} } }, '/mapping/data'],
      [{ ...good, mapping: { data: { x: 7 } } }, '/mapping/data'],
      [{ ...good, mapping: { colour: 'red' } }, '/mapping/colour'],
    ];
    for (const [body, pointer] of cases) {
      const answer = await api.post<{ errors: { pointer: string }[] }>('/inbound-webhooks', body);
      expect(answer.status).toBe(422);
      expect(new Set(answer.body.errors.map((error) => error.pointer))).toEqual(new Set([pointer]));
    }
    expect(await api.call('PATCH', `/inbound-webhooks/${id}`, { name: null })).toMatchObject({ status: 422 });
    expect((await api.call('PATCH', `/inbound-webhooks/${id}`, { name: 'y' })).body).toMatchObject({
      name: 'y',
      event: 'lead.created',
    });
  });

  it('allows as many as the plan allows webhooks', async () => {
    const { api } = await platform.operator.createAccount('standard', 'standard');
    for (let n = 0; n < 20; n++) await create(api);
    expect(await api.post('/inbound-webhooks', { name: 'x', event: 'lead.created' })).toMatchObject({
      status: 403,
      body: { code: 'webhook_limit_reached' },
    });
  });
});

it('leaves no token and no secret in a log line, a stream or a table', async () => {
  expect(canaries.length).toBeGreaterThan(20);
  const found: string[] = [];
  const look = (where: string, text: string): void => {
    for (const canary of canaries) if (text.includes(canary)) found.push(`${canary} in ${where}`);
  };
  platform.lines.forEach((line) => look(`the line ${line}`, line));
  const jsm = await platform.js.jetstreamManager();
  for await (const { config } of jsm.streams.list()) {
    const { state } = await jsm.streams.info(config.name);
    for (let seq = state.first_seq; seq > 0 && seq <= state.last_seq; seq++) {
      const message = await jsm.streams.getMessage(config.name, { seq });
      if (message === null) continue;
      const { headers } = message.header as unknown as { headers: Map<string, string[]> };
      look(config.name, [message.subject, JSON.stringify([...headers]), message.string()].join('\n'));
    }
  }
  for (const table of ['inbound_webhooks', 'audit_log', 'idempotency_keys']) {
    const rows = await platform.query(`SELECT one::text AS text FROM subscriptions.${table} one`);
    rows.forEach((row) => look(table, String(row['text'])));
    expect(rows.length).toBeGreaterThan(0);
  }
  expect(found).toEqual([]);
});

/** Without a content-length, so that only counting can tell; resolves with the status. */
function postChunked(url: string, chunks: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const message = httpRequest(url, { method: 'POST' }, (answer) => resolve(answer.statusCode!));
    message.on('error', reject);
    for (let n = 0; n < chunks; n++) message.write('x'.repeat(64));
    message.end();
  });
}
