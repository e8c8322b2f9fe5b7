import { jest } from '@jest/globals';
import type { AuditEntryView } from '#libs/api/src/audit.dto';
import type { ApiKeyView, CreatedApiKeyView } from '#libs/api/src/api-key.dto';
import type { Page } from '#libs/api/src/page.dto';
import type { WebhookView, WebhookWithSecretView } from '#libs/api/src/webhook.dto';
import pg from 'pg';
import { Api, type Answered } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { usePlatform } from '../support/platform.js';
import { answerWith, useReceiver } from '../support/receiver.js';

jest.setTimeout(60_000);

const platform = usePlatform();
const receiver = useReceiver();

const webhook = { name: 'ERP Sync', url: 'https://example.com/hook', events: ['deal.won'] };
const once = <T>(api: Api, key: string, path: string, body: unknown): Promise<Answered<T>> =>
  api.call<T>('POST', path, body, { 'idempotency-key': key });
const webhooks = async (api: Api): Promise<WebhookView[]> => (await api.get<Page<WebhookView>>('/webhooks')).body.data;
const replayed = ({ headers }: Answered<unknown>): string | null => headers.get('idempotency-replayed');

describe('an Idempotency-Key', () => {
  it('makes a POST happen once: the same status and body come again, with its secret', async () => {
    const { api } = await platform.operator.createAccount('standard');
    const first = await once<WebhookWithSecretView>(api, 'create-1', '/webhooks', webhook);
    const second = await once<WebhookWithSecretView>(api, 'create-1', '/webhooks', webhook);
    expect(first).toMatchObject({ status: 201, body: { secret: expect.stringMatching(/^whsec_/) } });
    expect(second.status).toBe(201);
    expect(JSON.stringify(second.body)).toBe(JSON.stringify(first.body));
    expect([replayed(first), replayed(second)]).toEqual([null, 'true']);
    expect(await webhooks(api)).toHaveLength(1);
  });

  it('belongs to one request and one account: another body is refused, another account has its own', async () => {
    const [one, other] = await Promise.all([
      platform.operator.createAccount('standard'),
      platform.operator.createAccount('standard'),
    ]);
    await once(one.api, 'mine', '/webhooks', webhook);
    expect(await once(one.api, 'mine', '/webhooks', { ...webhook, name: 'Other' })).toMatchObject({
      status: 422,
      body: { code: 'idempotency_key_reused' },
    });
    expect(await once(one.api, 'mine', '/api-keys', { name: 'x', scopes: ['*'] })).toMatchObject({ status: 422 });
    const theirs = await once(other.api, 'mine', '/webhooks', webhook);
    expect([theirs.status, replayed(theirs)]).toEqual([201, null]);
    expect(await once(one.api, 'bad key', '/webhooks', webhook)).toMatchObject({ status: 400, body: { code: 'bad_request' } });
  });

  it('is answered 409 while its first request still runs, and ten at once create one webhook', async () => {
    const { api } = await platform.operator.createAccount('standard');
    const answers = await Promise.all(Array.from({ length: 10 }, () => once<WebhookView>(api, 'at-once', '/webhooks', webhook)));
    const statuses = answers.map(({ status }) => status);
    expect(statuses).toContain(201);
    expect(statuses.filter((status) => status !== 201 && status !== 409)).toEqual([]);
    expect(new Set(answers.filter(({ status }) => status === 201).map(({ body }) => body.id)).size).toBe(1);
    expect(await webhooks(api)).toHaveLength(1);
  });

  it('is free again after its request was refused', async () => {
    const { api } = await platform.operator.createAccount('standard');
    expect((await once(api, 'try', '/webhooks', { ...webhook, url: 'http://10.0.0.1/' })).status).toBe(422);
    expect((await once(api, 'try', '/webhooks', webhook)).status).toBe(201);
  });

  it('works for every POST: accounts, keys, event types, events, secrets, tests', async () => {
    const { api } = await platform.operator.createAccount('standard');
    const { id } = await api.createWebhook({ url: receiver.url });
    receiver.answer = answerWith(200);
    const calls: [Api, string, unknown, number][] = [
      [platform.operator, '/accounts', { name: 'Once', profile: 'standard' }, 201],
      [api, '/api-keys', { name: 'Once', scopes: ['*'] }, 201],
      [api, '/event-types', { name: 'rocket.launched', category: 'Rockets', description: '' }, 201],
      [api, '/events', { event: 'deal.won', data: { id: 1 } }, 202],
      [api, '/events', [{ event: 'deal.won', data: { id: 1 } }], 202],
      [api, `/webhooks/${id}/secret`, {}, 200],
      [api, `/webhooks/${id}/pause`, {}, 200],
      [api, `/webhooks/${id}/resume`, {}, 200],
      [api, `/webhooks/${id}/test`, { event: 'deal.won' }, 200],
    ];
    for (const [index, [client, path, body, status]] of calls.entries()) {
      const first = await once(client, `each-${index}`, path, body);
      const second = await once(client, `each-${index}`, path, body);
      expect([path, first.status, second.status, replayed(second)]).toEqual([path, status, status, 'true']);
      expect(JSON.stringify(second.body)).toBe(JSON.stringify(first.body));
    }
    expect(receiver.requests.filter(({ body }) => body.includes('"test":true'))).toHaveLength(1);
  });

  it.each(['subscriptions.committed', 'subscriptions.published'])(
    'survives a kill -9 of subscriptions at %s: the repeated request answers the one webhook with its secret',
    async (point) => {
      const { api } = await platform.operator.createAccount('standard');
      const service = platform.service('subscriptions');
      await service.kill();
      service.env['TIDINGS_CRASH_AT'] = point;
      service.start();
      await service.ready();
      expect((await once(api, 'crash', '/webhooks', webhook)).status).toBe(503);
      delete service.env['TIDINGS_CRASH_AT'];
      await service.kill();
      service.start();
      await service.ready();
      const again = await eventually(async () => {
        const answer = await once<WebhookWithSecretView>(api, 'crash', '/webhooks', webhook);
        expect(answer.status).toBe(201);
        return answer;
      });
      expect([replayed(again), again.body.secret]).toEqual(['true', expect.stringMatching(/^whsec_/)]);
      expect((await webhooks(api)).map(({ id }) => id)).toEqual([again.body.id]);
    },
  );
});

