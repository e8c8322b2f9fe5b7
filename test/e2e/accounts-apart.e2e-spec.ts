import { jest } from '@jest/globals';
import { previewOpenApiDocument } from '../../services/gateway/src/openapi/document.js';
import { Api } from '../support/api.js';
import { API, Contract, type OpenApiDocument, type Route } from '../support/contract.js';
import { eventually } from '../support/eventually.js';
import { usePlatform } from '../support/platform.js';
import { answerWith, useReceiver } from '../support/receiver.js';
import { sample } from '../support/sample.js';

jest.setTimeout(60_000);

/**
 * Accounts are isolated, in every operation of the OpenAPI document. A new operation is tested from its first day: it fails
 * here until the table below says how to create what its path names.
 */

/** In every text of account A's things but their ids, which B names itself, and in no answer to B. */
const MARK = 'zebra';

/** How to make, in account A, what a path names after this segment; resolves with what the path then has in its place. */
const makers: Record<string, () => Promise<string>> = {
  accounts: () => Promise.resolve(accountId),
  webhooks: async () => (await a.createWebhook({ name: MARK, url: `${receiver.url}/${MARK}`, headers: { 'X-Of': MARK } })).id,
  events: async () => (await a.made<{ id: string }>('/events', { id: newId(), event: 'deal.won', data: { name: MARK } })).id,
  deliveries: async () => {
    const webhookId = await makers['webhooks']!();
    await makers['events']!();
    return eventually(async () => {
      const [delivery] = await a.deliveries(webhookId, '&status=success');
      expect(delivery).toBeDefined();
      return delivery!.id;
    });
  },
  replays: async () => {
    const path = `/webhooks/${await makers['webhooks']!()}/replays`;
    const { id } = await a.made<{ id: string }>(path, { since: new Date(Date.now() - 60_000).toISOString() });
    await eventually(async () => expect((await a.get(`/replays/${id}`)).body).toMatchObject({ status: 'completed', pending: 0 }));
    return id;
  },
  erasures: async () => {
    const event_id = await makers['events']!();
    await eventually(async () => expect((await a.get(`/events/${event_id}`)).status).toBe(200));
    const { id } = await a.made<{ id: string }>('/erasures', { event_id });
    await eventually(async () => expect((await a.get(`/erasures/${id}`)).body).toMatchObject({ status: 'completed' }));
    return id;
  },
  'rejected-events': async () => {
    await platform.js.publish(`crm.${accountId}.${MARK}.happened`, '{"data":{}}');
    return idOfNewest('/rejected-events');
  },
  'event-types': async () => {
    const type = { name: `${newId()}.happened`, category: 'Own', description: MARK };
    return (await a.made<{ name: string }>('/event-types', type)).name;
  },
  'inbound-webhooks': async () => (await a.made<{ id: string }>('/inbound-webhooks', { name: MARK, event: 'lead.created' })).id,
  'api-keys': async () => (await a.made<{ id: string }>('/api-keys', { name: MARK, scopes: ['events:read'] })).id,
  notifications: async () => {
    const webhook = await a.createWebhook({ name: MARK, url: `${receiver.url}/gone` });
    await makers['events']!();
    await eventually(async () => expect((await a.get(`/webhooks/${webhook.id}`)).body).toMatchObject({ status: 'disabled' }));
    return idOfNewest('/notifications');
  },
};

/** Lists that are the same for every account of a profile. */
const OF_NO_ACCOUNT = ['listIpAddresses'];
/** Figures, without any of the texts of what they count. B has none of that. */
const ONLY_COUNTED = ['getAccountStats'];

