import { median } from '../statistics.mjs';

const ACCOUNTS = 16;
const DAYS = 30;
const DAY_MS = 86_400_000;
const ANSWER_KEY = Buffer.alloc(32);

/**
 * Measures how fast the delivery log is projected while dispatch runs. Then measures its queries on a table of millions of
 * attempts, half of which belong to one webhook.
 *
 * @param {import('../context.mjs').Context} context
 */
export async function run(context) {
  const platform = await context.start();
  await projection(context, platform);
  await queries(context, platform);
}

/**
 * The log is stopped while dispatch delivers, so that each has the machine to itself.
 *
 * @param {import('../context.mjs').Context} context
 * @param {import('../platform.mjs').Platform} platform
 */
async function projection(context, platform) {
  const events = context.count(20_000, 1_000);
  const accounts = await platform.createAccounts(ACCOUNTS);
  for (const [index, account] of accounts.entries())
    await platform.createWebhook(account, { url: platform.receivers.url('log', index), max_concurrency: 64 });
  const log = /** @type {import('../../../scripts/services.mjs').Service} */ (platform.services.get('delivery-log'));
  /** @type {number[]} */
  const ratios = [];
  /** @type {number[]} */
  const rates = [];
  for (let round = 0; round <= context.rounds; round++) {
    await log.stop();
    await platform.receivers.take('log');
    const burstAt = performance.now();
    const accountIds = accounts.map(({ id }) => id);
    await Promise.all([
      platform.publisher.call('burst', { accountIds, type: 'deal.won', count: events }),
      platform.receivers.receive('log', events),
    ]);
    const delivered = events / ((performance.now() - burstAt) / 1_000);
    log.start();
    await log.ready();
    const projectedAt = performance.now();
    await platform.logged();
    const projected = events / ((performance.now() - projectedAt) / 1_000);
    context.say(`round ${round}: dispatch ${delivered.toFixed(0)}/s, projection ${projected.toFixed(0)}/s`);
    // The first one warms both up.
    if (round > 0) {
      ratios.push(projected / delivered);
      rates.push(projected);
    }
  }
  context.figure(`projection, sync ${context.sync}`, median(rates), 'deliveries/s');
  context.figure('projection ÷ dispatch', median(ratios), '×', { atLeast: 5 });
}

/**
 * @param {import('../context.mjs').Context} context
 * @param {import('../platform.mjs').Platform} platform
 */
async function queries(context, platform) {
  const attempts = context.count(5_000_000, 50_000);
  const account = await platform.createAccount();
  const webhook = await platform.createWebhook(account, { url: platform.receivers.url('queries') });
  const startedAt = performance.now();
  await fill(platform.database, account.id, webhook.id, attempts);
  context.say(`${attempts} attempts written in ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`);
  const at = (/** @type {number} */ days) => new Date(Date.now() - days * DAY_MS).toISOString();
  const deliveries = `/webhooks/${webhook.id}/deliveries`;
  const asked = /** @type {const} */ ([
    ['newest page', deliveries],
    ['failed, one in a thousand', `${deliveries}?status=failed`],
    ['one event type of twenty', `${deliveries}?event=deal.7`],
    ['an hour, three weeks ago', `${deliveries}?since=${at(21)}&until=${at(20.96)}`],
    ['by event id', `${deliveries}?search=evt_bench_4000`],
    ['by record key', `${deliveries}?search=deal:400`],
    ['in responses, never said', `${deliveries}?search=neversaid`],
    ['statistics of a day', `/webhooks/${webhook.id}/stats`],
  ]);
  for (const [name, path] of asked) {
    /** @type {number[]} */
    const times = [];
    for (let n = 0; n < 9; n++) {
      const askedAt = performance.now();
      await platform.call(account.key, 'GET', path);
      times.push(performance.now() - askedAt);
    }
    context.figure(`${name}, of ${attempts}`, median(times), 'ms');
  }
}

