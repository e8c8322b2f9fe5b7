import { fork } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { Agent } from 'undici';
import { buildIfNeeded } from '../../scripts/build.mjs';
import { startNats } from '../../scripts/servers/nats.mjs';
import { startPostgres } from '../../scripts/servers/postgres.mjs';
import { makeServices, projectDir, provision } from '../../scripts/services.mjs';

/**
 * `npm run bench`: events over NATS → receiver → log, everything on this machine as in production (five services, NATS with
 * `sync_interval: always`, PostgreSQL, the receiver a process of its own), against a bare loop of undici requests with two
 * HMACs to the same receiver in the same run. Trust the ratios: machines are noisy.
 */

const EVENTS = Number(process.env['BENCH_EVENTS'] || 20_000);
/** `always` is what we ship; NATS' own default, `2m`, is what others measure with. */
const SYNC = process.env['BENCH_SYNC'] || 'always';
const ROUNDS = 3;
const WITHIN_MS = 120_000;

const say = (/** @type {string} */ line) => process.stdout.write(`${line}\n`);
const cacheDir = join(projectDir, '.cache');

async function bench() {
  buildIfNeeded(say);
  const folder = mkdtempSync(join(tmpdir(), 'tidings-bench-'));
  /** @type {(() => Promise<unknown>)[]} */
  const stops = [];
  try {
    const nats = await startNats({ dataDir: join(folder, 'nats'), cacheDir, sync: SYNC, log: say });
    stops.unshift(() => nats.stop());
    const postgres = await startPostgres({ dataDir: join(folder, 'postgres'), cacheDir, log: say });
    stops.unshift(() => postgres.stop());
    await provision(nats.url);
    const operatorKey = `tdk_${'0'.repeat(12)}_${'0'.repeat(43)}`;
    const env = {
      TIDINGS_ALLOW_HTTP_URLS: 'true',
      TIDINGS_ALLOWED_CIDRS: '127.0.0.0/8',
      LOG_LEVEL: 'warn',
      NODE_ENV: 'production',
    };
    const settings = {
      natsUrl: nats.url,
      databaseUrl: postgres.url,
      port: 0,
      operatorKey,
      kek: `k:${randomBytes(32).toString('base64')}`,
      env,
    };
    const { services, url } = await makeServices(settings, { log: say, onLine: (name, line) => say(`${name}: ${line}`) });
    for (const service of services.values()) service.start();
    stops.unshift(() => Promise.all([...services.values()].map((service) => service.stop())));
    await Promise.all([...services.values()].map((service) => service.ready()));
    const sink = await startSink();
    stops.unshift(async () => sink.child.kill());

    const account = await post(url, operatorKey, '/accounts', { name: 'Bench', profile: 'standard', plan: 'enterprise' });
    await post(url, account.api_key, '/webhooks', { name: 'Bench', url: sink.url, events: ['*'], max_concurrency: 64 });
    const nc = await connect({ servers: nats.url });
    stops.unshift(() => nc.close());
    const js = jetstream(nc);

    const publish = (/** @type {number} */ n) =>
      js.publish(
        `crm.${account.id}.deal.won`,
        `{"data":{"id":"deal_${n}","title":"Enterprise License","amount":50000,"sent_at":${now()}}}`,
      );
    /** @type {{ rate: number, ratio: number, cpu: Record<string, number>, logged: number }[]} */
    const rounds = [];
    await full(publish, sink, 2_000);
    await logged(url, account.api_key);
    for (let round = 0; round < ROUNDS; round++) {
      const raw = await rawLoop(sink, EVENTS);
      const before = cpuOf(services, nats.process);
      const startedAt = performance.now();
      const rate = await full(publish, sink, EVENTS);
      await logged(url, account.api_key);
      const loggedRate = EVENTS / ((performance.now() - startedAt) / 1000);
      const after = cpuOf(services, nats.process);
      const cpu = Object.fromEntries(
        Object.entries(after).map(([name, ms]) => [name, ((ms - (before[name] ?? 0)) * 1000) / EVENTS]),
      );
      rounds.push({ rate, ratio: rate / raw, cpu, logged: loggedRate });
      say(`round ${round + 1}: ${rate.toFixed(0)} deliveries/s, bare loop ${raw.toFixed(0)}/s, ratio ${(rate / raw).toFixed(2)}`);
    }
    const half = median(rounds.map(({ rate }) => rate)) / 2;
    const latency = await steady(publish, sink, half, 10);

    say('\nfull        deliveries/s   to the log/s   ratio to the bare loop');
    const middle = (/** @type {'rate' | 'ratio' | 'logged'} */ field) => median(rounds.map((round) => round[field]));
    say(
      `            ${middle('rate').toFixed(0).padStart(12)}   ${middle('logged').toFixed(0).padStart(12)}   ${middle('ratio').toFixed(2)}`,
    );
    say(
      `latency     at ${half.toFixed(0)}/s: p50 ${latency.p50.toFixed(1)} ms, p99 ${latency.p99.toFixed(1)} ms, from publish to request`,
    );
    say('CPU         µs a delivery, by process');
    for (const name of Object.keys(rounds[0]?.cpu ?? {}))
      say(`            ${name.padEnd(14)} ${median(rounds.map(({ cpu }) => cpu[name] ?? 0)).toFixed(0)}`);
  } finally {
    for (const stop of stops) await stop().catch(() => {});
    rmSync(folder, { recursive: true, force: true });
  }
}

const now = () => performance.timeOrigin + performance.now();