const document = JSON.parse(JSON.stringify(await previewOpenApiDocument())) as OpenApiDocument;
const { routes } = new Contract(document);
/** `account`: any key of an account. */
const scopeOf = ({ operation: { security } }: Route): string => (security[0] ? (security[0].bearer![0] ?? 'account') : 'none');
const withKey = routes.filter((route) => scopeOf(route) !== 'none');
const ofOperator = withKey.filter((route) => scopeOf(route) === 'operator');
const ofAccount = withKey.filter((route) => scopeOf(route) !== 'operator');
/** That a stream is of one account, is in live.e2e-spec. */
const isStream = ({ operation }: Route): boolean => 'text/event-stream' in (operation.responses['200']?.content ?? {});
const readsOfAccount = ofAccount.filter((route) => route.method === 'GET' && !isStream(route));
const namesNothing = ({ template }: Route): boolean => !template.includes('{');
const isOnlyCounted = ({ operation }: Route): boolean => ONLY_COUNTED.includes(operation.operationId);
const named = (some: Route[]): [string, Route][] => some.map((route) => [route.operation.operationId, route]);

const platform = usePlatform();
const receiver = useReceiver();
let accountId: string;
let a: Api;
let b: Api;
let ids = 0;
const made = new Map<string, string>();

beforeAll(async () => {
  receiver.answer = (request, ...rest) => answerWith(request.path.endsWith('/gone') ? 410 : 200)(request, ...rest);
  const [one, other] = await Promise.all(['standard', 'standard'].map((profile) => platform.operator.createAccount(profile)));
  accountId = one!.account.id;
  a = one!.api;
  b = other!.api;
  // Two of each, so that every list has a second page.
  for (const [segment, make] of [...Object.entries(makers), ...Object.entries(makers)]) made.set(segment, await make());
  await eventually(async () => expect(await unsettled()).toEqual([]));
});

function newId(): string {
  return `thing_${++ids}`;
}

async function idOfNewest(path: string): Promise<string> {
  const known = new Set(made.values());
  return eventually(async () => {
    const [newest] = (await a.get<{ data: { id: string }[] }>(path)).body.data;
    expect(newest !== undefined && !known.has(newest.id)).toBe(true);
    return newest!.id;
  });
}

/** An erasure repeats none of the texts: it is known by its id. */
function isOfA(body: unknown): boolean {
  const text = JSON.stringify(body);
  return [MARK, ...made.values()].some((mark) => text.includes(mark));
}

/** Deliveries of A that are still on their way: its log is compared before and after. */
async function unsettled(): Promise<string[]> {
  const webhooks = (await a.get<{ data: { id: string }[] }>('/webhooks')).body.data;
  const deliveries = await Promise.all(webhooks.map(({ id }) => a.deliveries(id, '&status=pending,pending_retry,held')));
  return deliveries.flat().map(({ id }) => id);
}

/** The path of an operation, naming a thing of account A. */
function pathOf({ template, operation }: Route): string {
  return template.slice(API.length).replaceAll(/([^/]+)\/\{[^}]+\}/g, (_match, segment: string) => {
    const id = made.get(segment);
    if (id === undefined) throw new Error(`${operation.operationId} names one of ${segment}: add how to make one to \`makers\`.`);
    return `${segment}/${id}`;
  });
}

/** With a body that is valid, so that nothing but the account can be wrong. */
function ask(api: Api, route: Route): ReturnType<Api['call']> {
  const schema = route.operation.requestBody?.content?.['application/json']?.schema;
  return api.call(route.method, pathOf(route), schema && sample(schema, document));
}

/** The code of a 404 that is the resource's own. */
function notFoundCode({ operation }: Route): string {
  const [name] = operation.responses['404']!.$ref!.split('/').slice(-1);
  return name!.split('_or_').find((code) => code !== 'not_found')!;
}

/** Everything that A can read. Times of the request itself are left out. */
async function everythingOfA(): Promise<[string, unknown][]> {
  const answers: [string, unknown][] = [];
  for (const route of readsOfAccount) answers.push([route.operation.operationId, (await ask(a, route)).body]);
  const times = ['since', 'until', 'last_used_at'];
  const text = JSON.stringify(answers, (key, value: unknown) => (times.includes(key) ? null : value));
  return JSON.parse(text) as [string, unknown][];
}

