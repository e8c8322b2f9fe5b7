import { jest } from '@jest/globals';
import { asAccount, openDatabase } from '#libs/postgres/src/database';
import { changedRows, insertRow } from '#libs/postgres/src/rows';
import type { DataSource } from 'typeorm';
import { testPostgres, type TestServer } from '../../../../test/support/servers.mjs';
import { Subscriptions1767225600000 } from '../migrations/1-subscriptions.js';
import { OwnAccount } from './own-account.js';

jest.setTimeout(60_000);

let postgres: TestServer;
let database: DataSource;

beforeAll(async () => {
  postgres = await testPostgres();
  const migrations = [Subscriptions1767225600000];
  database = await openDatabase({ url: postgres.url, schema: 'subscriptions', migrations });
  for (const id of ['acc_own', 'acc_other']) {
    await asAccount(database, id, async (manager) => {
      const account = { id, name: 'Acme', profile: 'easycrm', plan: 'professional', data_key: {} };
      await insertRow(manager, 'subscriptions.accounts', account);
      for (const n of [1, 2, 3]) {
        await insertRow(manager, 'subscriptions.webhooks', {
          id: `wh_${id}_${n}`, account_id: id, name: 'Test', url: 'https://example.com', events: ['*'], method: 'POST', secrets: '[]',
          content_type: 'application/json', retry_policy: {}, secret_last4: 'abcd',
        }); // prettier-ignore
        const inbound = { id: `in_${id}_${n}`, account_id: id, name: 'Test', event: 'deal.won', token_last4: 'abcd' };
        if (n === 1) await insertRow(manager, 'subscriptions.inbound_webhooks', { ...inbound, token_hash: id });
      }
    });
  }
});

afterAll(async () => {
  await database.destroy();
  await postgres.stop();
});

it("shows the profile's defaults, the plan's limits, and the use of this account alone", async () => {
  expect(await new OwnAccount(database).get('acc_own')).toMatchObject({
    id: 'acc_own',
    name: 'Acme',
    profile: {
      name: 'easycrm',
      envelope: ['event', 'timestamp', 'data'],
      signature_header: 'X-EasyCRM-Signature',
      retry_policy: { max_retries: 3, intervals_seconds: [60, 300, 1_800], timeout_seconds: 30 },
      auto_pause: { after_failures: 10, action: 'pause', probe: true },
    },
    plan: 'professional',
    limits: { requests_per_minute: 300, webhooks: 100, inbound_webhooks: 100 },
    use: { webhooks: 3, inbound_webhooks: 1 },
    schema_mode: 'reject',
    log_days: 30,
  });
});

it('does not count deleted webhooks', async () => {
  const [deleteWebhook, deleteInbound] = ['webhooks', 'inbound_webhooks'].map(
    (table) => `UPDATE subscriptions.${table} SET deleted_at = now() WHERE account_id = $1 AND id LIKE '%1'`,
  );
  await asAccount(database, 'acc_own', async (manager) => {
    await changedRows(manager, deleteWebhook!, ['acc_own']);
    await changedRows(manager, deleteInbound!, ['acc_own']);
  });
  expect((await new OwnAccount(database).get('acc_own')).use).toEqual({ webhooks: 2, inbound_webhooks: 0 });
});

it('throws account_not_found for a deleted account', async () => {
  await asAccount(database, 'acc_other', (manager) =>
    changedRows(manager, 'UPDATE subscriptions.accounts SET deleted_at = now() WHERE id = $1', ['acc_other']),
  );
  await expect(new OwnAccount(database).get('acc_other')).rejects.toMatchObject({ code: 'account_not_found' });
});
