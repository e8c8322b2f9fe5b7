import { jest } from '@jest/globals';
import type { ApiKeyView } from '#libs/api/src/api-key.dto';
import type { Page } from '#libs/api/src/page.dto';
import type { WebhookView } from '#libs/api/src/webhook.dto';
import { previewOpenApiDocument } from '../../services/gateway/src/openapi/document.js';
import { Api } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { usePlatform } from '../support/platform.js';
import { useReceiver } from '../support/receiver.js';

jest.setTimeout(60_000);

const platform = usePlatform();
const receiver = useReceiver();

interface ProblemAnswer {
  code: string;
  status: number;
  errors?: { pointer: string; detail: string }[];
}

describe('a key', () => {
  it('is required, and an unknown key is answered like a wrong one', async () => {
    const { api } = await platform.operator.createAccount('standard');
    const wrong = `${api.key.slice(0, -1)}${api.key.endsWith('A') ? 'B' : 'A'}`;
    const answers = await Promise.all(
      ['', 'rubbish', `tdk_${'x'.repeat(12)}_${'x'.repeat(43)}`, wrong].map((key) =>
        new Api(platform.url, key).get<ProblemAnswer>('/webhooks'),
      ),
    );
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual(
      Array.from({ length: 4 }, () => [401, 'unauthorized']),
    );
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  });

  it('allows only what its scopes cover, ends when it is deleted, and is listed without its secret', async () => {
    const { api } = await platform.operator.createAccount('standard');
    const { id, key } = await api.made<{ id: string; key: string }>('/api-keys', { name: 'Reader', scopes: ['webhooks:read'] });
    const reader = new Api(platform.url, key);
    expect((await reader.get('/webhooks')).status).toBe(200);
    expect(await reader.post('/webhooks', {})).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    expect((await reader.get('/accounts')).status).toBe(403);
    const list = await api.get<Page<ApiKeyView>>('/api-keys');
    expect(list.body.data.map(({ name }) => name)).toEqual(['Reader', 'First key']);
    expect(JSON.stringify(list.body)).not.toContain(key);
    expect((await api.call('DELETE', `/api-keys/${id}`)).status).toBe(204);
    expect((await reader.get('/webhooks')).status).toBe(401);
  });

  it('has the requests of its plan each minute, and every answer says how many are left', async () => {
    const { api } = await platform.operator.createAccount('standard', 'standard');
    const answers = [];
    for (let n = 0; n < 105; n++) answers.push(await api.get<ProblemAnswer>('/webhooks'));
    // The minute may have ended in between.
    const refused = answers.filter(({ status }) => status === 429);
    const minutes = answers.filter(({ headers }) => headers.get('x-ratelimit-remaining') === '99').length;
    expect(refused.length > 0 || minutes === 2).toBe(true);
    for (const { body, headers } of refused)
      expect([body.code, Number(headers.get('retry-after')) > 0]).toEqual(['rate_limited', true]);
    for (const { headers } of answers) {
      expect(headers.get('x-ratelimit-limit')).toBe('100');
      expect(Number(headers.get('x-ratelimit-reset'))).toBeLessThanOrEqual(60);
    }
  });
});

