import { randomBytes } from 'node:crypto';
import { subjects } from '#libs/contracts/src/subjects';
import { connect } from '#libs/jetstream/src/connect';
import { Publisher } from '#libs/jetstream/src/publisher';
import { serve } from './forked.mjs';
import { nowMs, sleep } from './statistics.mjs';

/** The CRM of the benchmark, a process of its own: publishes events to NATS, each with an id, and waits for its PubAck. */

/** Without answer at most: as many as the baseline's producer has. */
const IN_FLIGHT_MAX = 256;
const run = randomBytes(4).toString('hex');
let next = 0;
/** @type {Publisher} */
let publisher;

/**
 * @param {string} accountId
 * @param {string} type
 * @param {number} n of this call, so that the sink sees an order
 */
function publish(accountId, type, n) {
  const body = `{"data":{"id":"deal_${n}","title":"Enterprise License","amount":50000,"currency":"USD","pipeline":"Sales Pipeline","n":${n},"sent_at":${nowMs()}}}`;
  return publisher.publish(`crm.${accountId}.${type}`, body, {
    msgId: `${accountId}:evt-${run}-${next++}`,
    giveUpAfterMs: 30_000,
  });
}

/**
 * As many as go through, in order. Returns the seconds until the last PubAck.
 *
 * @param {{ accountIds: string[], type: string, count: number }} what
 */
async function burst({ accountIds, type, count }) {
  const startedAt = performance.now();
  let n = 0;
  const worker = async () => {
    for (; n < count;) {
      const mine = n++;
      await publish(accountIds[mine % accountIds.length] ?? '', type, mine);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT_MAX }, worker));
  return (performance.now() - startedAt) / 1000;
}

/**
 * A steady rate for some seconds. Returns how many events that were.
 *
 * @param {{ accountIds: string[], type: string, rate: number, seconds: number }} what
 */
async function steady({ accountIds, type, rate, seconds }) {
  const startedAt = performance.now();
  const total = Math.max(1, Math.round(rate * seconds));
  /** @type {Promise<unknown>[]} */
  const publishing = [];
  for (let sent = 0; sent < total;) {
    const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1000) * rate) + 1);
    for (; sent < due; sent++) publishing.push(publish(accountIds[sent % accountIds.length] ?? '', type, sent));
    await sleep(1);
  }
  await Promise.all(publishing);
  return total;
}

/**
 * Retries that are due in an hour, as dispatch writes them: references that nobody looks up before.
 *
 * @param {{ accountIds: string[], partitions: number, count: number }} what
 */
async function waiting({ accountIds, partitions, count }) {
  const startedAt = performance.now();
  const dueAtMs = Date.now() + 3_600_000;
  let n = 0;
  const worker = async () => {
    for (; n < count;) {
      const mine = n++;
      const id = `${run}${String(mine).padStart(24, '0')}`;
      /** @type {import('#libs/contracts/src/waiting-delivery').WaitingDelivery} */
      const delivery = {
        v: 1,
        deliveryId: `dlv_${id}`,
        accountId: accountIds[mine % accountIds.length] ?? '',
        webhookId: `wh_${mine % 1_000}`,
        eventId: `evt_${id}`,
        eventType: 'deal.won',
        eventSeq: 1 + mine,
        createdAtMs: Date.now(),
        attempts: 1,
        manualAttempts: 0,
        firstFailedAtMs: Date.now(),
        lastAttemptAtMs: Date.now(),
        dueAtMs,
        trigger: 'schedule',
        reason: null,
        replayId: null,
        requestId: null,
      };
      const msgId = `${delivery.deliveryId}:2`;
      await publisher.publish(subjects.retry(mine % partitions, `wh_${mine % 1_000}`), JSON.stringify(delivery), {
        msgId,
        giveUpAfterMs: 30_000,
      });
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT_MAX }, worker));
  return (performance.now() - startedAt) / 1000;
}

serve({
  connect: async (natsUrl) => {
    publisher = new Publisher(await connect(natsUrl, 'bench'));
  },
  burst,
  steady,
  waiting,
});
