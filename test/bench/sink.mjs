import { createServer } from 'node:http';
import { serve } from './forked.mjs';
import { busiestSecond, nowMs, percentile } from './statistics.mjs';

/**
 * The receivers of the benchmark, a process of its own. A path is `/<group>/<webhook>`; what a group is answered with can be
 * set, and what it got is told and forgotten by `take`.
 */

/** The requests of a group of webhooks. */
class Group {
  requests = 0;
  /** Distinct deliveries: a webhook's path and the number of the event. */
  deliveries = 0;
  /** How far behind a later event one came at most, in events of the same webhook. */
  furthestBehind = 0;
  /** @type {number[]} */
  latencies = [];
  /** @type {number[]} */
  times = [];
  /** @type {Map<string, { seen: Set<number>, last: number }>} */
  webhooks = new Map();

  /**
   * @param {string} path
   * @param {string} body
   */
  add(path, body) {
    const atMs = nowMs();
    this.requests++;
    this.times.push(atMs);
    const number = Number(/"n":(\d+)/.exec(body)?.[1] ?? this.requests);
    let webhook = this.webhooks.get(path);
    if (!webhook) this.webhooks.set(path, (webhook = { seen: new Set(), last: number }));
    // A retry says nothing about latency or order.
    if (webhook.seen.has(number)) return;
    webhook.seen.add(number);
    this.deliveries++;
    this.furthestBehind = Math.max(this.furthestBehind, webhook.last - number);
    webhook.last = Math.max(webhook.last, number);
    const sentAt = /"sent_at":(\d+(?:\.\d+)?)/.exec(body)?.[1];
    if (sentAt) this.latencies.push(atMs - Number(sentAt));
  }

  told() {
    const { requests, deliveries, furthestBehind, latencies, times } = this;
    const seconds = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1000;
    return {
      requests,
      deliveries,
      furthestBehind,
      p50: percentile(latencies, 0.5),
      p99: percentile(latencies, 0.99),
      max: percentile(latencies, 1),
      firstAtMs: times[0] ?? 0,
      lastAtMs: times.at(-1) ?? 0,
      seconds,
      busiestSecond: busiestSecond(times),
    };
  }
}
/** @typedef {ReturnType<Group['told']>} Taken */

/** @type {Map<string, Group>} */
const groups = new Map();
/** @type {Map<string, 'answer' | 'fail' | 'hang'>} */
const behaviours = new Map();

/** @param {string} name */
function groupOf(name) {
  let group = groups.get(name);
  if (!group) groups.set(name, (group = new Group()));
  return group;
}

function listen() {
  const server = createServer((request, response) => {
    /** @type {Buffer[]} */
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const path = request.url ?? '/';
      const name = path.split('/')[1] ?? '';
      groupOf(name).add(path, Buffer.concat(chunks).toString('latin1'));
      const behaviour = behaviours.get(name);
      if (behaviour !== 'hang') response.writeHead(behaviour === 'fail' ? 500 : 200, { 'content-length': 0 }).end();
    });
  });
  server.keepAliveTimeout = 60_000;
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(/** @type {import('node:net').AddressInfo} */ (server.address()).port));
  });
}

serve({
  /** Two addresses: what ails the receivers at one must not be a matter of connections to the other. */
  listen: async () => ({ ports: [await listen(), await listen()] }),
  behave: ({ group, behaviour }) => void behaviours.set(group, behaviour),
  count: (group) => groupOf(group).deliveries,
  take: (name) => {
    const told = groupOf(name).told();
    groups.delete(name);
    return told;
  },
  /** Resolves when a group has so many deliveries, or after `withinMs`; with how many it has. */
  reached: ({ group, count, withinMs }) => {
    const endMs = nowMs() + withinMs;
    return new Promise((resolve) => {
      const timer = setInterval(() => {
        if (groupOf(group).deliveries < count && nowMs() < endMs) return;
        clearInterval(timer);
        resolve(groupOf(group).deliveries);
      }, 2);
    });
  },
});
