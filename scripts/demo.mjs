import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join, resolve } from 'node:path';
import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { verifyStandard } from '../docs/guide/verify/verify.mjs';
import { projectDir } from './services.mjs';

/**
 * `npm run demo`: makes a receiver and a webhook, publishes five events over NATS as a CRM would, and prints each delivery.
 * Uses the Tidings that runs on the data folder, or starts one for the demo.
 */

const dataDir = resolve(process.env['TIDINGS_DATA_DIR'] || join(projectDir, '.tidings'));
/** @type {[string, object][]} */
const EVENTS = [
  [
    'contact.created',
    { id: 'contact_12345', first_name: 'Jane', last_name: 'Doe', email: 'jane.doe@example.com', company: 'Acme Corp' },
  ],
  [
    'deal.created',
    { id: 'deal_67890', title: 'Enterprise License - Acme Corp', amount: 50000, currency: 'USD', stage: 'Proposal' },
  ],
  ['deal.stage_changed', { id: 'deal_67890', previous_stage: 'Proposal', new_stage: 'Negotiation', pipeline: 'Sales Pipeline' }],
  ['deal.won', { id: 'deal_67890', title: 'Enterprise License - Acme Corp', amount: 50000, currency: 'USD' }],
  ['invoice.paid', { id: 'invoice_2001', total: 50000, currency: 'USD' }],
];
const WITHIN_MS = 20_000;

const say = (/** @type {string} */ line) => process.stdout.write(`${line}\n`);

async function demo() {
  const { runtime, stop } = await findOrStart();
  /** @type {(() => Promise<unknown>)[]} */
  const cleanUps = [stop];
  try {
    let secret = '';
    const arrived = new Set();
    /** @type {() => void} */
    let onAll = () => {};
    const all = new Promise((done) => (onAll = () => done(true)));
    const receiver = createServer((request, response) => {
      /** @type {Buffer[]} */
      const chunks = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks);
        const isGood = verifyStandard(request.headers, body, secret);
        response.writeHead(isGood ? 200 : 401).end();
        const event = JSON.parse(body.toString());
        say(`  ${isGood ? 'verified ' : 'NOT SIGNED'} ${event.event.padEnd(20)} ${JSON.stringify(event.data)}`);
        if (isGood) arrived.add(request.headers['webhook-id']);
        if (arrived.size === EVENTS.length) onAll();
      });
    });
    await new Promise((done) => receiver.listen(0, '127.0.0.1', () => done(null)));
    cleanUps.unshift(async () => receiver.close());
    const { port } = /** @type {import('node:net').AddressInfo} */ (receiver.address());

    const webhook = await call(runtime, 'POST', '/webhooks', {
      name: 'Demo',
      url: `http://127.0.0.1:${port}/webhooks`,
      events: ['*'],
    });
    secret = webhook.secret;
    cleanUps.unshift(() => call(runtime, 'DELETE', `/webhooks/${webhook.id}`));
    say(
      `\nWebhook ${webhook.id} listens at http://127.0.0.1:${port}/webhooks. Publishing ${EVENTS.length} events to ${runtime.nats} …\n`,
    );

    const nc = await connect({ servers: runtime.nats });
    cleanUps.unshift(() => nc.drain());
    for (const [type, data] of EVENTS) {
      const id = `evt_demo_${Date.now()}_${type}`.replaceAll('.', '_');
      await jetstream(nc).publish(`crm.${runtime.account_id}.${type}`, JSON.stringify({ id, data }));
    }
    const isComplete = await Promise.race([all, new Promise((done) => setTimeout(() => done(false), WITHIN_MS).unref())]);
    if (!isComplete) throw new Error(`Only ${arrived.size} of ${EVENTS.length} deliveries arrived within ${WITHIN_MS / 1000} s.`);

    await logOf(runtime, webhook.id);
  } finally {
    for (const cleanUp of cleanUps) await cleanUp().catch(() => {});
  }
}

/**
 * @param {{ url: string, api_key: string }} runtime
 * @param {string} webhookId
 */
async function logOf(runtime, webhookId) {
  for (const untilMs = Date.now() + WITHIN_MS; ;) {
    const { data } = await call(runtime, 'GET', `/webhooks/${webhookId}/deliveries`);
    const isComplete =
      data.length === EVENTS.length && data.every((/** @type {{ status: string }} */ one) => one.status === 'success');
    if (!isComplete && Date.now() < untilMs) {
      await new Promise((done) => setTimeout(done, 100));
      continue;
    }
    say('\nThe delivery log:\n');
    for (const one of data.reverse())
      say(`  ${one.created_at}  ${one.event.padEnd(20)} ${one.status}  ${one.response_code}  ${one.response_time_ms} ms`);
    say('');
    return;
  }
}

async function findOrStart() {
  if (existsSync(join(dataDir, 'runtime.json'))) return { runtime: readRuntime(dataDir), stop: async () => {} };
  const demoDir = join(dataDir, 'demo');
  say('Tidings is not running: starting one for the demo …');
  const child = spawn(process.execPath, [join(projectDir, 'scripts/start.mjs')], {
    env: { ...process.env, PORT: '0', TIDINGS_DATA_DIR: demoDir },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = new Promise((done) => child.once('exit', done));
  while (!existsSync(join(demoDir, 'runtime.json'))) {
    if (child.exitCode !== null) throw new Error('Tidings could not be started.');
    await new Promise((done) => setTimeout(done, 100));
  }
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  return { runtime: readRuntime(demoDir), stop };
}

/** @param {string} folder */
function readRuntime(folder) {
  return JSON.parse(readFileSync(join(folder, 'runtime.json'), 'utf8'));
}

/**
 * @param {{ url: string, api_key: string }} runtime
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 */
async function call(runtime, method, path, body) {
  const answer = await fetch(`${runtime.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${runtime.api_key}`, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  if (answer.ok) return answer.status === 204 ? null : /** @type {any} */ (await answer.json());
  const problem = /** @type {{ detail: string }} */ (await answer.json());
  throw new Error(problem.detail);
}

demo().then(
  () => process.exit(0),
  (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  },
);
