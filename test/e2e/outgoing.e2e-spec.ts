import { jest } from '@jest/globals';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { WebhookWithSecretView } from '#libs/api/src/webhook.dto';
import type { TestResultsView } from '#libs/api/src/webhook-test.dto';
import { subjects } from '#libs/contracts/src/subjects';
import type { WebhookState } from '#libs/contracts/src/webhook-state';
import { Keyring, seal } from '#libs/signing/src/envelope-encryption';
import type { Api } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { usePlatform } from '../support/platform.js';
import { hexSignature, useReceiver } from '../support/receiver.js';
import { selfSigned } from '../support/self-signed.js';

jest.setTimeout(120_000);

/** The rules of outgoing requests where they count: in dispatch, whatever was saved, whoever asks, and whatever its environment says. */

const platform = usePlatform();
const receiver = useReceiver();

async function withDispatchEnv(env: Record<string, string>, work: () => Promise<void>): Promise<void> {
  const service = platform.service('dispatch');
  const before = { ...service.env };
  Object.assign(service.env, env);
  await platform.killAndRestart('dispatch');
  try {
    await work();
  } finally {
    service.env = before;
    await platform.killAndRestart('dispatch');
  }
}

/** Waits for the one delivery of a webhook to end, and returns what its last attempt said. */
async function endOf(api: Api, webhookId: string): Promise<{ status: string; error: string | null }> {
  const [delivery] = await eventually(async () => {
    const deliveries = await api.deliveries(webhookId);
    expect(deliveries).toEqual([expect.objectContaining({ status: expect.stringMatching(/success|failed/) })]);
    return deliveries;
  });
  const { attempts } = await api.delivery(delivery!.id);
  return { status: delivery!.status, error: attempts.at(-1)!.error };
}

it('a URL saved before a rule existed is refused by deliveries, manual retries and tests alike', async () => {
  const { account, api } = await platform.operator.createAccount('standard');
  const { url, path } = receiver.newUrl();
  const webhook = await api.createWebhook({ url, retry_policy: { max_retries: 0 } });
  // Subscriptions still takes it; dispatch has the stricter rule.
  await withDispatchEnv({ TIDINGS_ALLOWED_CIDRS: '', TIDINGS_ALLOW_HTTP_URLS: 'true' }, async () => {
    await platform.publish(account.id, 'deal.won', { data: {} });
    expect(await endOf(api, webhook.id)).toEqual({ status: 'failed', error: 'url_refused: The address is not a public one' });
    const [delivery] = await api.deliveries(webhook.id);
    await api.made(`/deliveries/${delivery!.id}/retry`, {});
    await eventually(async () => expect((await api.delivery(delivery!.id)).attempts).toHaveLength(2));
    const body = { name: 'x', url, events: ['deal.won'] };
    for (const tests of ['/webhooks/test', `/webhooks/${webhook.id}/test`]) {
      const { results } = await api.made<TestResultsView>(tests, tests === '/webhooks/test' ? body : { event: 'deal.won' });
      expect(results).toMatchObject([{ success: false, status_code: null, message: 'Failed: The address is not a public one' }]);
    }
  });
  expect(receiver.at(path)).toEqual([]);
});

it.each([
  ['https://169.254.169.254/latest/meta-data/', 'The address is not a public one'],
  ['https://[::ffff:7f00:1]/', 'The address is not a public one'],
  ['https://user:password@example.com/', 'must not contain a user name'],
  ['https://db.internal/', 'The host is not a public name'],
  ['https://example.com:6379/', 'Port 6379 cannot be used'],
  ['ftp://example.com/', 'Webhook URL must use HTTPS'],
  ['https://example.com/\r\nX-Injected: 1', 'a space, a control character or a backslash'],
])('%j is refused when it is saved, changed or tested, and when a stored state already has it', async (url, words) => {
  const { account, api } = await platform.operator.createAccount('standard');
  const webhook = await api.createWebhook({ url: receiver.newUrl().url, retry_policy: { max_retries: 0 } });
  const body = { name: 'x', url, events: ['deal.won'] };
  const said = expect.objectContaining({ errors: [{ pointer: '/url', detail: expect.stringContaining(words) }] });
  expect(await api.post('/webhooks', body)).toMatchObject({ status: 422, body: said });
  expect(await api.post('/webhooks/test', body)).toMatchObject({ status: 422, body: said });
  expect(await api.call('PATCH', `/webhooks/${webhook.id}`, { url })).toMatchObject({ status: 422, body: said });
  await replaceState(account.id, webhook, (state) => ({ ...state, url }));
  await platform.publish(account.id, 'deal.won', { data: {} });
  expect(await endOf(api, webhook.id)).toEqual({ status: 'failed', error: expect.stringContaining(words) });
});

