import type { DescService } from '@bufbuild/protobuf';
import { Code, type Client } from '@connectrpc/connect';
import { jest } from '@jest/globals';
import type { AuditEntryView } from '#libs/api/src/audit.dto';
import type { Page } from '#libs/api/src/page.dto';
import type { CreateWebhookDto } from '#libs/api/src/webhook.dto';
import { AccountSchema, Accounts, OwnAccountSchema } from '../generated/tidings/v1/accounts_pb.js';
import { ApiKeys, ApiKeySchema } from '../generated/tidings/v1/api_keys_pb.js';
import { AuditEntrySchema, AuditLog } from '../generated/tidings/v1/audit_log_pb.js';
import { Webhooks, WebhookSchema } from '../generated/tidings/v1/webhooks_pb.js';
import { Api } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { GrpcCalls, overHttp } from '../support/grpc-calls.js';
import { asHttp, failureOf, problemIn, withoutNulls } from '../support/grpc.js';
import { usePlatform } from '../support/platform.js';
import { answerWith, useReceiver } from '../support/receiver.js';

jest.setTimeout(60_000);

const platform = usePlatform();
const receiver = useReceiver();
let calls: GrpcCalls;

beforeAll(async () => {
  calls = new GrpcCalls(platform);
});

const client = <S extends DescService>(service: S, of: { key: string }): Client<S> => calls.client(service, of);

describe('accounts and keys', () => {
  it('are made, listed, changed and ended by the operator and by the account', async () => {
    const accounts = client(Accounts, platform.operator);
    const { account, apiKey } = await accounts.createAccount({
      name: 'Over gRPC',
      profile: 'standard',
      plan: 'enterprise',
      logDays: 14,
    });
    const id = account!.id;
    expect(asHttp(AccountSchema, account)).toEqual(await overHttp(platform.operator, `/accounts/${id}`));
    expect((await accounts.listAccounts({ limit: 1 })).accounts).toMatchObject([{ id, name: 'Over gRPC' }]);
    await accounts.updateAccount({ id, schemaMode: 'warn', logDays: 7 });
    expect((await accounts.getAccount({ id })).account).toMatchObject({ plan: 'enterprise', schemaMode: 'warn', logDays: 7 });

    const keys = client(ApiKeys, { key: apiKey });
    const made = await keys.createApiKey({ name: 'Reader', scopes: ['webhooks:read'], expiresAt: '2126-01-01T00:00:00Z' });
    const reader = client(Webhooks, { key: made.key });
    expect((await reader.listWebhooks({})).webhooks).toEqual([]);
    const listed = await keys.listApiKeys({});
    expect(listed.apiKeys.map(({ name }) => name)).toEqual(['Reader', 'First key']);
    expect(asHttp(ApiKeySchema, listed.apiKeys[0])).toMatchObject({
      scopes: ['webhooks:read'],
      expires_at: '2126-01-01T00:00:00.000Z',
    });
    await keys.deleteApiKey({ id: made.apiKey!.id });
    expect((await failureOf(reader.listWebhooks({}))).code).toBe(Code.Unauthenticated);

    const own = client(Accounts, { key: apiKey });
    const { account: ownAccount } = await own.getOwnAccount({});
    expect(asHttp(OwnAccountSchema, ownAccount)).toEqual(await overHttp(new Api(platform.url, apiKey), '/account'));
    expect(ownAccount).toMatchObject({
      id,
      profile: { name: 'standard', envelope: ['id', 'event', 'timestamp', 'data'], retryPolicy: { timeoutSeconds: 20 } },
      limits: { requestsPerMinute: 1_000 },
      use: { webhooks: 0, inboundWebhooks: 0 },
    });
    expect(problemIn(await failureOf(accounts.getOwnAccount({}))).code).toBe('forbidden');

    await accounts.deleteAccount({ id });
    expect(problemIn(await failureOf(accounts.getAccount({ id }))).code).toBe('account_not_found');
    expect((await failureOf(keys.listApiKeys({}))).code).toBe(Code.Unauthenticated);
  });
});

