import { jest } from '@jest/globals';
import type { AccountView, CreatedAccountView } from '#libs/api/src/account.dto';
import type { ApiKeyView, CreatedApiKeyView } from '#libs/api/src/api-key.dto';
import type { EventTypeView } from '#libs/api/src/event-type.dto';
import type { Page } from '#libs/api/src/page.dto';
import type { WebhookView } from '#libs/api/src/webhook.dto';
import type { TestResultsView } from '#libs/api/src/webhook-test.dto';
import { PLANS } from '#libs/api/src/account.dto';
import { profiles } from '#libs/profiles/src/profiles';
import { Api } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { usePlatform } from '../support/platform.js';
import { answerWith, Receiver, verifiesStandardWebhooks, useReceiver } from '../support/receiver.js';

jest.setTimeout(60_000);

/** The resources of an account, one after the other, as a client uses them. Events and deliveries are in log.e2e-spec. */

const platform = usePlatform();
const receiver = useReceiver();

afterEach(() => {
  receiver.answer = answerWith(200);
});

describe('accounts', () => {
  it('are made with a first key, read, listed newest first, changed and deleted', async () => {
    const { operator } = platform;
    const { api_key: key, ...account } = await operator.made<CreatedAccountView>('/accounts', { name: 'Acme', profile: 'asan' });
    expect(account).toMatchObject({ name: 'Acme', profile: 'asan', plan: 'standard', schema_mode: 'reject', log_days: 30 });
    expect((await operator.get(`/accounts/${account.id}`)).body).toEqual(account);
    expect((await operator.get<Page<AccountView>>('/accounts?limit=1')).body.data).toEqual([account]);

    const api = new Api(platform.url, key);
    const webhook = await api.createWebhook({ url: receiver.newUrl().url });
    const changed = await operator.call<AccountView>('PATCH', `/accounts/${account.id}`, {
      name: 'Acme Corp',
      plan: 'enterprise',
      log_days: 7,
    });
    expect(changed).toMatchObject({ status: 200, body: { name: 'Acme Corp', plan: 'enterprise', profile: 'asan', log_days: 7 } });
    expect(await operator.call('PATCH', `/accounts/${account.id}`, { log_days: 31 })).toMatchObject({
      status: 422,
      body: { errors: [expect.objectContaining({ pointer: '/log_days' })] },
    });
    expect((await api.get('/webhooks')).headers.get('x-ratelimit-limit')).toBe('1000');
    expect(await operator.call('PATCH', `/accounts/${account.id}`, { profile: 'easycrm' })).toMatchObject({ status: 422 });
    expect(await operator.call('PATCH', `/accounts/${account.id}`, { name: null })).toMatchObject({
      status: 422,
      body: { errors: expect.arrayContaining([expect.objectContaining({ pointer: '/name' })]) },
    });

    expect((await operator.call('DELETE', `/accounts/${account.id}`)).status).toBe(204);
    expect(await operator.get(`/accounts/${account.id}`)).toMatchObject({ status: 404, body: { code: 'account_not_found' } });
    expect((await api.get(`/webhooks/${webhook.id}`)).status).toBe(401);
  });

  it('say whether data has to fit its schema', async () => {
    const { account, api } = await platform.operator.createAccount('standard');
    const misfit = { event: 'contact.created', data: { tags: 'vip' } };
    expect(await api.post('/events', misfit)).toMatchObject({
      status: 422,
      body: { code: 'schema_mismatch', errors: [{ pointer: '/data/tags' }] },
    });
    await platform.operator.call('PATCH', `/accounts/${account.id}`, { schema_mode: 'off' });
    await eventually(async () => expect((await api.post('/events', misfit)).status).toBe(202));
  });

  it('have as many webhooks as their plan allows', async () => {
    const { api } = await platform.operator.createAccount('standard', 'standard');
    for (let n = 0; n < PLANS.standard.webhooks; n++) await api.createWebhook({ url: receiver.newUrl().url });
    const oneMore = { name: 'One more', url: receiver.newUrl().url, events: ['*'] };
    expect(await api.post('/webhooks', oneMore)).toMatchObject({ status: 403, body: { code: 'webhook_limit_reached' } });
  });
});