describe("the operator's key with Tidings-Account", () => {
  const actingFor = (accountId: string) => ({ 'tidings-account': accountId });

  it('does everything for the account, under its own name in the audit log', async () => {
    const { account, api } = await platform.operator.createAccount('standard');
    const body = { name: 'Made by the operator', scopes: ['*'] };
    const made = await platform.operator.call<CreatedApiKeyView>('POST', '/api-keys', body, actingFor(account.id));
    expect(made.status).toBe(201);
    expect((await new Api(platform.url, made.body.key).get('/webhooks')).status).toBe(200);
    const url = 'https://example.com/hook';
    const { body: created } = await platform.operator.call<WebhookView>(
      'POST',
      '/webhooks',
      { url, events: ['*'] },
      actingFor(account.id),
    );
    expect((await webhooks(api)).map(({ id }) => id)).toEqual([created.id]);
    const audit = (await api.get<Page<AuditEntryView>>('/audit-log')).body.data;
    expect(audit.slice(0, 2).map(({ action, actor }) => [action, actor])).toEqual([
      ['webhook.created', 'operator'],
      ['api_key.created', 'operator'],
    ]);
  });

  it('does nothing for an account that does not exist, and keeps its own operations apart', async () => {
    const { account, api } = await platform.operator.createAccount('standard');
    const { account: other } = await platform.operator.createAccount('standard');
    const asked = async (by: Api, path: string, accountId: string): Promise<unknown[]> => {
      const { status, body } = await by.call<{ code: string }>('GET', path, undefined, actingFor(accountId));
      return [status, body.code];
    };
    for (const nobody of ['acc_nobody', 'no account'])
      expect(await asked(platform.operator, '/webhooks', nobody)).toEqual([404, 'account_not_found']);
    expect(await asked(platform.operator, '/accounts', account.id)).toEqual([403, 'forbidden']);
    // A key of an account is for that account, whatever the header says.
    const { id } = await api.createWebhook({ url: 'https://example.com/hook' });
    const listed = await api.call<Page<WebhookView>>('GET', '/webhooks', undefined, actingFor(other.id));
    expect(listed.body.data.map((one) => one.id)).toEqual([id]);
  });
});

it('the last key of an account that works cannot be deleted', async () => {
  const { api } = await platform.operator.createAccount('standard');
  const keys = async (): Promise<ApiKeyView[]> => (await api.get<Page<ApiKeyView>>('/api-keys')).body.data;
  const [first] = await keys();
  expect(await api.call('DELETE', `/api-keys/${first!.id}`)).toMatchObject({ status: 409, body: { code: 'conflict' } });
  const second = await api.made<CreatedApiKeyView>('/api-keys', { name: 'Second', scopes: ['*'] });
  // The other of two deletions at once finds that it is the last key, or that it is gone.
  const next = new Api(platform.url, second.key);
  const deleted = await Promise.all(
    [first!.id, second.id].map(async (id) => (await next.call('DELETE', `/api-keys/${id}`)).status),
  );
  expect(deleted.filter((status) => status === 204)).toHaveLength(1);
  expect(deleted.some((status) => status === 409 || status === 401)).toBe(true);
});

