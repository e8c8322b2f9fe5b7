import { createHmac, randomBytes } from 'node:crypto';
import { Agent } from 'undici';
import { serve } from './forked.mjs';

/** The ceiling, a process of its own: undici and two HMACs, nothing else. */

const CONCURRENCY = 64;
const agent = new Agent({ connections: CONCURRENCY, pipelining: 1 });
const secret = randomBytes(32);

serve({
  /** Requests a second. */
  run: async ({ url, count }) => {
    const { origin, pathname: path } = new URL(url);
    const startedAt = performance.now();
    let n = 0;
    const worker = async () => {
      for (; n < count;) {
        const mine = n++;
        const body = Buffer.from(
          `{"id":"evt_${mine}","event":"deal.won","timestamp":"2026-03-21T14:30:00.000Z","data":{"id":"deal_${mine}","title":"Enterprise License","amount":50000,"currency":"USD","pipeline":"Sales Pipeline","n":${mine}}}`,
        );
        const headers = {
          'content-type': 'application/json',
          'x-signature': createHmac('sha256', secret).update(body).digest('hex'),
          'webhook-signature': createHmac('sha256', secret).update(body).digest('base64'),
        };
        const answer = await agent.request({ origin, path, method: 'POST', headers, body });
        await answer.body.dump();
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
    return count / ((performance.now() - startedAt) / 1000);
  },
});