describe('API keys', () => {
  it('expire at their time, are listed with their last use, and may read where they may write', async () => {
    const { api } = await platform.operator.createAccount('standard');
    const expiresAt = new Date(Date.now() + 2_000).toISOString();
    const made = await api.made<CreatedApiKeyView>('/api-keys', {
      name: 'For a moment',
      scopes: ['webhooks:write'],
      expires_at: expiresAt,
    });
    expect(made).toMatchObject({ name: 'For a moment', scopes: ['webhooks:write'], expires_at: expiresAt, last_used_at: null });
    const holder = new Api(platform.url, made.key);
    expect((await holder.get('/webhooks')).status).toBe(200);
    const { body } = await api.get<Page<ApiKeyView>>('/api-keys');
    expect(body.data[0]).toMatchObject({ id: made.id, last_used_at: expect.any(String) });
    await eventually(async () => expect((await holder.get('/webhooks')).status).toBe(401));
  });

  it('need a future expiry and existing scopes, and are deleted by id', async () => {
    const { api } = await platform.operator.createAccount('standard');
    const pointers = async (body: object): Promise<unknown> => {
      const answer = await api.post<{ errors: { pointer: string }[] }>('/api-keys', { name: 'x', scopes: ['*'], ...body });
      return [answer.status, answer.body.errors[0]!.pointer];
    };
    expect(await pointers({ expires_at: '2020-01-01T00:00:00Z' })).toEqual([422, '/expires_at']);
    expect(await pointers({ expires_at: '2099-02-30T00:00:00Z' })).toEqual([422, '/expires_at']);
    expect(await pointers({ scopes: ['webhooks:eat'] })).toEqual([422, '/scopes/0']);
    expect(await api.call('DELETE', '/api-keys/nothing')).toMatchObject({ status: 404, body: { code: 'api_key_not_found' } });
  });
});

describe('event types', () => {
  it("are the profile's catalog, each with a sample that fits its schema", async () => {
    const { api } = await platform.operator.createAccount('automatenexus');
    const { body } = await api.get<Page<EventTypeView>>('/event-types');
    const catalog = profiles.get('automatenexus')!.eventTypes.map(({ name }) => name);
    expect(body.data.slice(0, catalog.length).map(({ name }) => name)).toEqual(catalog);
    const events = body.data.slice(0, catalog.length).map(({ name, sample }) => ({ event: name, data: sample }));
    expect((await api.post<unknown[]>('/events', events)).body).toHaveLength(events.length);
  });
});

