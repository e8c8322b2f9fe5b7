import type { ConnectError } from '@connectrpc/connect';
import { jest } from '@jest/globals';
import type { WebhookView } from '#libs/api/src/webhook.dto';
import type { Api } from '../support/api.js';
import { Webhooks } from '../generated/tidings/v1/webhooks_pb.js';
import { grpcClient } from '../support/grpc.js';
import { usePlatform } from '../support/platform.js';

jest.setTimeout(120_000);

/**
 * Hostile requests. Each is answered with a problem that reveals no internals, and the next request is served.
 */

const platform = usePlatform({ isOwn: true });
let api: Api;

beforeAll(async () => {
  ({ api } = await platform.operator.createAccount('standard'));
});

// Nothing here is a mistake of ours: no service may log one, and none may die.
afterEach(() => {
  expect(platform.lines.splice(0).filter((line) => /"level":(50|60)/.test(line))).toEqual([]);
  expect([...platform.services.values()].filter(({ process }) => process === null).map(({ name }) => name)).toEqual([]);
});

interface ProblemAnswer {
  code: string;
  detail: string;
  errors?: { pointer: string; detail: string }[];
}
interface Answer {
  status: number;
  text: string;
  type: string;
}

/** As a program would send it, without a look at the contract: what is sent here is not in it. */
async function ask(
  method: string,
  path: string,
  body?: string | Uint8Array,
  headers: Record<string, string> = {},
  key = api.key,
): Promise<Answer> {
  const answer = await fetch(`${platform.url}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  });
  return { status: answer.status, text: await answer.text(), type: answer.headers.get('content-type') ?? '' };
}
const problemOf = ({ text }: Answer): ProblemAnswer => JSON.parse(text) as ProblemAnswer;
const good = { name: 'x', url: 'https://example.com/hook', events: ['deal.won'] };
const create = (body: unknown): Promise<Answer> =>
  ask('POST', '/api/v1/webhooks', typeof body === 'string' ? body : JSON.stringify(body));

describe('a key', () => {
  const unlike = (key: string): string => `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`;

  it('is answered alike over HTTP and gRPC when it is malformed, unknown, wrong, expired or deleted', async () => {
    const { id, key: deleted } = await api.made<{ id: string; key: string }>('/api-keys', { name: 'x', scopes: ['*'] });
    await api.call('DELETE', `/api-keys/${id}`);
    const soon = new Date(Date.now() + 1_500).toISOString();
    const { key: expired } = await api.made<{ key: string }>('/api-keys', { name: 'x', scopes: ['*'], expires_at: soon });
    await new Promise((resolve) => setTimeout(resolve, Date.parse(soon) - Date.now() + 50));
    const stranger = `tdk_${'x'.repeat(12)}_${'x'.repeat(43)}`;
    const keys = [stranger, unlike(api.key), unlike(platform.operator.key), deleted, expired, '', 'x', `${api.key}x`, api.key.slice(1),
      api.key.toUpperCase(), `tdk_${'é'.repeat(12)}`, `' OR '1'='1`, `${api.key},${api.key}`, `${api.key} ${api.key}`, `tdk_${'a'.repeat(12)}_${'%'.repeat(43)}`,
      `tdk_${'0'.repeat(12)}_${'0'.repeat(42)}\u0000`].map((key) => key.replace(/[^\x20-\x7e]/g, '_')); // prettier-ignore
    const answers = await Promise.all(keys.map((key) => ask('GET', '/api/v1/webhooks', undefined, {}, key)));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]).toMatchObject({ status: 401, type: expect.stringContaining('application/problem+json') });
    const others = { 'x-api-key': api.key, cookie: `key=${api.key}`, authorization: `Basic ${btoa(`${api.key}:`)}` };
    for (const [name, value] of Object.entries(others)) {
      const headers = { authorization: '', [name]: value };
      expect((await ask('GET', `/api/v1/webhooks?api_key=${api.key}&access_token=${api.key}`, undefined, headers)).text).toBe(answers[0]!.text);
    } // prettier-ignore
    const overGrpc = await Promise.all(
      [stranger, unlike(api.key), deleted, expired, 'x'].map((key) =>
        grpcClient(platform.grpc, Webhooks, { key })
          .listWebhooks({})
          .then(
            () => 'served',
            ({ code, rawMessage }: ConnectError) => `${code} ${rawMessage}`,
          ),
      ),
    );
    expect(new Set(overGrpc)).toEqual(new Set(['16 Send a valid key: Authorization: Bearer tdk_…']));
  });

  it('loses no requests to callers who know its id but not its secret', async () => {
    const { api: mine } = await platform.operator.createAccount('standard', 'standard');
    await Promise.all(Array.from({ length: 150 }, () => ask('GET', '/api/v1/webhooks', undefined, {}, unlike(mine.key))));
    const { status, headers } = await mine.get('/webhooks');
    expect(status).toBe(200);
    expect(Number(headers.get('x-ratelimit-remaining'))).toBeGreaterThan(90);
  });

  it('decides the account, and no field or header of a request does', async () => {
    const { account: other } = await platform.operator.createAccount('standard');
    for (const body of [
      { ...good, account_id: other.id },
      { ...good, accountId: other.id },
      { ...good, account: { id: other.id } },
    ])
      expect((await create(body)).status).toBe(422);
    for (const query of [`account_id=${other.id}`, `accountId=${other.id}`])
      expect((await ask('GET', `/api/v1/webhooks?${query}`)).status).toBe(422);
    const headers = { 'x-account-id': other.id, 'tidings-account': other.id };
    const { text } = await ask('POST', '/api/v1/webhooks', JSON.stringify(good), headers);
    const { id } = JSON.parse(text) as WebhookView;
    expect((await api.get(`/webhooks/${id}`)).status).toBe(200);
    const event = { event: 'deal.won', data: {}, account_id: other.id };
    expect(await ask('POST', '/api/v1/events', JSON.stringify(event))).toMatchObject({ status: 422 });
  });
});

describe('a body', () => {
  it.each<[string, unknown, string]>([
    ['a field that is not known', { ...good, colour: 1 }, '/colour'],
    ['one in the retry policy', { ...good, retry_policy: { max_retries: 1, retries: 2 } }, '/retry_policy/retries'],
    ['one in auto_pause', { ...good, auto_pause: { after_failures: 1, action: 'pause', notify: true } }, '/auto_pause/notify'],
    ['one in a filter', { ...good, filter: { path: 'data.x', op: 'eq', value: 1, flags: 'i' } }, '/filter/flags'],
    [
      'one deep in a filter',
      { ...good, filter: { all: [{ not: { path: 'data.x', op: 'exists', code: '1' } }] } },
      '/filter/all/0/not/code',
    ],
    ['a group and a condition in a filter', { ...good, filter: { any: [], path: 'data.x', op: 'exists' } }, '/filter'],
    ['a retry policy that is a list', { ...good, retry_policy: [{ max_retries: 1 }] }, '/retry_policy'],
    ['a retry policy that is an empty list', { ...good, retry_policy: [] }, '/retry_policy'],
    ['an auto_pause that is an empty list', { ...good, auto_pause: [] }, '/auto_pause'],
    ['null for what must be there', { ...good, name: null }, '/name'],
    ['a name that is a number', { ...good, name: 1 }, '/name'],
    ['a name that is an object', { ...good, name: { toString: 'x' } }, '/name/toString'],
    ['a URL that is a list', { ...good, url: ['https://example.com/'] }, '/url'],
    ['events that are an object', { ...good, events: { length: 1, 0: '*' } }, '/events'],
    ['an event that is a list', { ...good, events: [['deal.won']] }, '/events/0'],
    ['a header that is no text', { ...good, headers: { 'X-A': 1 } }, '/headers'],
    ['headers that are a list', { ...good, headers: [['X-A', 'b']] }, '/headers'],
    ['a line break in a header', { ...good, headers: { 'X-A': 'a\r\nHost: evil.example' } }, '/headers/X-A'],
    ['a line break in the name of a header', { ...good, headers: { 'X-A\r\nHost': 'evil.example' } }, '/headers/X-A\r\nHost'],
    ['a line break in a secret', { ...good, secret: 'secret\r\n12345' }, '/secret'],
    ['a secret of Standard Webhooks without a key', { ...good, secret: 'whsec_!!' }, '/secret'],
    ['a secret of Standard Webhooks with a short key', { ...good, secret: `whsec_${'A'.repeat(28)}` }, '/secret'],
    ['a secret of Standard Webhooks with a long key', { ...good, secret: `whsec_${'A'.repeat(88)}` }, '/secret'],
    ['a line break in the URL', { ...good, url: 'https://example.com/\r\nHost: evil.example' }, '/url'],
    ['a method that is none', { ...good, method: 'DELETE' }, '/method'],
    ['a content type that is none', { ...good, content_type: 'application/json\r\nX-A: b' }, '/content_type'],
    [
      'an infinite time-out',
      `${JSON.stringify(good).slice(0, -1)},"retry_policy":{"timeout_seconds":1e999}}`,
      '/retry_policy/timeout_seconds',
    ],
    ['a negative limit', { ...good, max_concurrency: -1 }, '/max_concurrency'],
    ['a limit that is a fraction', { ...good, max_concurrency: 1.5 }, '/max_concurrency'],
    ['a path that does not begin with data', { ...good, masked_fields: ['data.a', 'email'] }, '/masked_fields/1'],
    ['a path to all of the data', { ...good, data_fields: ['data'] }, '/data_fields/0'],
    ['a path with a name that is empty', { ...good, data_fields: ['data..a'] }, '/data_fields/0'],
    ['a path that is a number', { ...good, masked_fields: [1] }, '/masked_fields/0'],
    ['paths that are a text', { ...good, masked_fields: 'data.email' }, '/masked_fields'],
    ['a path that is too deep', { ...good, masked_fields: [`data${'.a'.repeat(11)}`] }, '/masked_fields/0'],
    ['a path that is too long', { ...good, masked_fields: [`data${`.${'a'.repeat(66)}`.repeat(3)}`] }, '/masked_fields/0'],
    ['101 paths', { ...good, data_fields: Array<string>(101).fill('data.a') }, '/data_fields'],
    ['a name that is too long', { ...good, name: 'x'.repeat(201) }, '/name'],
    ['101 events', { ...good, events: Array<string>(101).fill('deal.won') }, '/events'],
  ])('with %s is a field error that points to it', async (_what, body, pointer) => {
    const answer = await create(body);
    expect([answer.status, problemOf(answer).errors?.map((error) => error.pointer)]).toEqual([
      422,
      expect.arrayContaining([pointer]),
    ]);
  });

  // Members that every JavaScript object has. Libraries leave them out, merge them or call them.
  it.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__'])(
    'with a field %s, anywhere, is refused, and pollutes nothing',
    async (name) => {
      const member = `${JSON.stringify(name)}:{"method":"PUT","isAllowed":true,"status":"disabled"}`;
      const text = JSON.stringify(good).slice(0, -1);
      const bodies = [
        `${text},${member}}`,
        `{${member},${text.slice(1)}}`,
        `${text},"retry_policy":{${member}}}`,
        `${text},"auto_pause":{"after_failures":5,"action":"pause",${member}}}`,
        `${text},"filter":{"path":"data.x","op":"exists",${member}}}`,
        `${text},"headers":{${member}}}`,
      ];
      for (const body of bodies) expect([body, (await create(body)).status]).toEqual([body, 422]);
      const type = (sampleText: string) => `{"name":"a.b","category":"c","description":"","sample":${sampleText}}`;
      const ofType = await ask('POST', '/api/v1/event-types', type(`{"a":[{${member}}]}`));
      // An accepted member is kept, not left out silently.
      expect(ofType.status === 422 || ofType.text.includes(`"${name}"`)).toBe(true);
      if (ofType.status === 201) await ask('DELETE', '/api/v1/event-types/a.b');
      const { text: created } = await create(good);
      expect(JSON.parse(created)).toMatchObject({ method: 'POST', status: 'active' });
    },
  );

  it('is read with the last of two members of one name, as every reader of JSON does', async () => {
    const twice = await create(
      '{"name":"first","url":"http://10.0.0.1/","url":"https://example.com/","events":["*"],"name":"last"}',
    );
    expect(JSON.parse(twice.text)).toMatchObject({ name: 'last', url: 'https://example.com/' });
    const bad = await create('{"name":"x","url":"https://example.com/","events":["*"],"url":"http://10.0.0.1/"}');
    expect(bad.status).toBe(422);
  });

  it('is at most 32 levels deep', async () => {
    const nested = (levels: number, open = '{"a":', close = '}') => `${open.repeat(levels)}1${close.repeat(levels)}`;
    const withSample = (text: string) => `{"name":"deep.type","category":"c","description":"","sample":${text}}`;
    expect((await ask('POST', '/api/v1/event-types', withSample(nested(31)))).status).toBe(201);
    await ask('DELETE', '/api/v1/event-types/deep.type');
    for (const text of [nested(32), nested(40_000), `{"a":${nested(40_000, '[', ']')}}`]) {
      const answer = await ask('POST', '/api/v1/event-types', withSample(text));
      expect([answer.status, problemOf(answer).detail]).toEqual([422, expect.stringContaining('nested deeper than 32 levels')]);
    }
  });

  const unstorable = ['a\u0000b', 'a\ud800b', '\udc00'];
  it.each<[string, (text: string) => [string, string, unknown]]>([
    ['a name', (text) => ['POST', '/webhooks', { ...good, name: text }]],
    ['a description', (text) => ['POST', '/webhooks', { ...good, description: text }]],
    ['a URL', (text) => ['POST', '/webhooks', { ...good, url: `https://example.com/${text}` }]],
    ['the value of a header', (text) => ['POST', '/webhooks', { ...good, headers: { 'X-A': text } }]],
    ['the name of a header', (text) => ['POST', '/webhooks', { ...good, headers: { [text]: 'x' } }]],
    ['a secret', (text) => ['POST', '/webhooks', { ...good, secret: `${text}12345678` }]],
    ["a filter's value", (text) => ['POST', '/webhooks', { ...good, filter: { path: 'data.x', op: 'eq', value: text } }]],
    ["a filter's list", (text) => ['POST', '/webhooks', { ...good, filter: { path: 'data.x', op: 'in', value: ['a', text] } }]],
    ["a filter's path", (text) => ['POST', '/webhooks', { ...good, filter: { path: `data.${text}`, op: 'exists' } }]],
    ['an event', (text) => ['POST', '/webhooks', { ...good, events: [text] }]],
    ['a test', (text) => ['POST', '/webhooks/test', { ...good, event: text }]],
    ["a type's description", (text) => ['POST', '/event-types', { name: 'a.b', category: 'c', description: text }]],
    [
      "a type's sample",
      (text) => ['POST', '/event-types', { name: 'a.b', category: 'c', description: '', sample: { a: [text] } }],
    ],
    [
      "a type's schema",
      (text) => ['POST', '/event-types', { name: 'a.b', category: 'c', description: '', schema: { title: text } }],
    ],
    [
      "a schema's field",
      (text) => ['POST', '/event-types', { name: 'a.b', category: 'c', description: '', schema: { properties: { [text]: {} } } }],
    ],
    ["a key's name", (text) => ['POST', '/api-keys', { name: text, scopes: ['*'] }]],
    ['an event over HTTP', (text) => ['POST', '/events', { event: 'deal.won', data: { a: [{ b: text }] } }]],
    ['a field of an event', (text) => ['POST', '/events', { event: 'deal.won', data: { [text]: 1 } }]],
    ["an event's key", (text) => ['POST', '/events', { event: 'deal.won', key: text, data: {} }]],
    ['a query', (text) => ['GET', `/webhooks?status=${encodeURIComponent(text.toWellFormed())}%00`, undefined]],
    ['a search', (text) => ['GET', `/webhooks/wh_x/deliveries?search=${encodeURIComponent(text.toWellFormed())}%00`, undefined]],
    ['an id', (text) => ['GET', `/webhooks/${encodeURIComponent(text.toWellFormed())}`, undefined]],
  ])('with NUL or half a surrogate pair in %s is refused', async (_where, request) => {
    for (const text of unstorable) {
      const [method, path, body] = request(text);
      const answer = await ask(method, `/api/v1${path}`, body === undefined ? undefined : JSON.stringify(body));
      expect([404, 422]).toContain(answer.status);
    }
  });

  it.each<[string, string | Uint8Array, Record<string, string>, number]>([
    ['of another type', '<a/>', { 'content-type': 'text/xml' }, 415],
    ['of plain text', JSON.stringify(good), { 'content-type': 'text/plain' }, 415],
    ['of a form', 'name=x', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['of a type that only begins like JSON', JSON.stringify(good), { 'content-type': 'application/json+evil' }, 415],
    ['that is not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), {}, 400],
    ['that is UTF-16', Buffer.from(JSON.stringify(good), 'utf16le'), {}, 400],
    ['that is compressed', Buffer.from('1f8b0800', 'hex'), { 'content-encoding': 'gzip' }, 400],
    ['that is a list', '[]', {}, 422],
    ['that is a text', '"x"', {}, 422],
    ['that is null', 'null', {}, 422],
    ['that ends too early', '{"name":', {}, 400],
    ['that has a comment', '{"name":"x"/**/}', {}, 400],
    ['that is NaN', 'NaN', {}, 400],
  ])('%s is refused', async (_what, body, headers, status) => {
    const answer = await ask('POST', '/api/v1/webhooks', body, headers);
    expect([answer.status, answer.type]).toEqual([status, expect.stringContaining('application/problem+json')]);
  });
});
