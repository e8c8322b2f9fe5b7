import { connect as natsConnect } from '@nats-io/transport-node';
import { serversAt } from './connect.js';
import { provision } from './provision.js';

/**
 * Creates the streams before the services start (`npm start`, a Job in Kubernetes). It alone needs the right to administer streams.
 * Its environment: NATS_URL; TIDINGS_DEDUP_WINDOW, seconds in which the same event id is one event, default 600;
 * TIDINGS_STREAM_REPLICAS, 1, 3 or 5.
 */
async function run(): Promise<void> {
  const url = process.env['NATS_URL'];
  if (!url) throw new Error('NATS_URL is not set: say where NATS listens, e.g. nats://127.0.0.1:4222.');
  const dedupSeconds = wholeNumber('TIDINGS_DEDUP_WINDOW', 600, 1, 86_400);
  const replicas = wholeNumber('TIDINGS_STREAM_REPLICAS', 1, 1, 5);
  const nc = await natsConnect({ ...serversAt(url), name: 'provision', timeout: 5_000 }).catch((error: Error) => {
    throw new Error(`NATS does not answer at NATS_URL (${error.message}). Start it, or unset NATS_URL to use the embedded one.`);
  });
  try {
    await provision(nc, { dedupWindowMs: dedupSeconds * 1000, replicas });
  } finally {
    await nc.close();
  }
}

function wholeNumber(name: string, fallback: number, min: number, max: number): number {
  const text = process.env[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max)
    throw new Error(`${name} must be a whole number from ${min} to ${max}, not "${text}".`);
  return value;
}

run().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