describe('bad input', () => {
  const good = { name: 'x', url: 'https://example.com/hook', events: ['deal.won'] };
  const cases: [string, unknown, string][] = [
    ['no fields', {}, '/url'],
    ['an unknown field', { ...good, colour: 'red' }, '/colour'],
    ['plain HTTP to a private address', { ...good, url: 'http://10.0.0.1/' }, '/url'],
    ['a metadata address', { ...good, url: 'https://169.254.169.254/latest' }, '/url'],
    ['a decimal address', { ...good, url: 'https://2130706433.example:22/' }, '/url'],
    ['a user in the URL', { ...good, url: 'https://user@example.com/' }, '/url'],
    ['an unknown event type', { ...good, events: ['rocket.launched'] }, '/events/0'],
    ['a header that we set', { ...good, headers: { Host: 'evil.example' } }, '/headers/Host'],
    ['a time-out that is too long', { ...good, retry_policy: { timeout_seconds: 61 } }, '/retry_policy/timeout_seconds'],
    ['too many retries', { ...good, retry_policy: { max_retries: 11 } }, '/retry_policy/max_retries'],
    [
      'an interval that does not rise',
      { ...good, retry_policy: { intervals_seconds: [60, 60], counts_from: 'first_failure' } },
      '/retry_policy/intervals_seconds/1',
    ],
    ['a filter that is none', { ...good, filter: { path: 'data.x', op: 'resembles', value: 1 } }, '/filter/op'],
    ['NUL in a name', { ...good, name: 'a\u0000b' }, '/name'],
    ['half a surrogate pair', { ...good, name: 'a\ud800b' }, '/name'],
  ];

  it.each(cases)('%s is a field error that points to it', async (_name, body, pointer) => {
    const { api } = await platform.operator.createAccount('standard');
    const answer = await api.post<ProblemAnswer>('/webhooks', body);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer).toMatchObject({ status: 422, body: { code: 'validation_failed', status: 422 } });
    expect(answer.body.errors!.map((error) => error.pointer)).toContain(pointer);
  });

  it('has its own code when it is no JSON, too large, of another type, or at no address', async () => {
    const { api } = await platform.operator.createAccount('standard');
    const codes = async (answer: Promise<{ status: number; body: ProblemAnswer }>): Promise<unknown[]> => {
      const { status, body } = await answer;
      return [status, body.code];
    };
    expect(await codes(api.post('/webhooks', '{"name":'))).toEqual([400, 'invalid_json']);
    expect(await codes(api.post('/webhooks', JSON.stringify({ name: 'x'.repeat(300_000) })))).toEqual([413, 'body_too_large']);
    expect(await codes(api.call('POST', '/webhooks', '<a/>', { 'content-type': 'text/xml' }))).toEqual([
      415,
      'unsupported_media_type',
    ]);
    expect(await codes(api.get('/nothing'))).toEqual([404, 'not_found']);
    expect(await codes(api.get('/webhooks/..%2Faccounts'))).toEqual([404, 'not_found']);
    expect(await codes(api.get('/webhooks/%zz'))).toEqual([404, 'not_found']);
    expect(await codes(api.get(`/webhooks/${'x'.repeat(2_000)}`))).toEqual([404, 'not_found']);
    expect(await codes(api.get('/webhooks?cursor=rubbish'))).toEqual([400, 'invalid_cursor']);
    expect(await codes(api.post('/events', { event: 'rocket.launched', data: {} }))).toEqual([422, 'unknown_event_type']);
    expect(await codes(api.post('/events', { event: 'deal.won', data: 'text' }))).toEqual([422, 'invalid_event']);
    expect(await codes(api.post('/events', { event: 'deal.won', data: {}, extra: 1 }))).toEqual([422, 'invalid_event']);
    const many = await api.post<ProblemAnswer>('/events', [{ event: 'deal.won', data: {} }, { event: 'deal.won' }]);
    expect(many).toMatchObject({ status: 422, body: { errors: [{ pointer: '/1/data' }] } });
  });
});

describe('an address', () => {
  it.each([
    ['PUT', '/api/v1/webhooks', 'GET, HEAD, POST'],
    ['POST', '/api/v1/webhooks/wh_1', 'DELETE, GET, HEAD, PATCH'],
    ['DELETE', '/api/v1/events', 'POST'],
    ['GET', '/in/abc', 'POST'],
    ['POST', '/api/openapi.json?x=/y', 'GET, HEAD'],
  ])('answers %s %s with 405 and Allow, without a key', async (method, path, allow) => {
    const answer = await fetch(`${platform.url}${path}`, { method });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, allow]);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(await answer.json()).toMatchObject({ code: 'method_not_allowed', status: 405 });
  });

  it('that does not exist answers 404, whatever the method', async () => {
    for (const method of ['GET', 'PUT', 'DELETE'])
      expect((await fetch(`${platform.url}/nowhere/at/all`, { method })).status).toBe(404);
  });
});

