import { jest } from '@jest/globals';
import fc from 'fast-check';
import { previewOpenApiDocument } from '../../services/gateway/src/openapi/document.js';
import type { Api } from '../support/api.js';
import { anyValue } from '../support/any-value.js';
import { API, Contract, type OpenApiDocument, type Route, type Schema } from '../support/contract.js';
import { eventually } from '../support/eventually.js';
import { usePlatform } from '../support/platform.js';
import { useReceiver } from '../support/receiver.js';

jest.setTimeout(60_000);

/** The same requests in each run. More of them, and others: set FUZZ_RUNS and FUZZ_SEED. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 12);
const SEED = Number(process.env['FUZZ_SEED'] ?? 1);

const document = JSON.parse(JSON.stringify(await previewOpenApiDocument())) as OpenApiDocument;
const scopeOf = ({ operation: { security } }: Route): string => (security[0] ? (security[0].bearer![0] ?? 'account') : 'none');
const isStream = ({ operation }: Route): boolean => 'text/event-stream' in (operation.responses['200']?.content ?? {});
const routes = new Contract(document).routes.filter(
  (route) => !['none', 'operator'].includes(scopeOf(route)) && !isStream(route),
);

const seen = new Map<number, number>();
const platform = usePlatform();
const receiver = useReceiver();

/** Ids that exist, by the segment of the path before them. */
async function thingsOf(api: Api): Promise<Record<string, string[]>> {
  const webhook = await api.createWebhook({ url: receiver.url });
  await api.made('/events', { id: 'evt_known', event: 'deal.won', data: { id: 1 } });
  const deliveries = await eventually(async () => {
    const found = await api.deliveries(webhook.id);
    expect(found).toHaveLength(1);
    return found;
  });
  return { webhooks: [webhook.id], events: ['evt_known'], deliveries: [deliveries[0]!.id] };
}

/** A path with ids that exist or do not, and a query of the documented parameters. */
function anyPath({ template, operation }: Route, things: Record<string, string[]>): fc.Arbitrary<string> {
  const segments = template
    .slice(API.length)
    .split('/')
    .map((segment, index, all) => {
      if (!segment.startsWith('{')) return fc.constant(segment);
      return fc.oneof(
        fc.constantFrom(...(things[all[index - 1]!] ?? ['nothing'])),
        fc.string({ minLength: 1, maxLength: 20 }).map((id) => encodeURIComponent(id.replaceAll('.', '_'))),
      );
    });
  const query = operation.parameters
    .filter((parameter) => parameter.in === 'query')
    .map(({ name, schema }) => fc.option(anyValue(schema, document).map((value) => [name, textOf(value)] as const)));
  return fc.tuple(fc.tuple(...segments), fc.tuple(...query)).map(([path, pairs]) => {
    const parameters = new URLSearchParams(Object.fromEntries(pairs.filter((pair) => pair !== null)));
    return `${path.join('/')}${parameters.size > 0 ? `?${String(parameters)}` : ''}`;
  });
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.toWellFormed() : JSON.stringify(value);
}

/** A body of the documented shape. Webhooks lead to the receiver of this test, or nowhere. */
function anyBody({ operation }: Route): fc.Arbitrary<unknown> {
  const schema: Schema | undefined = operation.requestBody?.content?.['application/json']?.schema;
  if (!schema) return fc.constant(undefined);
  const urls = fc.constantFrom<unknown>(receiver.url, 'http://10.0.0.1/', 'https://', 7);
  return fc.tuple(anyValue(schema, document), urls).map(([body, url]) => {
    return typeof body === 'object' && body !== null && 'url' in body ? { ...body, url } : body;
  });
}

it.each(routes.map((route) => [route.operation.operationId, route] as const))(
  '%s answers any request as the document says, and never with an error of ours',
  async (_name, route) => {
    const { api } = await platform.operator.createAccount('standard');
    const things = await thingsOf(api);
    await fc.assert(
      fc.asyncProperty(anyPath(route, things), anyBody(route), async (path, body) => {
        // The client compares every answer with the document.
        const { status } = await api.call(route.method, path, body === undefined ? undefined : JSON.stringify(body));
        expect(status).toBeLessThan(500);
        seen.set(status, (seen.get(status) ?? 0) + 1);
      }),
      { seed: SEED, numRuns: RUNS, endOnFailure: true },
    );
  },
);

it('has asked for what is there, for what is not, and for what cannot be', () => {
  expect([200, 201, 202, 204, 404, 422].filter((status) => !seen.has(status))).toEqual([]);
});
