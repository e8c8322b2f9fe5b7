import { join } from 'node:path';
import { startRedis } from '../../../scripts/servers/redis.mjs';
import { Forked } from '../forked.mjs';
import { cacheDir } from '../start-platform.mjs';
import { until } from '../statistics.mjs';

const QUEUE = 'deliveries';
const WITHIN_MS = 120_000;

/**
 * The queue that a team would build without Tidings: BullMQ on Redis, with a producer and a worker process. Receivers and
 * PostgreSQL are those of the platform that it is compared with.
 */
export class Baseline {
  completed = 0;

  /**
   * @param {import('../platform.mjs').Platform} platform
   * @param {Awaited<ReturnType<typeof startRedis>>} redis
   * @param {Forked} producer
   * @param {Forked} worker
   */
  constructor(platform, redis, producer, worker) {
    this.platform = platform;
    this.redis = redis;
    this.producer = producer;
    this.worker = worker;
  }

  /**
   * @param {import('../platform.mjs').Platform} platform
   * @param {{ appendfsync: 'everysec' | 'always', say: (line: string) => void, stops: import('../stops.mjs').Stops }} options
   */
  static async start(platform, { appendfsync, say, stops }) {
    const redis = await startRedis({ dataDir: join(platform.folder, 'redis'), cacheDir, appendfsync, log: say });
    stops.add(() => redis.stop());
    const producer = new Forked('BullMQ producer', new URL('producer.mjs', import.meta.url));
    stops.add(() => producer.stop());
    const worker = new Forked('BullMQ worker', new URL('worker.mjs', import.meta.url));
    stops.add(() => worker.stop());
    // Where Redis may lose a second, PostgreSQL may, too: its rows wait for the disk only under `always`.
    const synchronousCommit = appendfsync === 'always' ? 'on' : 'off';
    const where = { redisPort: redis.port, queueName: QUEUE, databaseUrl: platform.postgres.url, synchronousCommit };
    await producer.call('connect', where);
    await worker.call('connect', where);
    return new Baseline(platform, redis, producer, worker);
  }

  /** @returns {import('../processes.mjs').Pids} */
  get pids() {
    return new Map([
      ['worker', this.worker.process.pid],
      ['redis', this.redis.process.pid],
      ['postgres', this.platform.postgres.process.pid],
      ['producer', this.producer.process.pid],
      ['sink', this.platform.receivers.forked.process.pid],
    ]);
  }

  /**
   * As many as go through.
   *
   * @param {number} count
   * @returns {Promise<{ rate: number, logged: number }>} deliveries a second, to the receiver and until each job is done
   */
  async burst(count) {
    const { receivers } = this.platform;
    await receivers.take('baseline');
    const startedAt = performance.now();
    const rateNow = () => count / ((performance.now() - startedAt) / 1000);
    const producing = this.producer.call('burst', { count, url: receivers.url('baseline'), secret: 'whsec_baseline' });
    await Promise.all([producing, receivers.receive('baseline', count, WITHIN_MS)]);
    const rate = rateNow();
    this.completed += count;
    const isDone = async () => (await this.worker.call('completed')) >= this.completed;
    await until(isDone, WITHIN_MS, () => 'BullMQ did not complete its jobs');
    return { rate, logged: rateNow() };
  }
}
