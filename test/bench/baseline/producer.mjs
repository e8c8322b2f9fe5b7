import { Queue } from 'bullmq';
import { serve } from '../forked.mjs';
import { nowMs } from '../statistics.mjs';

/** The baseline's CRM: adds a job for each event, one by one as events happen, as many without answer as our publisher has. */

const IN_FLIGHT_MAX = 256;
/** @type {Queue} */
let queue;

serve({
  connect: async ({ queueName, redisPort }) => {
    queue = new Queue(queueName, {
      connection: { host: '127.0.0.1', port: redisPort, enableAutoPipelining: true },
      defaultJobOptions: {
        attempts: 8,
        backoff: { type: 'exponential', delay: 5_000 },
        removeOnComplete: true,
        removeOnFail: { count: 1_000 },
      },
    });
    await queue.waitUntilReady();
  },
  burst: async ({ count, url, secret }) => {
    let n = 0;
    const worker = async () => {
      for (; n < count;) {
        const mine = n++;
        const event = {
          id: `evt_${mine}`,
          event: 'deal.won',
          timestamp: new Date().toISOString(),
          data: {
            id: `deal_${mine}`,
            title: 'Enterprise License',
            amount: 50_000,
            currency: 'USD',
            pipeline: 'Sales Pipeline',
            n: mine,
            sent_at: nowMs(),
          },
        };
        await queue.add('deliver', { event, url, secret });
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT_MAX }, worker));
  },
});