describe('webhooks', () => {
  it('are made, listed, changed, paused, resumed and deleted, and equal what HTTP shows', async () => {
    const { api } = await platform.operator.createAccount('standard');
    const webhooks = client(Webhooks, api);
    const { webhook, secret } = await webhooks.createWebhook({
      name: 'ERP Sync',
      url: receiver.url,
      events: ['deal.*', 'contact.created'],
      headers: { 'X-Token': 'a-long-secret-token' },
      filterJson: '{"path":"data.amount","op":"gt","value":1}',
      retryPolicy: { maxRetries: 2, intervalsSeconds: [5, 60.5], jitter: 0 },
      autoPause: { afterFailures: 3, action: 'pause' },
      maxConcurrency: 4,
      dataFields: { paths: [] },
      maskedFields: { paths: ['data.contact.email', 'data.amount'] },
    });
    const id = webhook!.id;
    expect(secret).toMatch(/^whsec_/);
    expect(asHttp(WebhookSchema, webhook)).toEqual(await overHttp(api, `/webhooks/${id}`));
    expect(await webhooks.getWebhook({ id })).toMatchObject({ webhook: { retryPolicy: { intervalsSeconds: [5, 60.5] } } });
    expect((await api.get(`/webhooks/${id}`)).body).toMatchObject({
      data_fields: [],
      masked_fields: ['data.contact.email', 'data.amount'],
    });

    const { webhook: changed } = await webhooks.updateWebhook({
      id,
      name: 'ERP',
      secret: 'another-secret',
      retryPolicy: { jitter: 1 },
    });
    expect(changed).toMatchObject({
      name: 'ERP',
      secretLast4: 'cret',
      maxConcurrency: 4,
      retryPolicy: { maxRetries: 2, jitter: 1 },
    });
    expect((await webhooks.pauseWebhook({ id })).webhook?.status).toBe('paused');
    await webhooks.createWebhook({ name: 'Other', url: receiver.url, events: ['*'] });
    const paused = await webhooks.listWebhooks({ status: ['paused', 'disabled'], limit: 10 });
    expect(paused).toMatchObject({ webhooks: [{ id }] });
    expect(paused.nextCursor).toBeUndefined();
    const page = await webhooks.listWebhooks({ limit: 1 });
    expect((await webhooks.listWebhooks({ limit: 1, cursor: page.nextCursor! })).webhooks).toMatchObject([{ id }]);
    expect((await webhooks.resumeWebhook({ id, ratePerSecond: 5 })).webhook?.status).toBe('active');
    const rotated = await webhooks.rotateSecret({ id, overlapSeconds: 60 });
    expect(rotated.webhook?.secretLast4).toBe(rotated.secret.slice(-4));
    expect((await webhooks.listIpAddresses({})).ipAddresses).toEqual(['203.0.113.7', '203.0.113.8']);
    await webhooks.deleteWebhook({ id });
    expect(problemIn(await failureOf(webhooks.getWebhook({ id }))).code).toBe('webhook_not_found');
  });

  it('are tested, saved or unsaved', async () => {
    const { api } = await platform.operator.createAccount('standard');
    const webhooks = client(Webhooks, api);
    receiver.answer = answerWith(200);
    const unsaved = await webhooks.testUnsavedWebhook({ name: 'x', url: receiver.url, events: ['deal.*'], event: 'deal.won' });
    expect(unsaved.results).toMatchObject([{ event: 'deal.won', success: true, statusCode: 200, message: 'HTTP 200 OK' }]);
    expect((await webhooks.listWebhooks({})).webhooks).toEqual([]);
    const { id } = await api.createWebhook({ url: receiver.url, events: ['deal.won'] });
    receiver.answer = answerWith(500);
    expect((await webhooks.testWebhook({ id })).results).toMatchObject([
      { success: false, statusCode: 500, message: 'Failed: 500' },
    ]);
  });

  it('are previewed on an event before they are saved', async () => {
    const { api } = await platform.operator.createAccount('standard');
    const preview = { events: ['deal.*'], filterJson: '{"path":"data.amount","op":"gte","value":1000}', event: 'deal.won' };
    const refused = await client(Webhooks, api).previewWebhook({ ...preview, dataJson: '{"amount":250}' });
    expect(refused).toMatchObject({
      matches: false,
      subscribed: true,
      pattern: 'deal.*',
      filter: {
        passes: false,
        because: 'data.amount gte 1000 failed with 250',
        clauses: [{ pointer: '/filter', actualJson: '250' }],
      },
    });
    expect((await client(Webhooks, api).previewWebhook({ ...preview, dataJson: '{"amount":1000}' })).matches).toBe(true);
  });

  it('lose exactly the fields that an update mask names and the message lacks', async () => {
    const { api } = await platform.operator.createAccount('standard');
    const webhooks = client(Webhooks, api);
    const full: Partial<CreateWebhookDto> = {
      description: 'All of it',
      headers: { 'X-Token': 'a-long-secret-token' },
      filter: { path: 'data.amount', op: 'gt', value: 1 },
      retry_policy: { max_retries: 3, intervals_seconds: [1, 2, 3], timeout_seconds: 7 },
      auto_pause: { after_failures: 3, action: 'pause' },
      max_concurrency: 4,
      rate_per_second: 5,
      data_fields: ['data.amount'],
      masked_fields: [],
    };
    const { id } = await api.createWebhook({ url: receiver.url, ...full });
    const takenAway = [
      'description',
      'headers',
      'filter_json',
      'auto_pause',
      'max_concurrency',
      'rate_per_second',
      'data_fields',
      'masked_fields',
    ];
    const { webhook: bare } = await webhooks.updateWebhook({ id, name: 'Ignored', updateMask: { paths: takenAway } });
    const patched = await api.createWebhook({ url: receiver.url, ...full });
    const nulls = {
      description: null,
      headers: {},
      filter: null,
      auto_pause: null,
      max_concurrency: null,
      rate_per_second: null,
      data_fields: null,
      masked_fields: null,
    };
    const { body } = await api.call<object>('PATCH', `/webhooks/${patched.id}`, nulls);
    const own = { id: '', created_at: '', updated_at: '', secret_last4: '' };
    expect({ ...asHttp(WebhookSchema, bare), ...own }).toEqual({ ...withoutNulls(body), ...own });

    const policy = await webhooks.updateWebhook({
      id,
      name: 'Named',
      retryPolicy: { timeoutSeconds: 9, maxRetries: 9 },
      updateMask: { paths: ['name', 'retry_policy.timeout_seconds'] },
    });
    expect(policy.webhook).toMatchObject({ name: 'Named', retryPolicy: { timeoutSeconds: 9, maxRetries: 3 } });
    const none = await webhooks.updateWebhook({ id, updateMask: { paths: ['retry_policy.intervals_seconds'] } });
    expect(none.webhook?.retryPolicy).toMatchObject({ maxRetries: 0, intervalsSeconds: [] });
    const refused = {
      name: '/name',
      method: '/method',
      events: '/events',
      filter: '/filter',
      colour: '/colour',
      'name.x': '/name',
    };
    for (const [path, pointer] of Object.entries(refused)) {
      const problem = problemIn(await failureOf(webhooks.updateWebhook({ id, updateMask: { paths: [path] } })));
      expect([path, problem.errors?.[0]?.pointer]).toEqual([path, pointer]);
    }
  });
});

