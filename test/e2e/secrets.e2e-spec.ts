import { jest } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type { WebhookWithSecretView } from '#libs/api/src/webhook.dto';
import type { WebhookState } from '#libs/contracts/src/webhook-state';
import pg from 'pg';
import type { Api } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { usePlatform } from '../support/platform.js';
import { verifiesStandardWebhooks, useReceiver } from '../support/receiver.js';

jest.setTimeout(120_000);

/** Secrets hold against an attacker who can write to the database, and against an operator's mistakes. */

const platform = usePlatform({ isOwn: true });
const receiver = useReceiver();
let database: pg.Client;

beforeAll(async () => {
  // The administrator: row-level security does not hold it back.
  database = await platform.connectDatabase();
});

let changes = 0;
async function newWebhook(api: Api, headers?: Record<string, string>): Promise<{ webhook: WebhookWithSecretView; path: string }> {
  const { url, path } = receiver.newUrl();
  return { webhook: await api.createWebhook({ url, ...(headers ? { headers } : {}) }), path };
}
/** Any change publishes the webhook's state, and with it what is in its row. */
const touch = (api: Api, id: string) => api.call('PATCH', `/webhooks/${id}`, { description: `touched ${++changes}` });
const publish = (accountId: string): Promise<void> =>
  platform.publish(accountId, 'deal.won', { data: {} }, { id: `evt-${++changes}` });
const setAside = async (): Promise<number> => {
  const metrics = await (await fetch(platform.service('dispatch').readyUrl.replace('/health/ready', '/metrics'))).text();
  return Number(/^tidings_webhooks_set_aside_total (\d+)/m.exec(metrics)![1]);
};
const complaintsOf = (id: string): string[] =>
  platform.lines.filter((line) => line.includes(`the secrets of webhook ${id} cannot be opened`));

type Row = Pick<WebhookState, 'secrets' | 'headers'>;
const rowOf = async (id: string): Promise<Row> => {
  const { rows } = await database.query<Row>('SELECT secrets, headers_box AS headers FROM subscriptions.webhooks WHERE id = $1', [
    id,
  ]);
  return rows[0]!;
};
const write = (id: string, { secrets, headers }: Row) =>
  database.query('UPDATE subscriptions.webhooks SET secrets = $2, headers_box = $3 WHERE id = $1', [
    id,
    JSON.stringify(secrets),
    JSON.stringify(headers),
  ]);

