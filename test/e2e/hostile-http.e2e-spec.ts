import { jest } from '@jest/globals';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { Page } from '#libs/api/src/page.dto';
import type { WebhookView } from '#libs/api/src/webhook.dto';
import { previewOpenApiDocument } from '../../services/gateway/src/openapi/document.js';
import type { Api } from '../support/api.js';
import { Contract, type OpenApiDocument, type Route, type Schema } from '../support/contract.js';
import { usePlatform } from '../support/platform.js';
import { rawRequest, type RawAnswer } from '../support/raw-http.js';
import { resolved, sample } from '../support/sample.js';

jest.setTimeout(300_000);

/** HTTP as nobody should speak it, addresses that do not exist, cursors of others, and rubbish in every place of every operation. */

/** The document that lists the operations. */
const document = JSON.parse(JSON.stringify(await previewOpenApiDocument())) as OpenApiDocument;

const platform = usePlatform({ isOwn: true });
let accountId: string;
let api: Api;

beforeAll(async () => {
  ({
    account: { id: accountId },
    api,
  } = await platform.operator.createAccount('standard'));
});

// Nothing here is a mistake of ours: no service may log one, and none may die.
afterEach(() => {
  expect(platform.lines.splice(0).filter((line) => /"level":(50|60)/.test(line))).toEqual([]);
  expect([...platform.services.values()].filter(({ process }) => process === null).map(({ name }) => name)).toEqual([]);
});