it('the audit log names the key of a change over gRPC, too', async () => {
  const { api } = await platform.operator.createAccount('standard');
  const { webhook } = await client(Webhooks, api).createWebhook({ name: 'Audited', url: receiver.url, events: ['*'] });
  const { entries } = await client(AuditLog, api).listAuditEntries({ limit: 1 });
  expect(entries).toMatchObject([{ action: 'webhook.created', subjectId: webhook!.id, actor: api.key.split('_')[1] }]);
  const { data } = (await api.get<Page<AuditEntryView>>('/audit-log?limit=1')).body;
  expect(entries.map((entry) => asHttp(AuditEntrySchema, entry))).toEqual(data.map(withoutNulls));
});

it('an idempotency-key in the metadata makes a call happen once, even when its answer is lost', async () => {
  const { api } = await platform.operator.createAccount('standard');
  const webhooks = client(Webhooks, api);
  const message = { name: 'Once', url: receiver.url, events: ['deal.won'] };
  const replayed: (string | null)[] = [];
  const once = {
    headers: { 'idempotency-key': 'once' },
    onHeader: (headers: Headers): void => void replayed.push(headers.get('idempotency-replayed')),
  };
  const subscriptions = platform.service('subscriptions');
  await subscriptions.kill();
  subscriptions.env['TIDINGS_CRASH_AT'] = 'subscriptions.committed';
  subscriptions.start();
  await subscriptions.ready();
  expect((await failureOf(webhooks.createWebhook(message, once))).code).toBe(Code.Unavailable);
  delete subscriptions.env['TIDINGS_CRASH_AT'];
  await subscriptions.kill();
  subscriptions.start();
  await subscriptions.ready();
  const { webhook, secret } = await eventually(() => webhooks.createWebhook(message, once));
  expect([webhook?.name, replayed.at(-1)]).toEqual(['Once', 'true']);
  expect(secret).toMatch(/^whsec_/);
  expect((await webhooks.listWebhooks({}, once)).webhooks.map(({ id }) => id)).toEqual([webhook!.id]);
  const other = await failureOf(webhooks.createWebhook({ ...message, name: 'Twice' }, once));
  expect(problemIn(other).code).toBe('idempotency_key_reused');
});

it('every RPC has been answered above, or in the tests of events', () => {
  expect(calls.leftOut({ aboutEvents: false })).toEqual([]);
});