/**
 * Half of them belong to the webhook that is asked for, half to others; over a month, one in a thousand failed.
 *
 * @param {import('pg').Client} database
 * @param {string} accountId
 * @param {string} webhookId
 * @param {number} attempts
 */
async function fill(database, accountId, webhookId, attempts) {
  for (let day = 0; day < DAYS; day++) {
    const from = new Date(Date.now() - day * DAY_MS).toISOString().slice(0, 10);
    const to = new Date(Date.parse(from) + DAY_MS).toISOString().slice(0, 10);
    for (const table of ['events', 'deliveries', 'attempts'])
      await database.query(
        `CREATE TABLE IF NOT EXISTS delivery_log.${table}_30_${from.replaceAll('-', '')} PARTITION OF delivery_log.${table}_30
         FOR VALUES FROM ('${from} 00:00:00+00') TO ('${to} 00:00:00+00')`,
      );
  }
  await database.query(`SET synchronous_commit = off`);
  const time = `now() - (n * ${((DAYS - 1) * 86_400) / attempts}) * interval '1 second'`;
  const chunk = 250_000;
  // The newest ones are those that a search opens; nobody will open the others.
  const opened = Array.from({ length: 50_000 }, (_, n) => answerTo(`dlv_bench_${n + 1}`));
  for (let from = 1; from <= attempts; from += chunk) {
    const series = `generate_series(${from}, ${Math.min(attempts, from + chunk - 1)}) n`;
    await database.query(
      `INSERT INTO delivery_log.events (account_id, id, seq, type, key, occurred_at, stored_at, data, answer_key)
       SELECT $1, 'evt_bench_' || n, 1000000000 + n, 'deal.' || n % 20, 'deal:' || n / 10, '', ${time}, '{"id":"deal_42","amount":50000}', $2
       FROM ${series}`,
      [accountId, ANSWER_KEY],
    );
    await database.query(
      `INSERT INTO delivery_log.deliveries (created_at, id, account_id, webhook_id, event_id, event_type, event_seq, status, attempts,
         response_code, response_time_ms, updated_at, is_test, is_manual)
       SELECT ${time}, 'dlv_bench_' || n, $1, CASE WHEN n % 2 = 0 THEN $2 ELSE 'wh_other_' || n % 1000 END, 'evt_bench_' || n,
         'deal.' || n % 20, 1000000000 + n, CASE WHEN n % 1000 = 0 THEN 'failed' ELSE 'success' END, 1, 200, n % 500, ${time}, false, false
       FROM ${series}`,
      [accountId, webhookId],
    );
    await database.query(
      `INSERT INTO delivery_log.attempts (at, fact_id, delivery_id, number, trigger, status_code, response_time_ms, answer,
         request_headers, url, method, account_id)
       SELECT ${time}, 'fct_' || n, 'dlv_bench_' || n, 1, 'event', 200, n % 500, coalesce(sealed, $3),
         '{"content-type":"application/json"}', 'https://example.com/hook', 'POST', $1
       FROM ${series} LEFT JOIN unnest($2::bytea[]) WITH ORDINALITY AS answers (sealed, m) ON m = n`,
      [accountId, from === 1 ? opened : [], opened[0]],
    );
  }
  for (const table of ['events', 'deliveries', 'attempts']) await database.query(`ANALYZE delivery_log.${table}`);
}

/** From the build, whose JavaScript says nothing of types. */
const built = await import(new URL('../../../dist/libs/signing/src/sealed-answer.js', import.meta.url).href);
const { sealAnswer } = /** @type {typeof import('../../../libs/signing/src/sealed-answer.js')} */ (built);

/** @param {string} deliveryId */
function answerTo(deliveryId) {
  const answer = { body: 'ok', headers: { 'content-type': 'text/plain', date: 'Sat, 21 Nov 2026 10:00:00 GMT' } };
  return Buffer.from(sealAnswer(ANSWER_KEY, deliveryId, answer), 'base64');
}
