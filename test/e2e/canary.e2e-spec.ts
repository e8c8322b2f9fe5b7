import { randomBytes } from 'node:crypto';
import { jest } from '@jest/globals';
import type { WebhookWithSecretView } from '#libs/api/src/webhook.dto';
import { natsUsers } from '#libs/contracts/src/users/nats-users';
import { eventually } from '../support/eventually.js';
import { everything, whereIs } from '../support/everything.js';
import { usePlatform } from '../support/platform.js';
import { useReceiver } from '../support/receiver.js';

/** Every kind of secret is made, everything is run that knows one, and then nobody may have written one down. */

jest.setTimeout(120_000);

const platform = usePlatform({ env: { LOG_LEVEL: 'trace' }, timeScale: 600 });
const receiver = useReceiver();

const marker = (): string => `Canary${randomBytes(18).toString('hex')}`;

it('no secret reaches a log line, a metric, a message, a table or an answer', async () => {
  const { account, api } = await platform.operator.createAccount('asan');
  const secrets = new Map<string, string>([['API key', api.key.split('_')[2]!]]);
  const secretOf = (name: string, value = marker()): string => {
    secrets.set(name, value);
    return value;
  };
  const answers: string[] = [];
  const ask = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const answer = await api.call(method, path, body);
    answers.push(JSON.stringify(answer.body));
    return answer.body;
  };

  // A receiver that repeats whatever it was sent, and fails at first.
  receiver.answer = ({ headers, body, path }, response) => {
    const failures = receiver.at(path).filter((one) => one.headers['webhook-id'] === headers['webhook-id']).length;
    const said = JSON.stringify(headers) + body.toString();
    response.writeHead(failures > 1 ? 200 : 500, { 'x-echo': String(headers['x-token']) }).end(said);
  };
  const good = { name: 'Canary', url: receiver.url, events: ['*'], retry_policy: { max_retries: 1 }, auto_pause: null };
  const [secret, token] = [secretOf('webhook secret'), secretOf('custom header')];
  const webhook = await api.createWebhook({ ...good, secret, headers: { 'x-token': token } });
  const generated = await api.call<WebhookWithSecretView>(
    'POST',
    '/webhooks',
    { ...good, url: `${receiver.url}/2` },
    { 'idempotency-key': 'canary' },
  );
  secretOf('generated secret', generated.body.secret.slice('whsec_'.length));
  await api.post(`/webhooks/${webhook.id}/secret`, { secret: secretOf('rotated secret'), overlap_seconds: 60 });
  await ask('PATCH', `/webhooks/${webhook.id}`, { headers: { 'x-token': secretOf('changed header') } });
  const { key } = await api.made<{ key: string }>('/api-keys', { name: 'Canary', scopes: ['webhooks:read'] });
  secretOf('second API key', key.split('_')[2]);
  const inbound = await api.made<{ url: string }>('/inbound-webhooks', {
    name: 'Canary',
    event: 'lead.created',
    verification: { scheme: 'hex', header: 'x-signature', secret: secretOf('verification secret') },
  });
  secretOf('inbound token', inbound.url.split('/').at(-1));
  secretOf('KEK', platform.service('dispatch').env['TIDINGS_KEK']!.split(':')[1]);
  for (const { name } of natsUsers) secretOf(`NATS password of ${name}`, new URL(platform.natsUrlOf(name)).password);

  // Deliveries that fail, are tried again and succeed; tests; what is wrong, with secrets where they do not belong.
  await platform.publish(account.id, 'lead.created', { data: { lead_id: 1 } }, { id: 'canary' });
  await ask('POST', `/webhooks/${webhook.id}/test`, { event: 'lead.created' });
  await ask('POST', '/webhooks/test', {
    ...good,
    url: 'http://127.0.0.1:1/',
    secret: secretOf('secret of a test'),
    event: 'lead.created',
  });
  await ask('POST', '/webhooks', { ...good, secret: secretOf('secret of a refused webhook'), colour: 'red' });
  await ask('POST', '/webhooks', { ...good, headers: { Host: secretOf('header of a refused webhook') } });
  await ask('POST', '/webhooks', `{"secret":"${secretOf('secret in rubbish')}",`);
  await ask('GET', `/webhooks/${secretOf('secret as an id')}`);
  await fetch(inbound.url, { method: 'POST', body: '{}', headers: { 'x-signature': 'ab'.repeat(32) } });
  await fetch(`${platform.url}/api/v1/webhooks`, { headers: { authorization: `Bearer ${secretOf('secret as a key')}` } });
  const [delivery] = await eventually(async () => {
    const deliveries = await api.deliveries(webhook.id, '&search=canary');
    expect(deliveries).toMatchObject([{ status: 'success', retry_count: 1 }]);
    return deliveries;
  }, 30_000);
  await ask('POST', `/deliveries/${delivery!.id}/retry`);
  await platform.killAndRestart('dispatch');
  await platform.killAndRestart('subscriptions');
  await eventually(async () => expect((await api.delivery(delivery!.id)).attempts).toHaveLength(3), 30_000);
  for (const path of ['/webhooks', `/webhooks/${webhook.id}`, '/api-keys', '/inbound-webhooks', '/audit-log', '/notifications',
    `/webhooks/${webhook.id}/deliveries`, `/deliveries/${delivery!.id}`, '/events/canary', '/rejected-events']) await ask('GET', path); // prettier-ignore

  const places = await everything(platform);
  places.set('answers', answers.join('\n'));
  const leaks = [...secrets]
    .map(([name, value]) => [name, whereIs(value, places)] as const)
    .filter(([, where]) => where.length > 0);
  expect(leaks).toEqual([]);
  for (const place of [
    'log lines',
    'stream EVENTS',
    'stream FACTS',
    'stream WEBHOOKS',
    'table subscriptions.webhooks',
    'table delivery_log.attempts',
  ])
    expect([place, (places.get(place) ?? '').length > 100]).toEqual([place, true]);

  // A canary that is written down is found, so that finding none means none was written.
  const planted = marker();
  await platform.publish(account.id, 'lead.created', { data: { name: planted } }, { id: 'planted' });
  await eventually(async () => expect((await api.get('/events/planted')).status).toBe(200));
  expect(whereIs(planted, await everything(platform))).toEqual(
    expect.arrayContaining(['stream EVENTS', 'table delivery_log.events']),
  );
});
