import { createHmac } from 'node:crypto';
import { Worker } from 'bullmq';
import pg from 'pg';
import { Agent } from 'undici';
import { serve } from '../forked.mjs';

/**
 * The baseline's worker: a job is a delivery. Sign twice, send, insert a row for the attempt, done; what throws is retried by
 * BullMQ with its back-off.
 */

const CONCURRENCY = 100;
const CONNECTIONS = 16;
const TIMEOUT_MS = 20_000;
const agent = new Agent({ connections: CONCURRENCY, pipelining: 1, headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS });
let completed = 0;

/** @param {{ redisPort: number, queueName: string, databaseUrl: string, synchronousCommit: 'on' | 'off' }} options */
async function connect({ redisPort, queueName, databaseUrl, synchronousCommit }) {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: CONNECTIONS,
    options: `-c synchronous_commit=${synchronousCommit}`,
  });
  await pool.query(`
    CREATE TABLE IF NOT EXISTS bullmq_attempts (
      at timestamptz NOT NULL DEFAULT now(),
      event_id text NOT NULL,
      url text NOT NULL,
      number int NOT NULL,
      status_code int,
      error text,
      response_time_ms int NOT NULL,
      response_body text NOT NULL
    )`);
  await pool.query('CREATE INDEX IF NOT EXISTS bullmq_attempts_by_event ON bullmq_attempts (event_id)');

  /** @param {import('bullmq').Job} job */
  const deliver = async (job) => {
    const { event, url, secret } = job.data;
    const body = Buffer.from(JSON.stringify(event));
    const timestamp = Math.floor(Date.now() / 1000);
    const signature = createHmac('sha256', secret).update(`${event.id}.${timestamp}.`).update(body).digest('base64');
    const headers = {
      'content-type': 'application/json',
      'webhook-id': event.id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': `v1,${signature}`,
      'x-signature': createHmac('sha256', secret).update(body).digest('hex'),
    };
    const { origin, pathname: path } = new URL(url);
    const startedAt = performance.now();
    /** @type {number | null} */
    let status = null;
    let error = null;
    let text = '';
    try {
      const answer = await agent.request({ origin, path, method: 'POST', headers, body });
      status = answer.statusCode;
      text = (await answer.body.text()).slice(0, 1_000);
    } catch (thrown) {
      error = String(thrown);
    }
    await pool.query({
      name: 'attempt',
      text: `INSERT INTO bullmq_attempts (event_id, url, number, status_code, error, response_time_ms, response_body)
             VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      values: [event.id, url, job.attemptsMade + 1, status, error, Math.round(performance.now() - startedAt), text],
    });
    if (status === null || status >= 300) throw new Error(error ?? `HTTP ${status}`);
  };
  const connection = { host: '127.0.0.1', port: redisPort, maxRetriesPerRequest: null };
  const worker = new Worker(queueName, deliver, { connection, concurrency: CONCURRENCY });
  worker.on('completed', () => completed++);
  worker.on('error', () => {});
  await worker.waitUntilReady();
}

serve({ connect, completed: () => completed });