async function startSink() {
  const child = fork(join(projectDir, 'test/bench/sink.mjs'));
  const ask = (/** @type {string} */ what) =>
    new Promise((resolve) => {
      child.once('message', resolve);
      child.send(what);
    });
  const { port } = await new Promise((resolve) => child.once('message', resolve));
  return {
    child,
    url: `http://127.0.0.1:${port}/`,
    ask: /** @type {(what: string) => Promise<{ count: number, latencies: number[] }>} */ (ask),
  };
}

/**
 * As many as go through: at most 256 publishes are without answer. Returns deliveries a second.
 *
 * @param {(n: number) => Promise<unknown>} publish
 * @param {Awaited<ReturnType<typeof startSink>>} sink
 * @param {number} events
 */
async function full(publish, sink, events) {
  await sink.ask('take');
  const startedAt = performance.now();
  let next = 0;
  const worker = async () => {
    while (next < events) await publish(next++);
  };
  await Promise.all(Array.from({ length: 256 }, worker));
  for (const untilMs = Date.now() + WITHIN_MS; (await sink.ask('count')).count < events;) {
    if (Date.now() > untilMs) throw new Error(`Only ${(await sink.ask('count')).count} of ${events} deliveries arrived.`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return events / ((performance.now() - startedAt) / 1000);
}

/**
 * A steady rate for some seconds.
 *
 * @param {(n: number) => Promise<unknown>} publish
 * @param {Awaited<ReturnType<typeof startSink>>} sink
 * @param {number} rate
 * @param {number} seconds
 */
async function steady(publish, sink, rate, seconds) {
  await sink.ask('take');
  const startedAt = performance.now();
  const total = Math.floor(rate * seconds);
  /** @type {Promise<unknown>[]} */
  const publishing = [];
  for (let sent = 0; sent < total;) {
    const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1000) * rate));
    while (sent < due) publishing.push(publish(sent++));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(publishing);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const { latencies } = await sink.ask('take');
  latencies.sort((a, b) => a - b);
  const at = (/** @type {number} */ share) => latencies[Math.floor(latencies.length * share)] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99) };
}

/**
 * The ceiling: undici and two HMACs, nothing else.
 *
 * @param {Awaited<ReturnType<typeof startSink>>} sink
 * @param {number} requests
 */
async function rawLoop(sink, requests) {
  const agent = new Agent({ connections: 64, pipelining: 1 });
  const secret = randomBytes(32);
  const startedAt = performance.now();
  let next = 0;
  const worker = async () => {
    while (next < requests) {
      const body = Buffer.from(
        `{"id":"evt_${next}","event":"deal.won","timestamp":"2026-03-21T14:30:00.000Z","data":{"id":"deal_${next++}","amount":50000}}`,
      );
      const headers = {
        'content-type': 'application/json',
        'x-signature': createHmac('sha256', secret).update(body).digest('hex'),
        'webhook-signature': createHmac('sha256', secret).update(body).digest('base64'),
      };
      const answer = await agent.request({ origin: new URL(sink.url).origin, path: '/', method: 'POST', headers, body });
      await answer.body.dump();
    }
  };
  await Promise.all(Array.from({ length: 64 }, worker));
  await agent.close();
  return requests / ((performance.now() - startedAt) / 1000);
}

/**
 * Waits until the log has everything: its readiness says so by its lag.
 *
 * @param {string} url
 * @param {string} key
 */
async function logged(url, key) {
  for (const untilMs = Date.now() + WITHIN_MS; Date.now() < untilMs;) {
    const { data } = await get(url, key, '/webhooks');
    const page = await get(url, key, `/webhooks/${data[0].id}/deliveries?limit=1`);
    const isSettled = page.data[0]?.status === 'success';
    const before = page.data[0]?.id;
    await new Promise((resolve) => setTimeout(resolve, 100));
    const again = await get(url, key, `/webhooks/${data[0].id}/deliveries?limit=1&status=pending,held`);
    if (
      isSettled &&
      again.data.length === 0 &&
      (await get(url, key, `/webhooks/${data[0].id}/deliveries?limit=1`)).data[0]?.id === before
    )
      return;
  }
  throw new Error('The log did not catch up.');
}

/**
 * @param {string} url
 * @param {string} key
 * @param {string} path
 */
async function get(url, key, path) {
  return /** @type {any} */ ((await fetch(`${url}/api/v1${path}`, { headers: { authorization: `Bearer ${key}` } })).json());
}

/**
 * @param {string} url
 * @param {string} key
 * @param {string} path
 * @param {object} body
 */
async function post(url, key, path, body) {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const answer = await fetch(`${url}/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`POST ${path} answered ${answer.status}: ${await answer.text()}`);
  return /** @type {any} */ (answer.json());
}

/**
 * CPU milliseconds of each process so far, where /proc tells.
 *
 * @param {Map<string, import('../../scripts/services.mjs').Service>} services
 * @param {import('node:child_process').ChildProcess} nats
 */
function cpuOf(services, nats) {
  /** @type {Record<string, number>} */
  const cpu = {};
  for (const [name, service] of services) cpu[name] = cpuMs(service.process?.pid);
  cpu['nats'] = cpuMs(nats.pid);
  return cpu;
}

/** @param {number | undefined} pid */
function cpuMs(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    // Ticks of 10 ms: user and system.
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return 0;
  }
}

/** @param {number[]} values */
function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

bench().then(
  () => process.exit(0),
  (error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  },
);