describe('with the key of another account', () => {
  let before: [string, unknown][];

  beforeAll(async () => {
    before = await everythingOfA();
  });

  it.each(named(ofAccount.filter((route) => !namesNothing(route))))('%s does not find what it names', async (_name, route) => {
    const { status, body } = await ask(b, route);
    expect([status, (body as { code: string }).code]).toEqual([404, notFoundCode(route)]);
    expect(JSON.stringify(body)).not.toContain(MARK);
  });

  it.each(named(readsOfAccount.filter((route) => namesNothing(route) && !isOnlyCounted(route))))(
    '%s shows nothing of the account, also with its cursor',
    async (name, route) => {
      const answers = [await ask(a, route), await ask(b, route)];
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
      // A list that is empty for A proves nothing. If this fails, create an entry for it in `makers`.
      expect(answers.map(({ body: shown }) => isOfA(shown))).toEqual([!OF_NO_ACCOUNT.includes(name), false]);
      if (!route.operation.parameters.some((parameter) => parameter.name === 'cursor')) return;
      const path = `${pathOf(route)}?limit=1`;
      const { next_cursor: cursor } = (await a.get<{ next_cursor: string }>(path)).body;
      expect(await b.get(`${path}&cursor=${cursor}`)).toMatchObject({ status: 400, body: { code: 'invalid_cursor' } });
    },
  );

  it.each(named(readsOfAccount.filter(isOnlyCounted)))('%s counts nothing of the account', async (_name, route) => {
    const [ofA, ofB] = [await ask(a, route), await ask(b, route)];
    expect(ofA.body).not.toMatchObject({ attempts: 0 });
    expect(ofB).toMatchObject({ status: 200, body: { attempts: 0, success: 0, failed: 0, cancelled: 0 } });
  });

  it('the account is unchanged after all that', async () => {
    expect(await everythingOfA()).toEqual(before);
  });
});

it.each(named(withKey))('%s needs a key', async (_name, route) => {
  expect(await ask(new Api(platform.url, ''), route)).toMatchObject({ status: 401, body: { code: 'unauthorized' } });
});

describe('with a key that has every other scope', () => {
  const scopes = (document.components['schemas']!['CreateApiKeyDto'] as { properties: { scopes: { items: { enum: string[] } } } })
    .properties.scopes.items.enum;
  const keys = new Map<string, Api>();

  async function keyOf(granted: string[]): Promise<Api> {
    const name = granted.join();
    const key =
      keys.get(name) ??
      new Api(platform.url, (await a.made<{ key: string }>('/api-keys', { name: 'test', scopes: granted })).key);
    keys.set(name, key);
    return key;
  }

  it.each(named(ofAccount.filter((route) => scopeOf(route) !== 'account')))('%s is forbidden', async (_name, route) => {
    const needed = scopeOf(route);
    const covering = ['*', needed, needed.replace(':read', ':write')];
    const { status, body } = await ask(await keyOf(scopes.filter((scope) => !covering.includes(scope))), route);
    expect([status, (body as { code: string }).code]).toEqual([403, 'forbidden']);
    expect(JSON.stringify(body)).not.toContain(MARK);
  });

  it.each(named(readsOfAccount))('%s is allowed with its own scope alone', async (_name, route) => {
    const scope = scopeOf(route);
    expect((await ask(await keyOf([scope === 'account' ? 'events:read' : scope]), route)).status).toBe(200);
  });
});

describe("the operator's key and an account's", () => {
  it.each(named(ofOperator))('%s is not for an account', async (_name, route) => {
    expect(await ask(a, route)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  });

  it.each(named(ofAccount))('%s is not for the operator', async (_name, route) => {
    expect(await ask(platform.operator, route)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  });
});