describe('a ciphertext', () => {
  /**
   * Changes the row of `mine`. The row `theirs` belongs to another webhook of the account, `foreign` to another account's.
   */
  const tampering: [string, (rows: { mine: Row; theirs: Row; foreign: Row }) => Row][] = [
    ['of another webhook', ({ mine, theirs }) => ({ ...mine, secrets: theirs.secrets })],
    ["of another account's webhook", ({ mine, foreign }) => ({ ...mine, secrets: foreign.secrets })],
    ['of other headers', ({ mine, theirs }) => ({ ...mine, headers: theirs.headers })],
    ['of the headers in the place of the secret', ({ mine }) => ({ ...mine, secrets: [{ sealed: mine.headers!, until: null }] })],
    ['of the secret in the place of the headers', ({ mine }) => ({ ...mine, headers: mine.secrets[0]!.sealed })],
    ['that was changed', ({ mine }) => ({ ...mine, secrets: [{ ...mine.secrets[0]!, sealed: { box: flipped(mine.secrets[0]!.sealed.box) } }] })],
    ['that was cut', ({ mine }) => ({ ...mine, secrets: [{ ...mine.secrets[0]!, sealed: { box: 'AAAA' } }] })],
  ]; // prettier-ignore

  it.each(tampering)(
    '%s signs nothing: deliveries wait for a new secret, others go on, and the operator is told',
    async (_what, tamper) => {
      const [{ account, api }, other] = await Promise.all([
        platform.operator.createAccount('standard'),
        platform.operator.createAccount('standard'),
      ]);
      const { webhook, path } = await newWebhook(api, { 'X-Key': 'the first key of mine' });
      const neighbour = await newWebhook(api, { 'X-Key': 'the key of a neighbour' });
      const foreign = await newWebhook(other.api, { 'X-Key': 'the key of a stranger' });
      const rows = {
        mine: await rowOf(webhook.id),
        theirs: await rowOf(neighbour.webhook.id),
        foreign: await rowOf(foreign.webhook.id),
      };
      await write(webhook.id, tamper(rows));
      expect((await touch(api, webhook.id)).status).toBe(200);
      const before = await setAside();

      for (let n = 0; n < 3; n++) await publish(account.id);
      await eventually(() => expect(receiver.at(neighbour.path)).toHaveLength(3));
      await eventually(async () =>
        expect((await api.deliveries(webhook.id)).map(({ status }) => status)).toEqual(['held', 'held', 'held']),
      );
      expect(receiver.at(path)).toEqual([]);
      expect(await setAside()).toBe(before + 1);
      expect(complaintsOf(webhook.id)).toHaveLength(1);

      // A person who tests, or asks for a delivery, is answered at once, and nothing is sent either.
      const startedAtMs = Date.now();
      expect((await api.post(`/webhooks/${webhook.id}/test`, { event: 'deal.won' })).status).toBe(503);
      expect(Date.now() - startedAtMs).toBeLessThan(5_000);
      const [delivery] = await api.deliveries(webhook.id);
      await api.post(`/deliveries/${delivery!.id}/retry`);
      expect(receiver.at(path)).toEqual([]);

      const [secret, headers] = ['a-second-secret', { 'X-Key': 'the second key of mine' }];
      expect((await api.call('PATCH', `/webhooks/${webhook.id}`, { secret, headers })).status).toBe(200);
      await eventually(() => expect(receiver.at(path)).toHaveLength(3));
      for (const request of receiver.at(path)) {
        expect(verifiesStandardWebhooks(request, secret)).toBe(true);
        expect(request.headers['x-key']).toBe(headers['X-Key']);
      }
      expect(platform.service('dispatch').process).not.toBeNull();
    },
  );

  it('is repaired by a new secret, even during the overlap with the old one', async () => {
    const { account, api } = await platform.operator.createAccount('standard');
    const { webhook, path } = await newWebhook(api);
    const row = await rowOf(webhook.id);
    await write(webhook.id, { ...row, secrets: [{ sealed: { box: flipped(row.secrets[0]!.sealed.box) }, until: null }] });
    const { secret } = await api.made<{ secret: string }>(`/webhooks/${webhook.id}/secret`, { overlap_seconds: 3_600 });
    await publish(account.id);
    const [request] = await eventually(() => {
      expect(receiver.at(path)).toHaveLength(1);
      return receiver.at(path);
    });
    expect(verifiesStandardWebhooks(request!, secret)).toBe(true);
    expect(verifiesStandardWebhooks(request!, webhook.secret)).toBe(false);
  });

  it("opens nothing when an account's key is moved to another account", async () => {
    const [one, other] = await Promise.all([
      platform.operator.createAccount('standard'),
      platform.operator.createAccount('standard'),
    ]);
    const { webhook, path } = await newWebhook(one.api);
    await database.query('UPDATE subscriptions.accounts SET data_key = (SELECT data_key FROM subscriptions.accounts WHERE id = $2) WHERE id = $1', [one.account.id, other.account.id]); // prettier-ignore
    await touch(one.api, webhook.id);
    await publish(one.account.id);
    await eventually(async () => expect(await one.api.deliveries(webhook.id)).toMatchObject([{ status: 'held' }]));
    expect(receiver.at(path)).toEqual([]);
  });

  it('can be replaced by new headers when it cannot be opened, and is not taken for their masked values', async () => {
    const { api } = await platform.operator.createAccount('standard');
    const { webhook } = await newWebhook(api, { 'X-Key': 'a key of twenty letters' });
    await write(webhook.id, { ...(await rowOf(webhook.id)), headers: { box: 'AAAA' } });
    expect((await api.call('PATCH', `/webhooks/${webhook.id}`, { headers: webhook.headers })).status).toBe(422);
    expect((await api.call('PATCH', `/webhooks/${webhook.id}`, { headers: { 'X-Key': 'another' } })).status).toBe(200);
  });
});