describe('webhooks', () => {
  it('are listed by one status or several', async () => {
    const { account, api } = await platform.operator.createAccount('standard');
    const make = async (name: string): Promise<string> => {
      const { url } = receiver.newUrl();
      return (await api.createWebhook({ name, url: `${url}-${name}`, retry_policy: { max_retries: 0 } })).id;
    };
    receiver.answer = (request, ...rest) => {
      const status = request.path.endsWith('-disabled') ? 410 : request.path.endsWith('-error') ? 500 : 200;
      return answerWith(status)(request, ...rest);
    };
    await make('active');
    await make('disabled');
    await make('error');
    await api.post(`/webhooks/${await make('paused')}/pause`);
    const listed = async (query: string): Promise<string[]> =>
      (await api.get<Page<WebhookView>>(`/webhooks?${query}`)).body.data.map(({ name, status }) => `${name} is ${status}`);
    await platform.publish(account.id, 'deal.won', { data: {} });
    await eventually(async () => expect(await listed('status=error')).toEqual(['error is error']));
    await eventually(async () => expect(await listed('status=disabled')).toEqual(['disabled is disabled']));
    expect(await listed('status=active,paused')).toEqual(['paused is paused', 'active is active']);
    expect(await listed('limit=100')).toHaveLength(4);
    expect(await api.get('/webhooks?status=asleep')).toMatchObject({ status: 422, body: { errors: [{ pointer: '/status' }] } });
  });

  it('stay active when a receiver is away for a moment, whatever was on its way, and are an error until a delivery succeeds', async () => {
    const { account, api } = await platform.operator.createAccount('standard');
    const auto_pause = { after_failures: 10 };
    const { id } = await api.createWebhook({ url: receiver.newUrl().url, auto_pause, retry_policy: { max_retries: 0 } });
    const status = async (): Promise<string> => (await api.get<WebhookView>(`/webhooks/${id}`)).body.status;
    receiver.answer = answerWith(503);
    await Promise.all(Array.from({ length: 12 }, (_, n) => platform.publish(account.id, 'deal.won', { data: { n } })));
    await eventually(async () => expect(await api.deliveries(id, '&status=failed')).toHaveLength(12));
    await eventually(async () => expect(await status()).toBe('error'));
    receiver.answer = answerWith(200);
    await platform.publish(account.id, 'deal.won', { data: {} });
    await eventually(async () => expect(await status()).toBe('active'));
  });

  it('have a name on one line: the host of the URL, unless they are given one', async () => {
    const { api } = await platform.operator.createAccount('standard');
    const { url } = receiver.newUrl();
    const body = { url, events: ['*'] };
    expect((await api.post<WebhookView>('/webhooks', body)).body.name).toBe(new URL(url).host);
    const named = (await api.post<WebhookView>('/webhooks', { ...body, name: ' ERP Sync\t' })).body;
    expect(named.name).toBe('ERP Sync');
    for (const name of ['', ' \u00a0', 'two\nlines', 'a\u0085b', 'a\u2028b', '\u001b[31mred'])
      expect(await api.call('PATCH', `/webhooks/${named.id}`, { name })).toMatchObject({
        status: 422,
        body: { errors: [{ pointer: '/name' }] },
      });
    for (const path of ['/inbound-webhooks', '/api-keys'])
      expect(await api.post(path, { name: 'two\nlines' })).toMatchObject({
        status: 422,
        body: { errors: expect.arrayContaining([expect.objectContaining({ pointer: '/name' })]) },
      });
  });

  it('take from the profile what auto_pause leaves out', async () => {
    const { api: nexus } = await platform.operator.createAccount('automatenexus');
    const { url } = receiver.newUrl();
    const { id, auto_pause } = await nexus.createWebhook({ url, auto_pause: { after_failures: 50 } });
    expect(auto_pause).toEqual({ after_failures: 50, action: 'disable', probe: true });
    const changed = await nexus.call<WebhookView>('PATCH', `/webhooks/${id}`, { auto_pause: { probe: false } });
    expect(changed.body.auto_pause).toEqual({ after_failures: 50, action: 'disable', probe: false });
    expect(await nexus.post('/webhooks', { url, events: ['*'], auto_pause: {} })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/auto_pause/after_failures' }] },
    });
    const { api } = await platform.operator.createAccount('easycrm');
    expect((await api.createWebhook({ url, auto_pause: { action: 'disable' } })).auto_pause).toEqual({
      after_failures: 10,
      action: 'disable',
      probe: true,
    });
  });

  it('get back the schedule of the profile when fewer retries become more again', async () => {
    const { api } = await platform.operator.createAccount('standard');
    const { id, retry_policy } = await api.createWebhook({ url: receiver.newUrl().url });
    const retries = async (max_retries: number): Promise<unknown> =>
      (await api.call<WebhookView>('PATCH', `/webhooks/${id}`, { retry_policy: { max_retries } })).body.retry_policy;
    expect(await retries(2)).toEqual({ ...retry_policy, max_retries: 2 });
    expect(await retries(7)).toEqual(retry_policy);
  });

  it('keep fields that a change does not name; null removes optional fields only', async () => {
    const { api } = await platform.operator.createAccount('standard');
    const { secret: _secret, ...made } = await api.createWebhook({
      url: receiver.newUrl().url,
      description: 'Deals',
      headers: { 'X-API-Key': 'a-long-enough-value' },
      filter: { path: 'data.amount', op: 'gt', value: 1 },
      retry_policy: { max_retries: 2, intervals_seconds: [60] },
      auto_pause: { after_failures: 7, action: 'disable' },
      max_concurrency: 3,
      rate_per_second: 10,
      data_fields: ['data.id', 'data.contact'],
      masked_fields: ['data.contact.email'],
    });
    expect(made.headers).toEqual({ 'X-API-Key': '••••alue' });
    expect(made.retry_policy).toMatchObject({ max_retries: 2, intervals_seconds: [60] });
    const patch = async (body: object): Promise<WebhookView> =>
      (await api.call<WebhookView>('PATCH', `/webhooks/${made.id}`, body)).body;
    // A form sends back what it was shown, masked values too.
    const { id, status, secret_last4, consecutive_failures, created_at, updated_at, ...form } = made;
    expect(await patch(form)).toEqual({
      ...form,
      id,
      status,
      secret_last4,
      consecutive_failures,
      created_at,
      updated_at: expect.any(String),
    });
    const absent = {
      description: null, filter: null, auto_pause: null, max_concurrency: null, rate_per_second: null, data_fields: null, masked_fields: null,
    }; // prettier-ignore
    expect(await patch(absent)).toMatchObject({ ...absent, name: made.name, headers: made.headers });
    expect(updated_at).toEqual(expect.any(String));
    for (const field of ['name', 'url', 'events', 'method', 'content_type', 'headers', 'secret', 'retry_policy']) {
      const refused = await api.call('PATCH', `/webhooks/${made.id}`, { [field]: null });
      expect(refused).toMatchObject({
        status: 422,
        body: { errors: expect.arrayContaining([expect.objectContaining({ pointer: `/${field}` })]) },
      });
    }
  });

  it('are tested before they are saved, with results in words, and nothing is kept', async () => {
    const { api } = await platform.operator.createAccount('standard');
    const { url, path } = receiver.newUrl();
    const closed = await Receiver.start();
    const { url: closedUrl } = closed;
    await closed.stop();
    const messages = async (body: object): Promise<unknown> => {
      const tried = await api.post<TestResultsView>('/webhooks/test', { name: 'x', url, events: ['deal.won'], ...body });
      return tried.body.results.map(({ event, success, status_code, message }) => [event, success, status_code, message]);
    };
    expect(await messages({})).toEqual([['deal.won', true, 200, 'HTTP 200 OK']]);
    expect(await messages({ event: 'contact.created' })).toEqual([['contact.created', true, 200, 'HTTP 200 OK']]);
    receiver.answer = answerWith(500);
    expect(await messages({})).toEqual([['deal.won', false, 500, 'Failed: 500']]);
    expect(await messages({ url: closedUrl })).toEqual([['deal.won', false, null, 'Failed: connection refused']]);
    expect(JSON.parse(receiver.at(path)[0]!.body.toString())).toMatchObject({ event: 'deal.won', data: { test: true } });
    expect((await api.get<Page<WebhookView>>('/webhooks')).body.data).toEqual([]);
    const unknown = { name: 'x', url, events: ['*'], event: 'rocket.launched' };
    expect(await api.post('/webhooks/test', unknown)).toMatchObject({ status: 422, body: { errors: [{ pointer: '/event' }] } });
  });

  it('rotate to a given secret, and sign with both until the overlap is over', async () => {
    const { api } = await platform.operator.createAccount('standard');
    const { url, path } = receiver.newUrl();
    const { id, secret: first } = await api.createWebhook({ url, events: ['deal.won'] });
    const rotate = async (body: object): Promise<string> =>
      (await api.made<{ secret: string }>(`/webhooks/${id}/secret`, body)).secret;
    const signedWith = async (secrets: string[]): Promise<boolean[]> => {
      await api.post(`/webhooks/${id}/test`, {});
      return secrets.map((secret) => verifiesStandardWebhooks(receiver.at(path).at(-1)!, secret));
    };
    const second = await rotate({ secret: 'a-secret-of-our-own', overlap_seconds: 2 });
    expect(second).toBe('a-secret-of-our-own');
    expect(await signedWith([first, second])).toEqual([true, true]);
    await eventually(async () => expect(await signedWith([first, second])).toEqual([false, true]));
    const third = await rotate({ overlap_seconds: 0 });
    expect(await signedWith([second, third])).toEqual([false, true]);
    const { body } = await api.get<WebhookView>(`/webhooks/${id}`);
    expect(body.secret_last4).toBe(third.slice(-4));
    expect(JSON.stringify(body)).not.toContain(third);
  });

  it('release held deliveries at the rate of the resume; a disabled webhook is resumed, not paused', async () => {
    const { account, api } = await platform.operator.createAccount('standard');
    const { url, path } = receiver.newUrl();
    const { id } = await api.createWebhook({ url });
    await api.post(`/webhooks/${id}/pause`);
    for (let n = 0; n < 8; n++) await platform.publish(account.id, 'deal.won', { data: { n } });
    await eventually(async () => expect(await api.deliveries(id, '&status=held')).toHaveLength(8));
    expect(await api.post(`/webhooks/${id}/resume`, { rate_per_second: 5 })).toMatchObject({ body: { status: 'active' } });
    await eventually(() => expect(receiver.at(path)).toHaveLength(8));
    const times = receiver.at(path).map(({ atMs }) => atMs);
    // Seven gaps of 200 ms; the first may have come late on a busy machine.
    expect(times.at(-1)! - times[0]!).toBeGreaterThanOrEqual(1_000);

    receiver.answer = answerWith(410);
    await platform.publish(account.id, 'deal.won', { data: {} });
    await eventually(async () => expect((await api.get<WebhookView>(`/webhooks/${id}`)).body.status).toBe('disabled'));
    expect(await api.post(`/webhooks/${id}/pause`)).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect(await api.post(`/webhooks/${id}/resume`)).toMatchObject({ status: 200, body: { status: 'active' } });
  });
});

it('deliveries are said to come from the addresses that the operator configured', async () => {
  const { api } = await platform.operator.createAccount('standard');
  expect((await api.get('/ip-addresses')).body).toEqual({ data: ['203.0.113.7', '203.0.113.8'], next_cursor: null });
});