it('refuses null for a body, wherever a body is taken', async () => {
  const { api } = await platform.operator.createAccount('standard');
  const { id } = await api.createWebhook({ url: receiver.url });
  for (const [method, path] of [
    ['PATCH', `/webhooks/${id}`],
    ['POST', `/webhooks/${id}/secret`],
    ['POST', '/webhooks'],
    ['POST', '/events'],
  ] as const)
    expect([path, (await api.call(method, path, 'null')).status]).toEqual([path, 422]);
});

it('keeps the types of Tidings itself from being published or defined', async () => {
  const { api } = await platform.operator.createAccount('standard');
  const refused = (pointer: string): object => ({ status: 422, body: { errors: [{ pointer }] } });
  for (const event of ['webhook.paused', 'delivery.exhausted']) {
    expect(await api.post('/events', { event, data: {} })).toMatchObject(refused('/event'));
    expect(await api.post('/inbound-webhooks', { name: 'Mine', event })).toMatchObject(refused('/event'));
  }
  const own = { name: 'webhook.mine', category: 'Mine', description: '' };
  expect(await api.post('/event-types', own)).toMatchObject(refused('/name'));
  // A webhook may subscribe to them.
  await api.createWebhook({ url: receiver.url, events: ['webhook.paused'] });
});

it('pages through a list with a cursor, each webhook once', async () => {
  const { api } = await platform.operator.createAccount('standard');
  for (let n = 0; n < 7; n++) await api.createWebhook({ url: receiver.url, name: `w${n}` });
  const names: string[] = [];
  for (let path: string | null = '/webhooks?limit=3'; path !== null;) {
    const { body }: { body: Page<WebhookView> } = await api.get<Page<WebhookView>>(path);
    names.push(...body.data.map(({ name }) => name));
    path = body.next_cursor === null ? null : `/webhooks?limit=3&cursor=${body.next_cursor}`;
  }
  expect(names).toEqual(['w6', 'w5', 'w4', 'w3', 'w2', 'w1', 'w0']);
});

it('serves the OpenAPI document of its code without a key, and a page to read it', async () => {
  const served: unknown = await (await fetch(`${platform.url}/api/openapi.json`)).json();
  expect(served).toEqual(JSON.parse(JSON.stringify(await previewOpenApiDocument())));
  const page = await fetch(`${platform.url}/api/docs`);
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('swagger')]);
});

it('serves health and metrics on every service', async () => {
  for (const service of platform.services.values()) {
    const base = service.readyUrl.replace('/ready', '');
    expect((await fetch(`${base}/live`)).status).toBe(200);
    expect(await (await fetch(base.replace('/health', '/metrics'))).text()).toContain('process_cpu_seconds_total');
  }
});

it('answers 503 within two seconds while NATS is away, and never a false 202', async () => {
  const { account, api } = await platform.operator.createAccount('standard');
  const killing = platform.nats.killAndRestart(3_000);
  await new Promise((resolve) => setTimeout(resolve, 300));
  const startedAtMs = Date.now();
  const answer = await api.post<ProblemAnswer>('/events', { id: 'while-away', event: 'deal.won', data: {} });
  expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } });
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(Date.now() - startedAtMs).toBeLessThan(2_500);
  await killing;
  await eventually(
    async () => expect((await api.post('/events', { id: 'while-away', event: 'deal.won', data: {} })).status).toBe(202),
    20_000,
  );
  expect(account.id).toMatch(/^acc_/);
  // Dispatch's follower of WEBHOOKS is deaf for seconds now. A change does not wait for it.
  const { id } = await api.createWebhook({ url: 'http://127.0.0.1:47001/' });
  expect(await api.post(`/webhooks/${id}/pause`)).toMatchObject({ status: 200, body: { status: 'paused' } });
});