/** A stack, a query, a table, a file, an address of ours, or the name of what we are made of. */
const INSIDE =
  /\bat [\w.<>]+ \(|node_modules|\.(ts|js):\d|SELECT |INSERT |UPDATE |\bWHERE\b|subscriptions\.|delivery_log\.|typeorm|QueryFailed|pg_|postgres|FST_|fastify|nestjs|undici|ECONN|nats:|\/tmp\/|127\.0\.0\.1:|TypeError|Cannot read|is not a function|undefined/;

const request = (line: string, ...headers: string[]): string =>
  [line, 'Host: tidings', `Authorization: Bearer ${api.key}`, ...headers, '', ''].join('\r\n');
const raw = (...pieces: (string | Buffer)[]): Promise<RawAnswer> => rawRequest(platform.url, pieces);
const JSON_TYPE = 'Content-Type: application/json';

describe('an address', () => {
  it.each(['http://elsewhere.example/api/v1/webhooks', '/api/v1/%77ebhooks', '/%61pi/v1/webhooks', '/api/v1/webhooks?'])(
    'is the same however it is written, and asks for a key: %s',
    async (address) => {
      expect((await raw(request(`GET ${address} HTTP/1.1`))).statuses).toEqual([200]);
      const { statuses, text } = await raw(`GET ${address} HTTP/1.1\r\nHost: tidings\r\n\r\n`);
      expect([statuses, text]).toEqual([[401], expect.stringContaining('"code":"unauthorized"')]);
    },
  );

  it.each([
    '/api/v1/webhooks/%zz',
    '/api/v1/webhooks/%ed%a0%80',
    '/api/v1/webhooks/%00',
    '/api/v1/webhooks/..%2faccounts',
    '/api/v1/webhooks/%2e%2e/accounts',
    '/api/v1/webhooks/../accounts',
    '//api/v1/webhooks',
    '/api/v1/webhooks/',
    '/api/v1/webhooks;a=b',
    '/API/v1/webhooks',
    `/api/v1/webhooks/${'a'.repeat(65)}`,
    `/api/v1/webhooks/${'a'.repeat(5_000)}`,
    '/api/v1/webhooks/wh_*/paused',
    "/api/v1/webhooks/'%20OR%201=1--",
    '/api/v1/webhooks/wh.>',
    '/api/docs/../../package.json',
    '/api/docs/%2e%2e/%2e%2e/package.json',
    '/api/docs/..%5c..%5cpackage.json',
    '/.env',
    '/api/v1/__proto__',
    '/api/v1/webhooks/constructor/toString',
  ])('is not found when it does not exist: %s', async (address) => {
    const { statuses, text } = await raw(request(`GET ${address} HTTP/1.1`));
    expect([statuses, text]).toEqual([[404], expect.stringContaining('"code":"not_found"')]);
    expect(text).toContain('application/problem+json');
    expect(text.split('\r\n\r\n')[1]).not.toMatch(INSIDE);
    // An answer does not repeat the address.
    expect(text).not.toMatch(/aaaa|OR 1|passwd|package|%zz|ed%a0/);
  });

  it('is answered, and not read to its end, when it is too long or has too many headers', async () => {
    for (const head of [
      request(`GET /api/v1/${'a'.repeat(100_000)} HTTP/1.1`),
      request('GET /api/v1/webhooks HTTP/1.1', `X-A: ${'a'.repeat(100_000)}`),
      request('GET /api/v1/webhooks HTTP/1.1', ...Array<string>(5_000).fill('X-Many: header')),
    ]) {
      const { statuses, isClosed, text } = await raw(head);
      expect([statuses, isClosed]).toEqual([[431], true]);
      expect(text).not.toMatch(INSIDE);
    }
  });
});

describe('a method', () => {
  it('is what the request line says, whatever headers, queries and forms say', async () => {
    const { body: webhook } = await api.post<WebhookView>('/webhooks', { name: 'x', url: 'https://example.com/', events: ['*'] });
    const overrides = ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override', 'X-Original-Method'];
    for (const name of overrides) {
      const { statuses } = await raw(request(`GET /api/v1/webhooks/${webhook.id}?_method=DELETE HTTP/1.1`, `${name}: DELETE`));
      expect([name, statuses]).toEqual([name, [200]]);
    }
    const urls = ['X-Original-URL: /api/v1/accounts', 'X-Rewrite-URL: /api/v1/accounts', 'X-Forwarded-Prefix: /x'];
    expect((await raw(request(`GET /api/v1/webhooks/${webhook.id} HTTP/1.1`, ...urls))).text).toContain(webhook.id);
    expect((await api.get(`/webhooks/${webhook.id}`)).status).toBe(200);
  });

  it.each([
    ['HEAD', 200],
    ['OPTIONS', 405],
    ['TRACE', 405],
    ['PUT', 405],
    ['PROPFIND', 405],
    ['BREW', 400],
    ['get', 400],
  ])('%s is answered sanely', async (method, status) => {
    const { statuses, text } = await raw(request(`${method} /api/v1/webhooks HTTP/1.1`));
    expect(statuses).toEqual([status]);
    // TRACE would repeat the key, and nobody is told which origins may read.
    expect(text).not.toContain(api.key);
    expect(text).not.toMatch(/access-control|x-powered-by|^server:/im);
    expect(method !== 'HEAD' || text.endsWith('\r\n\r\n')).toBe(true);
  });
});

describe('a request', () => {
  const post = (address: string, ...headers: string[]): string => request(`POST ${address} HTTP/1.1`, JSON_TYPE, ...headers);

  it.each<[string, (string | Buffer)[]]>([
    ['is no HTTP', ['\u0000\u0001\u0002\r\n\r\n']],
    ['is TLS', [Buffer.from('160301020001000001', 'hex'), '\r\n\r\n']],
    ['is HTTP/2', ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n']],
    ['is of no known version', ['GET / HTTP/9.9\r\nHost: x\r\n\r\n']],
    ['has no host', ['GET / HTTP/1.1\r\n\r\n']],
    ['has a space in the name of a header', ['GET / HTTP/1.1\r\nHost: x\r\nX A: b\r\n\r\n']],
    ['folds a header', ['GET / HTTP/1.1\r\nHost: x\r\nX-A: b\r\n c\r\n\r\n']],
    ['has NUL in a header', ['GET / HTTP/1.1\r\nHost: x\r\nX-A: b\u0000c\r\n\r\n']],
    [
      'has a length and chunks',
      ['POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ],
    ['has two lengths', ['POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 5\r\n\r\n{}abc']],
    ['has a length that is none', ['POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n{}']],
    ['has an unknown transfer encoding', ['POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, x\r\n\r\n0\r\n\r\n']],
    ['has a chunk without a size', ['POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n']],
  ])('ends its connection, and nothing else, when it %s', async (_what, pieces) => {
    const { statuses, isClosed, text } = await raw(...pieces);
    expect([statuses, isClosed]).toEqual([[400], true]);
    expect(text).not.toMatch(INSIDE);
  });

  it('smuggles no second request past the length of its body', async () => {
    const second = request('DELETE /api/v1/webhooks/wh_x HTTP/1.1');
    const short = await raw(`${post('/api/v1/webhooks', 'Content-Length: 2')}{}GARBAGE ${second}`);
    expect(short.statuses.filter((status) => status === 404)).toEqual([]);
    const both = await raw(`${post('/api/v1/webhooks', 'Content-Length: 6', 'Transfer-Encoding: chunked')}0\r\n\r\n${second}`);
    expect(both.statuses).toEqual([400]);
  });

  it('has one key: the first Authorization header counts', async () => {
    const { statuses } = await raw(request('GET /api/v1/webhooks HTTP/1.1', 'Authorization: Bearer x'));
    expect(statuses).toEqual([200]);
  });

  it('may ask for another protocol, and goes on in this one', async () => {
    for (const upgrade of ['websocket', 'h2c']) {
      const { statuses } = await raw(request('GET /api/v1/webhooks HTTP/1.1', 'Connection: upgrade', `Upgrade: ${upgrade}`));
      expect(statuses).toEqual([200]);
    }
  });

  it('is refused at 256 KiB of body, whatever length it says: counted while it is read', async () => {
    const piece = 'x'.repeat(16 * 1024);
    const chunk = `4000\r\n${piece}\r\n`;
    // 80 KiB more than is taken, all of which fits into the buffers between us: the answer comes while the rest is not sent.
    const chunked = await raw(post('/api/v1/webhooks', 'Transfer-Encoding: chunked'), ...Array<string>(17).fill(chunk));
    expect([chunked.statuses, chunked.text]).toEqual([[413], expect.stringContaining('"code":"body_too_large"')]);
    const honest = await raw(post('/api/v1/webhooks', `Content-Length: ${256 * 1024 + 1}`));
    expect([honest.statuses, honest.isClosed]).toEqual([[413], true]);
    const events = await raw(post('/api/v1/events', `Content-Length: ${5 * 1024 * 1024 + 1}`));
    expect(events.statuses).toEqual([413]);
    // 256 KiB themselves are read, and are no JSON.
    const most = await raw(post('/api/v1/webhooks', `Content-Length: ${256 * 1024}`), ...Array<string>(16).fill(piece));
    expect([most.statuses, most.text]).toEqual([[400], expect.stringContaining('"code":"invalid_json"')]);
  });

  it('is refused before its body comes when its key is unknown', async () => {
    const { statuses } = await raw('POST /api/v1/webhooks HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 200000\r\n\r\n'); // prettier-ignore
    expect(statuses).toEqual([401]);
  });

  it('is told so when it has more events than a message may hold', async () => {
    const events = Array.from({ length: 20 }, (_, n) => ({ event: 'deal.won', data: { n, text: 'x'.repeat(150_000) } }));
    expect(await api.post('/events', events)).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
  });
});

describe('a cursor', () => {
  it('belongs to its account, its list and its filter', async () => {
    const { api: other } = await platform.operator.createAccount('standard');
    for (const client of [api, other]) {
      for (let n = 0; n < 2; n++) await client.createWebhook({ url: 'https://example.com/', name: `w${n}` });
      await client.made('/api-keys', { name: 'x', scopes: ['*'] });
    }
    const lists = ['/webhooks?limit=1', '/webhooks?limit=1&status=active', '/api-keys?limit=1', '/audit-log?limit=1'];
    const cursors = new Map<string, string>();
    for (const list of lists) {
      const { body } = await api.get<Page<unknown>>(list);
      expect([list, body.next_cursor]).toEqual([list, expect.any(String)]);
      cursors.set(list, body.next_cursor!);
    }
    for (const [of, cursor] of cursors) {
      for (const list of [...lists, '/notifications?limit=1', '/rejected-events?limit=1']) {
        const mine = await api.get<{ code?: string }>(`${list}&cursor=${cursor}`);
        expect([of, list, mine.status]).toEqual([of, list, of === list ? 200 : 400]);
        const theirs = await other.get<{ code?: string }>(`${list}&cursor=${cursor}`);
        expect([of, list, theirs.status, theirs.body.code]).toEqual([of, list, 400, 'invalid_cursor']);
      }
    }
  });

  it('is refused when it is forged, unless it has the form of ours', async () => {
    const made = (...position: unknown[]): string => {
      // How a cursor is bound is no secret.
      const bound = createHash('sha256').update(JSON.stringify(['webhooks', accountId, ''])).digest('base64url').slice(0, 12);
      return Buffer.from(JSON.stringify([bound, ...position])).toString('base64url');
    }; // prettier-ignore
    const at = '2099-01-01T00:00:00.000Z';
    expect((await api.get(`/webhooks?cursor=${made(at, 'wh_x')}`)).status).toBe(200);
    const bad = [
      made(), made(at), made('now', 'x'), made('infinity', 'x'), made('2026-01-01', 'x'), made(0, 'x'), made(1e300, 'x'), made(null, null), made({}, []),
      made(at, "'; DROP TABLE subscriptions.webhooks; --"), made(at, 'a\u0000'), made(at, '\ud800'), made(at, 1), made(at, 'x'.repeat(65)), made([at], ['x']),
      made({ toISOString: at }, 'x'), '', 'AAAA', 'null', btoa('null'), btoa('[]'), btoa('{}'), btoa('"x"'), 'x'.repeat(1_000),
    ]; // prettier-ignore
    for (const cursor of bad) {
      const { status, body } = await api.get<{ code: string }>(`/webhooks?cursor=${cursor}`);
      expect([cursor, status, body.code]).toEqual([cursor, 400, 'invalid_cursor']);
    }
  });
});

describe('rubbish', () => {
  const { routes } = new Contract(document);
  const isStream = ({ operation }: Route): boolean => 'text/event-stream' in (operation.responses['200']?.content ?? {});
  const operations = routes
    .filter((route) => !isStream(route))
    .map((route): [string, Route] => [route.operation.operationId, route]);

  const attacks = [
    '', ' ', '0', '-1', '1e309', 'null', 'true', '[]', '{}', '..', '../..', '*', '>', '%', '%s%n', '\\', '"', "'", "' OR '1'='1", '"; DROP TABLE accounts; --', '$1', '${7*7}',
    '{{7*7}}', '<script>alert(1)</script>', '\r\nSet-Cookie: a=b', '\u0000', '\ud800', '\u202e', '\ufeff', '😀', 'ａ', 'İ', 'x'.repeat(3_000), '__proto__', 'constructor', 'wh_',
    'https://169.254.169.254/', 'file:///etc/passwd', '2026-W01-1', '0000-00-00', '9999-12-31T23:59:60Z', '+275760-09-13T00:00:00Z', 'deal.won', 'a.b.c.d.e.f.g.h.i.j',
  ]; // prettier-ignore
  const anyText = fc.oneof(fc.constantFrom(...attacks), fc.string({ unit: 'binary' }));
  const anyValue = fc.oneof(anyText, fc.double(), fc.boolean(), fc.constant(null), fc.jsonValue({ maxDepth: 3 }));

  const anyJson = anyValue.map((value) => JSON.stringify(value));

  /** A body as it may be, or with members of it, or of its members, replaced by, or beside, anything. */
  function anyBody(schema: Schema | undefined): fc.Arbitrary<string> {
    if (!schema) return fc.oneof(fc.constant(''), anyJson, anyText);
    const good = sample(schema, document) as Record<string, unknown>;
    const { properties = {} } = resolved(schema, document);
    const names = [...Object.keys(properties), ...Object.keys(good)];
    const name = names.length > 0 ? fc.oneof(fc.constantFrom(...names), anyText) : anyText;
    const changed = fc.dictionary(name, anyValue, { maxKeys: 3 }).map((change) => JSON.stringify({ ...good, ...change }));
    const inner = fc
      .tuple(name, fc.dictionary(anyText, anyValue, { maxKeys: 3 }))
      .map(([field, value]) => JSON.stringify({ ...good, [field]: value }));
    const cut = fc.nat(JSON.stringify(good).length).map((length) => JSON.stringify(good).slice(0, length));
    return fc.oneof(changed, inner, cut, anyJson, anyText);
  }

  it.each(operations)('in %s is answered with a problem that reveals no internals', async (_name, route) => {
    const { method, template, operation } = route;
    const isOperators = operation.security[0]?.bearer?.[0] === 'operator';
    const { key } = isOperators ? platform.operator : (await platform.operator.createAccount('standard')).api;
    const schema = Object.values(operation.requestBody?.content ?? {})[0]?.schema;
    const ofQuery = operation.parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name);
    const requests = fc.record({
      id: fc.oneof(anyText, fc.constant('wh_01a1fde178337a30b8136092060b513a')),
      query: fc.dictionary(ofQuery.length > 0 ? fc.oneof(fc.constantFrom(...ofQuery), anyText) : anyText, anyText, {
        maxKeys: 3,
      }),
      body: anyBody(schema),
      idempotencyKey: fc.option(anyText),
    });
    await fc.assert(
      fc.asyncProperty(requests, async ({ id, query, body, idempotencyKey }) => {
        const path = template.replace(/\{\w+\}/g, encoded(id));
        const search = Object.entries(query).map(([name, value]) => `${encoded(name)}=${encoded(value)}`);
        // Keeps the characters that a header may have. Fetch refuses an empty one.
        const header = idempotencyKey?.replace(/[^\x20-\x7e\xa0-\xff]/g, '?').trim() || 'x';
        const answer = await served(`${platform.url}${path}?${search.join('&')}`, {
          method,
          headers: {
            authorization: `Bearer ${key}`,
            'content-type': 'application/json',
            ...(idempotencyKey !== null && method === 'POST' ? { 'idempotency-key': header } : {}),
          },
          ...(method === 'GET' ? {} : { body }),
        });
        const text = await answer.text();
        if (answer.status >= 500) throw new Error(`answered ${answer.status}: ${text}`);
        if (answer.status < 400) return;
        expect(answer.headers.get('content-type')).toContain('application/problem+json');
        // The names of fields say where a mistake is, and may be anything; what is said of them is ours.
        const { detail, errors } = JSON.parse(text) as { detail: string; errors?: { detail: string }[] };
        for (const said of errors?.map((error) => error.detail) ?? [detail]) expect(said).not.toMatch(INSIDE);
      }),
      { numRuns: 30, endOnFailure: true },
    );
  });
});

const encoded = (text: string): string => encodeURIComponent(text.toWellFormed());

/** A machine that is busy with other things may make an answer late, and says so with 503: asked again, as clients do. */
async function served(url: string, init: RequestInit): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    const answer = await fetch(url, init);
    if (answer.status !== 503 || attempt === 10) return answer;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
