import { RECORDS_BUCKET } from '#libs/contracts/src/record-history';
import { durableConsumers, KEPT_MS, streams } from '#libs/contracts/src/streams';
import { HEALTH_BUCKET } from '#libs/contracts/src/webhook-health';
import { Kvm } from '@nats-io/kv';
import { JetStreamApiError, jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';

/** The oldest server with pinned consumers, per-message TTL and `sync_interval: always`. */
const NATS_VERSION_MIN = [2, 12] as const;

/** Throws an Error that says what to do when the server is too old or has no JetStream. */
function checkServer(nc: NatsConnection): void {
  const version = versionOf(nc);
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [majorMin, minorMin] = NATS_VERSION_MIN;
  if (major < majorMin || (major === majorMin && minor < minorMin)) {
    throw new Error(`NATS ${version} is too old: Tidings needs nats-server ${majorMin}.${minorMin} or newer.`);
  }
  if (!nc.info?.jetstream)
    throw new Error('This NATS server runs without JetStream: start it with `-js` or a `jetstream {}` block.');
}

/**
 * Creates every stream and durable consumer, or updates those that exist. Reads back the stored configuration and throws when a
 * declared field differs: an old server ignores unknown fields.
 */
export async function provision(nc: NatsConnection, options: { dedupWindowMs: number; replicas: number }): Promise<void> {
  checkServer(nc);
  const jsm = await jetstreamManager(nc);
  for (const declaration of streams(options.dedupWindowMs, options.replicas, versionOf(nc))) {
    const stored = await jsm.streams
      .update(declaration.name, declaration)
      .catch((error: unknown) => (isNotFound(error) ? jsm.streams.add(declaration) : Promise.reject(error as Error)));
    compare(`stream ${declaration.name}`, declaration, stored.config);
  }
  const buckets = new Kvm(nc);
  await buckets.create(HEALTH_BUCKET, { history: 1, replicas: options.replicas });
  // A record's values are kept as long as the event that they came from.
  await buckets.create(RECORDS_BUCKET, { history: 1, replicas: options.replicas, ttl: KEPT_MS });
  await Promise.all(durableConsumers().map(({ stream, config }) => ensureConsumer(jsm, stream, config)));
}

async function ensureConsumer(jsm: JetStreamManager, stream: string, config: { durable_name: string }): Promise<void> {
  const existing = await jsm.consumers.info(stream, config.durable_name).catch((error: unknown) => {
    if (isNotFound(error)) return null;
    throw error;
  });
  const stored = existing
    ? await jsm.consumers.update(stream, config.durable_name, { ...existing.config, ...config })
    : await jsm.consumers.add(stream, config);
  compare(`consumer ${stream}/${config.durable_name}`, config, stored.config);
}

function compare(what: string, declared: object, stored: object): void {
  // A server leaves out what is 0.
  const storedText = (field: string, wanted: unknown): string | undefined =>
    JSON.stringify((stored as Record<string, unknown>)[field] ?? (wanted === 0 ? 0 : undefined));
  const differing = Object.entries(declared).filter(([field, wanted]) => storedText(field, wanted) !== JSON.stringify(wanted));
  if (differing.length > 0) {
    const fields = differing.map(([field, wanted]) => {
      return `${field} is ${storedText(field, wanted)}, wanted ${JSON.stringify(wanted)}`;
    });
    throw new Error(`The NATS server did not take the configuration of ${what}: ${fields.join('; ')}.`);
  }
}

function versionOf(nc: NatsConnection): string {
  return nc.info?.version ?? '0.0.0';
}

function isNotFound(error: unknown): boolean {
  return error instanceof JetStreamApiError && (error.code === 10059 || error.code === 10014);
}