it('sends only allowed headers, even when others were stored before a rule existed', async () => {
  const { account, api } = await platform.operator.createAccount('asan');
  const { url, path } = receiver.newUrl();
  const webhook = await api.createWebhook({ url, events: ['lead.created'] });
  const stored = {
    Host: 'evil.example',
    'Content-Length': '1',
    'Transfer-Encoding': 'chunked',
    Connection: 'X-Good',
    'Content-Type': 'text/html',
    'X-Asan-Signature': 'forged',
    'webhook-id': 'forged',
    'X-Forwarded-For': '127.0.0.1',
    'X-Injected': 'a\r\nX-Evil: b',
    'X-Good': 'good',
  };
  await replaceState(account.id, webhook, (state, sealed) => ({ ...state, headers: sealed(JSON.stringify(stored)) }));
  await platform.publish(account.id, 'lead.created', { data: { lead_id: 1 } }, { id: 'evt_headers' });
  const [request] = await eventually(() => {
    expect(receiver.at(path)).toHaveLength(1);
    return receiver.at(path);
  });
  expect(request!.headers).toMatchObject({
    host: new URL(receiver.url).host,
    'content-type': 'application/json',
    'content-length': String(request!.body.length),
    'x-asan-signature': hexSignature(request!.body, webhook.secret),
    'webhook-id': 'evt_headers',
    'x-good': 'good',
  });
  for (const name of ['transfer-encoding', 'x-forwarded-for', 'x-injected', 'x-evil'])
    expect(request!.headers[name]).toBeUndefined();
});

it("a publisher's traceparent is passed on only when it is valid", async () => {
  const { account, api } = await platform.operator.createAccount('standard');
  const { url, path } = receiver.newUrl();
  await api.createWebhook({ url });
  const good = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
  for (const traceparent of [good, 'é', 'x'.repeat(5_000), `${good}\u0001`])
    await platform.publish(account.id, 'deal.won', { data: {} }, { extra: { traceparent } });
  await eventually(() => expect(receiver.at(path)).toHaveLength(4));
  expect(receiver.at(path).map(({ headers }) => headers['traceparent'])).toEqual(expect.arrayContaining([good, undefined]));
  expect(receiver.at(path).filter(({ headers }) => headers['traceparent'] !== undefined)).toHaveLength(1);
});

it('proxies and unverified TLS in the environment are ignored', async () => {
  const { account, api } = await platform.operator.createAccount('standard');
  let caught = 0;
  const proxy = await listening(createServer((socket) => (caught++, socket.destroy())));
  const tls = await listening(createTlsServer(selfSigned, (socket) => socket.end()));
  const proxyUrl = `http://127.0.0.1:${portOf(proxy)}`;
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy', 'npm_config_proxy'];
  const env = {
    ...Object.fromEntries(names.map((name) => [name, proxyUrl])),
    NODE_USE_ENV_PROXY: '1',
    NODE_TLS_REJECT_UNAUTHORIZED: '0',
  };
  const { url, path } = receiver.newUrl();
  const webhook = await api.createWebhook({ url });
  await withDispatchEnv(env, async () => {
    await platform.publish(account.id, 'deal.won', { data: {} });
    expect(await endOf(api, webhook.id)).toEqual({ status: 'success', error: null });
    const { results } = await api.made<TestResultsView>('/webhooks/test', {
      name: 'x',
      url: `https://127.0.0.1:${portOf(tls)}/`,
      events: ['deal.won'],
      event: 'deal.won',
    });
    expect(results).toMatchObject([{ success: false, message: 'Failed: the certificate is self-signed' }]);
  });
  expect(receiver.at(path)).toHaveLength(1);
  expect(caught).toBe(0);
  for (const server of [proxy, tls]) server.close();
});

/** As an older version, or someone who may write to WEBHOOKS, could have stored it. */
async function replaceState(
  accountId: string,
  webhook: WebhookWithSecretView,
  change: (state: WebhookState, sealed: (text: string) => { box: string }) => WebhookState,
): Promise<void> {
  const subject = subjects.webhook(accountId, webhook.id);
  const jsm = await platform.js.jetstreamManager();
  const message = await jsm.streams.getMessage('WEBHOOKS', { last_by_subj: subject });
  const state = message!.json<WebhookState>();
  const dataKey = new Keyring(platform.service('dispatch').env['TIDINGS_KEK']!).unwrap(state.dataKey);
  const changed = change(state, (text) => seal(dataKey, text, `${accountId}\n${webhook.id}\nheaders`));
  await platform.js.publish(subject, JSON.stringify({ ...changed, revision: state.revision + 1 }));
}

async function listening<T extends Server>(server: T): Promise<T> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