describe('the key-encryption key', () => {
  const restart = async (kek: string, ...names: string[]): Promise<void> => {
    for (const name of names) {
      platform.service(name).env['TIDINGS_KEK'] = kek;
      await platform.killAndRestart(name);
    }
  };

  it('is rotated by putting a new one first: the old one still opens, and new accounts get the new one', async () => {
    const kek = platform.service('dispatch').env['TIDINGS_KEK']!;
    const fresh = `fresh:${randomBytes(32).toString('base64')}`;
    const old = await platform.operator.createAccount('standard');
    const before = await newWebhook(old.api, { 'X-Key': 'sealed with the old key' });
    await restart(`${fresh},${kek}`, 'subscriptions', 'dispatch');
    const { account, api } = await platform.operator.createAccount('standard');
    const after = await newWebhook(api);
    await Promise.all([publish(old.account.id), publish(account.id)]);
    for (const { webhook, path } of [before, after]) {
      const [request] = await eventually(() => {
        expect(receiver.at(path)).toHaveLength(1);
        return receiver.at(path);
      });
      expect(verifiesStandardWebhooks(request!, webhook.secret)).toBe(true);
    }
    await eventually(async () => expect(await old.api.deliveries(before.webhook.id)).toMatchObject([{ status: 'success' }]));
    const { rows } = await database.query<{ key: string }>(
      `SELECT data_key ->> 'kekId' AS key FROM subscriptions.accounts WHERE id = ANY($1) ORDER BY created_at`,
      [[old.account.id, account.id]],
    );
    expect(rows.map(({ key }) => key)).toEqual(['test', 'fresh']);

    // Without the old one, dispatch delivers what it can sign, and keeps the rest until the key is back.
    await restart(fresh, 'dispatch');
    await Promise.all([publish(old.account.id), publish(account.id)]);
    await eventually(() => expect(receiver.at(after.path)).toHaveLength(2));
    await eventually(async () =>
      expect((await old.api.deliveries(before.webhook.id)).map(({ status }) => status)).toEqual(['held', 'success']),
    );
    expect(complaintsOf(before.webhook.id)).toEqual([expect.stringContaining('TIDINGS_KEK has no key \\"test\\"')]);
    await restart(`${fresh},${kek}`, 'dispatch');
    await eventually(() => expect(receiver.at(before.path)).toHaveLength(2));
  });

  it.each([
    ['is missing', () => `other:${randomBytes(32).toString('base64')}`, 'TIDINGS_KEK has no key'],
    ['is another one of the same name', () => `test:${randomBytes(32).toString('base64')},fresh:${randomBytes(32).toString('base64')}`, 'of TIDINGS_KEK is not the one'],
    ['is there twice', () => `test:${randomBytes(32).toString('base64')},test:${randomBytes(32).toString('base64')}`, 'two keys "test"'],
    ['is too short', () => `test:${randomBytes(16).toString('base64')}`, 'TIDINGS_KEK must be <id>:<base64 of 32 bytes>'],
    ['is not there', () => '', 'TIDINGS_KEK: is needed to encrypt'],
  ])('ends subscriptions at its start when it %s, with one line that says so and no key in it', async (_what, kek, message) => {
    const service = platform.service('subscriptions');
    const good = service.env['TIDINGS_KEK'];
    await service.kill();
    platform.lines.length = 0;
    const bad = kek();
    service.env['TIDINGS_KEK'] = bad;
    service.start();
    await expect(service.ready()).rejects.toThrow('ended while it was starting');
    service.env['TIDINGS_KEK'] = good;
    service.start();
    await service.ready();
    expect(platform.lines.filter((line) => line.includes(message))).toHaveLength(1);
    for (const part of bad.split(/[,:]/).filter((one) => one.length > 20)) expect(platform.lines.join('\n')).not.toContain(part);
  });
}); // prettier-ignore

function flipped(box: string): string {
  const bytes = Buffer.from(box, 'base64');
  bytes[bytes.length - 20]! ^= 1;
  return bytes.toString('base64');
}