describe('the audit log', () => {
  it('names the actor, the change and its values before and after, but never a secret', async () => {
    const { account, api } = await platform.operator.createAccount('standard');
    const created = await api.createWebhook({ ...webhook, secret: 'audit-canary-1', headers: { 'x-token': 'audit-canary-2' } });
    await api.call('PATCH', `/webhooks/${created.id}`, { name: 'Renamed', headers: { 'x-token': 'audit-canary-3' } });
    await api.post(`/webhooks/${created.id}/secret`, { secret: 'audit-canary-4' });
    await platform.operator.call('PATCH', `/accounts/${account.id}`, { plan: 'professional' });
    await api.call('DELETE', `/webhooks/${created.id}`);
    const { body } = await api.get<Page<AuditEntryView>>('/audit-log');
    expect(body.data.map(({ action, subject_id }) => [action, subject_id])).toEqual([
      ['webhook.deleted', created.id],
      ['account.updated', account.id],
      ['webhook.secret_rotated', created.id],
      ['webhook.updated', created.id],
      ['webhook.created', created.id],
      ['account.created', account.id],
    ]);
    expect(body.data[3]!.changes).toEqual({ name: { from: 'ERP Sync', to: 'Renamed' }, headers: { from: null, to: null } });
    expect(body.data[1]).toMatchObject({ actor: 'operator', changes: { plan: { from: 'enterprise', to: 'professional' } } });
    expect(body.data[3]!.actor).toBe(api.key.split('_')[1]);
    expect(JSON.stringify(body)).not.toContain('audit-canary');
    const { api: other } = await platform.operator.createAccount('standard');
    expect((await other.get<Page<AuditEntryView>>('/audit-log')).body.data.map(({ action }) => action)).toEqual([
      'account.created',
    ]);
  });

  it('says that Tidings itself paused a webhook after failures', async () => {
    const { account, api } = await platform.operator.createAccount('standard');
    receiver.answer = answerWith(500);
    await api.createWebhook({
      url: receiver.url,
      retry_policy: { max_retries: 0 },
      auto_pause: { after_failures: 1, action: 'pause' },
    });
    await platform.publish(account.id, 'deal.won', { data: {} });
    await eventually(async () => {
      const { body } = await api.get<Page<AuditEntryView>>('/audit-log');
      expect(body.data[0]).toMatchObject({
        actor: 'tidings',
        action: 'webhook.paused',
        changes: { status: { from: 'active', to: 'paused' } },
      });
    });
  });
});

describe('row-level security', () => {
  it.each(['subscriptions', 'delivery-log'])(
    '%s: its role sees only rows of the account it names, and none without a name',
    async (name) => {
      const [one, other] = await Promise.all([
        platform.operator.createAccount('standard'),
        platform.operator.createAccount('standard'),
      ]);
      receiver.answer = answerWith(200);
      await one.api.createWebhook({ url: receiver.url });
      await platform.publish(one.account.id, 'deal.won', { data: {} }, { id: `rows-${name}` });
      await eventually(async () =>
        expect((await one.api.get(`/events/rows-${name}`)).body).toMatchObject({ deliveries: [{ status: 'success' }] }),
      );
      const client = new pg.Client({ connectionString: platform.service(name).env['DATABASE_URL'] });
      await client.connect();
      try {
        const schema = name.replace('-', '_');
        const tables = await client.query<{ relname: string; key: string }>(
          `SELECT relname, CASE relname WHEN 'accounts' THEN 'id' ELSE 'account_id' END AS key
         FROM pg_class WHERE relnamespace = $1::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition AND relrowsecurity AND relforcerowsecurity`,
          [schema],
        );
        const ofAccounts = await client.query<{ count: number }>(
          `SELECT count(DISTINCT attrelid)::int AS count FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
         WHERE relnamespace = $1::regnamespace AND attname = 'account_id' AND relkind IN ('r', 'p') AND NOT relispartition`,
          [schema],
        );
        // A table with an account's rows and without a policy would be a hole. `accounts` has an id of its own.
        expect(tables.rows.filter(({ relname }) => relname !== 'accounts')).toHaveLength(ofAccounts.rows[0]!.count);
        const count = async (table: string): Promise<number> => {
          const { rows } = await client.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${schema}.${table}`);
          return rows[0]!.count;
        };
        const seen: Record<string, number> = {};
        for (const { relname, key } of tables.rows) {
          expect([relname, await count(relname)]).toEqual([relname, 0]);
          await client.query(`SELECT set_config('tidings.account', $1, false)`, [one.account.id]);
          seen[relname] = await count(relname);
          const foreign = await client.query(`SELECT 1 FROM ${schema}.${relname} WHERE ${key} <> $1`, [one.account.id]);
          expect(foreign.rowCount).toBe(0);
          await client.query(`SELECT set_config('tidings.account', $1, false)`, [other.account.id]);
          const theirs = await client.query(`SELECT 1 FROM ${schema}.${relname} WHERE ${key} = $1`, [one.account.id]);
          expect(theirs.rowCount).toBe(0);
          await client.query(`SELECT set_config('tidings.account', '', false)`);
        }
        expect(seen).toMatchObject(
          name === 'subscriptions' ? { accounts: 1, webhooks: 1, api_keys: 1 } : { events: 1, deliveries: 1, attempts: 1 },
        );
        const elsewhere = name === 'subscriptions' ? 'delivery_log.events' : 'subscriptions.webhooks';
        await expect(client.query(`SELECT 1 FROM ${elsewhere}`)).rejects.toThrow('permission denied');
      } finally {
        await client.end();
      }
    },
  );
});
