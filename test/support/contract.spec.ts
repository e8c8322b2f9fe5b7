import { previewOpenApiDocument } from '../../services/gateway/src/openapi/document.js';
import { Contract, type Exchange, type OpenApiDocument } from './contract.js';

/** Every end-to-end test relies on this check of answers against the document. */

let contract: Contract;

beforeAll(async () => {
  contract = new Contract(JSON.parse(JSON.stringify(await previewOpenApiDocument())) as OpenApiDocument);
});

const minute = { 'x-ratelimit-limit': '100', 'x-ratelimit-remaining': '99', 'x-ratelimit-reset': '60' };
const json = { ...minute, 'content-type': 'application/json; charset=utf-8' };
const at = '2026-03-21T14:30:00.000Z';
const notification = { id: 'ntf_1', type: 'webhook.paused', message: 'x', webhook_id: 'wh_1', created_at: at, read_at: null };
const problem = { type: 'https://tidings.dev/x', title: 'x', status: 404, detail: 'x', code: 'notification_not_found' };

function read(change: Partial<Omit<Exchange, 'headers'>> & { headers?: Record<string, string> }): Exchange {
  const { headers = json, ...others } = change;
  return {
    method: 'POST',
    path: '/notifications/ntf_1/read',
    status: 200,
    body: notification,
    ...others,
    headers: new Headers(headers),
  };
}

it('accepts a documented answer', () => {
  contract.check(read({}));
  contract.check(read({ status: 404, body: problem, headers: { ...json, 'content-type': 'application/problem+json' } }));
  contract.check(read({ method: 'DELETE', path: '/webhooks/wh_1', status: 204, body: null, headers: minute }));
  contract.check(
    read({
      path: '/nothing',
      status: 404,
      body: { ...problem, code: 'not_found' },
      headers: { 'content-type': 'application/problem+json' },
    }),
  );
});

it.each<[string, Parameters<typeof read>[0], RegExp]>([
  [
    'an undocumented status',
    { status: 201 },
    /POST \/api\/v1\/notifications\/\{id\}\/read \(markNotificationRead\) answered 201.*status is not documented/,
  ],
  ['an undocumented operation', { path: '/notifications/ntf_1/eat' }, /the operation is not documented/],
  ['an undocumented content type', { headers: { ...json, 'content-type': 'text/html' } }, /text\/html is not documented/],
  ['an undocumented field', { body: { ...notification, colour: 'red' } }, /must NOT have additional properties \(colour\)/],
  ['a missing field', { body: { ...notification, read_at: undefined } }, /must have required property/],
  ['an undocumented value', { body: { ...notification, type: 'webhook.eaten' } }, /\/type must be equal to one of/],
  ['null where it is not documented', { body: { ...notification, message: null } }, /\/message must be string/],
  ['a time that is none', { body: { ...notification, created_at: 'today' } }, /\/created_at must match format "date-time"/],
  ['a missing header', { headers: { 'content-type': 'application/json' } }, /X-RateLimit-Limit is missing/],
  ['a body where none is documented', { method: 'DELETE', path: '/webhooks/wh_1', status: 204 }, /a body is not documented/],
  [
    'the problem code of another resource',
    {
      status: 404,
      body: { ...problem, code: 'webhook_not_found' },
      headers: { ...json, 'content-type': 'application/problem+json' },
    },
    /\/code must be equal to one of/,
  ],
  ['a problem as plain JSON', { status: 404, body: problem }, /application\/json is not documented/],
  [
    'an undocumented field that was accepted',
    { path: '/webhooks/wh_1/resume', requestBody: { rate: 1 } },
    /must NOT have additional properties \(rate\)/,
  ],
  [
    'an undocumented query that was accepted',
    { path: '/notifications/ntf_1/read?loud=1' },
    /the query parameter loud is not documented/,
  ],
])('notices %s', (_what, change, message) => {
  const body = change.body === undefined ? {} : { body: JSON.parse(JSON.stringify(change.body)) as unknown };
  expect(() => contract.check(read({ ...change, ...body }))).toThrow(message);
});
