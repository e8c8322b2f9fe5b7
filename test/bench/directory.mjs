import { serve } from './forked.mjs';
import { median } from './statistics.mjs';

/** Dispatch's directory in a process of its own, so that its heap is only its own. */

const WEBHOOKS_PER_ACCOUNT = 100;
const EVENTS = 200_000;
const POINTER_BYTES = 8;
/** Webhooks of the account whose webhooks share a pattern; each has a filter on a pipeline. */
const FILTERED_PER_ACCOUNT = 5_000;
const PIPELINES = 1_000;
const FILTERED_EVENTS = 400;
const NOUNS = ['contact', 'company', 'deal', 'lead', 'task', 'note', 'invoice', 'ticket', 'meeting', 'product'];
const VERBS = ['created', 'updated', 'deleted', 'won', 'lost', 'paid'];
const TYPES = NOUNS.flatMap((noun) => VERBS.map((verb) => `${noun}.${verb}`));

/** @param {string} path in the build */
const built = (path) => import(new URL(`../../dist/services/dispatch/src/directory/${path}`, import.meta.url).href);
/** @type {typeof import('../../services/dispatch/src/directory/webhook-directory.js')} */
const { WebhookDirectory } = await built('webhook-directory.js');
/** @type {typeof import('../../services/dispatch/src/directory/webhook.js')} */
const { compileWebhook } = await built('webhook.js');

/** @param {number} n */
const accountId = (n) => `acc_${String(n).padStart(32, '0')}`;

/**
 * A webhook as an admin makes it: two types, some of them a pattern, every tenth with a filter.
 *
 * @param {number} n
 * @param {number} accounts
 * @returns {import('#libs/contracts/src/webhook-state').WebhookState}
 */
function state(n, accounts) {
  // Scattered, or the webhooks of an account would subscribe to the same few types.
  const type = (/** @type {number} */ k) => TYPES[(Math.imul(2 * n + k, 2_654_435_761) >>> 8) % TYPES.length] ?? '';
  const first = n % 20 === 0 ? `${type(0).split('.')[0]}.*` : type(0);
  return {
    v: 1,
    id: `wh_${String(n).padStart(32, '0')}`,
    accountId: accountId(n % accounts),
    revision: 1,
    deleted: false,
    isProbed: false,
    status: 'active',
    name: `Webhook ${n}`,
    events: [first, type(1)],
    filter:
      n % 10 === 0
        ? {
            all: [
              { path: 'data.amount', op: 'gte', value: 1_000 },
              { path: 'data.currency', op: 'eq', value: 'USD' },
            ],
          }
        : null,
    url: `https://receiver-${n}.example.com/webhooks`,
    method: 'POST',
    contentType: 'application/json',
    envelope: ['id', 'event', 'timestamp', 'data'],
    signatureHeader: null,
    dataKey: { kekId: 'k', wrapped: '' },
    headers: null,
    secrets: [],
    retryPolicy: {
      maxRetries: 2,
      intervalsMs: [5_000, 300_000],
      countsFrom: 'previous_attempt',
      timeoutMs: 10_000,
      jitterRatio: 0.1,
    },
    maxConcurrency: null,
    ratePerSecond: null,
    releaseRatePerSecond: null,
    failuresSinceRevision: 1,
    activeSinceMs: 1,
  };
}

/**
 * A webhook on every deal of one pipeline.
 *
 * @param {number} n
 * @param {number} accounts
 * @param {boolean} isFound by the value; else the same filter in other words, which must be evaluated
 * @returns {import('#libs/contracts/src/webhook-state').WebhookState}
 */
function filteredState(n, accounts, isFound) {
  const all = [
    { path: 'data.currency', op: /** @type {const} */ ('eq'), value: 'USD' },
    { path: 'data.pipeline', op: /** @type {const} */ ('eq'), value: `Pipeline ${Math.floor(n / accounts) % PIPELINES}` },
  ];
  return { ...state(n, accounts), events: ['deal.*'], filter: isFound ? { all } : { any: [{ all }] } };
}

function heapBytes() {
  for (let n = 0; n < 4; n++) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

/**
 * Measures the memory of a value that `make` makes. The value is kept until it has been measured.
 *
 * @template T
 * @param {() => T} make
 */
function sized(make) {
  const before = heapBytes();
  const made = make();
  return { made, bytes: heapBytes() - before };
}

/** @param {import('#libs/contracts/src/webhook-state').WebhookState[]} states */
function filled(states) {
  const directory = new WebhookDirectory(1, () => undefined);
  for (const [n, one] of states.entries()) directory.apply(one, n + 1, 0);
  return directory;
}

/**
 * Measures the memory of webhooks by themselves, and of the directory beyond that.
 *
 * @param {import('#libs/contracts/src/webhook-state').WebhookState[]} states
 */
function measuredDirectory(states) {
  // The first time flattens strings and compiles functions, which is no part of either.
  filled(states);
  const alone = sized(() => states.map((one) => compileWebhook(one, 0, 1))).bytes - states.length * POINTER_BYTES;
  const { made: directory, bytes } = sized(() => filled(states));
  return { directory, webhookBytes: alone / states.length, indexBytes: (bytes - alone) / states.length };
}

/**
 * @param {import('../../services/dispatch/src/directory/webhook-directory.js').WebhookDirectory} directory
 * @param {number} accounts
 */
function matchingFiltered(directory, accounts) {
  const event = { id: 'evt_1', type: 'deal.won', timestamp: '2026-03-21T14:30:00.000Z', storedAtMs: 2 };
  let matches = 0;
  const startedAt = process.cpuUsage();
  for (let n = 0; n < FILTERED_EVENTS; n++) {
    const data = { id: 'deal_1', amount: 50_000, currency: 'USD', pipeline: `Pipeline ${(n * 31) % PIPELINES}` };
    matches += directory.match({ ...event, accountId: accountId(n % accounts) }, () => data).length;
  }
  const { user, system } = process.cpuUsage(startedAt);
  return { us: (user + system) / FILTERED_EVENTS, matches: matches / FILTERED_EVENTS };
}

/**
 * @param {import('../../services/dispatch/src/directory/webhook-directory.js').WebhookDirectory} directory
 * @param {number} accounts
 */
function matching(directory, accounts) {
  const event = { accountId: '', id: 'evt_1', type: '', timestamp: '2026-03-21T14:30:00.000Z', storedAtMs: 2 };
  const accountIds = Array.from({ length: accounts }, (_, n) => accountId(n));
  const data = { id: 'deal_1', title: 'Enterprise License', amount: 50_000, currency: 'USD' };
  let matches = 0;
  // CPU time: others on the machine change it less than the clock's.
  const startedAt = process.cpuUsage();
  for (let n = 0; n < EVENTS; n++) {
    // Far apart in memory, as events of many accounts are.
    const next = { ...event, accountId: accountIds[(n * 617) % accounts] ?? '', type: TYPES[(n * 31) % TYPES.length] ?? '' };
    matches += directory.match(next, () => data).length;
  }
  const { user, system } = process.cpuUsage(startedAt);
  return { us: (user + system) / EVENTS, matches: matches / EVENTS };
}

serve({
  measure: ({ webhooks, rounds }) => {
    if (!globalThis.gc) throw new Error('needs --expose-gc');
    const accounts = Math.ceil(webhooks / WEBHOOKS_PER_ACCOUNT);
    const states = Array.from({ length: webhooks }, (_, n) => state(n, accounts));
    const { directory, webhookBytes, indexBytes } = measuredDirectory(states);
    matching(directory, accounts);
    const results = Array.from({ length: rounds }, () => matching(directory, accounts));
    const [{ matches } = { matches: 0 }] = results;
    return { matchUs: median(results.map(({ us }) => us)), matches, webhookBytes, indexBytes };
  },

  /** The same webhooks twice: found by the value that their filters require, and all evaluated. */
  measureFiltered: ({ webhooks, rounds }) => {
    const accounts = Math.ceil(webhooks / FILTERED_PER_ACCOUNT);
    const made = (/** @type {boolean} */ isFound) =>
      measuredDirectory(Array.from({ length: webhooks }, (_, n) => filteredState(n, accounts, isFound)));
    const [found, evaluated] = [made(true), made(false)];
    /** @type {{ found: { us: number, matches: number }, evaluated: { us: number, matches: number } }[]} */
    const results = [];
    for (let round = 0; round <= rounds; round++) {
      results.push({
        found: matchingFiltered(found.directory, accounts),
        evaluated: matchingFiltered(evaluated.directory, accounts),
      });
    }
    // The first round compiles.
    results.shift();
    if (results.some((result) => result.found.matches !== result.evaluated.matches))
      throw new Error('they do not match the same');
    return {
      perAccount: webhooks / accounts,
      matches: results[0]?.found.matches ?? 0,
      foundUs: median(results.map((result) => result.found.us)),
      evaluatedUs: median(results.map((result) => result.evaluated.us)),
      foundBytes: found.indexBytes,
      evaluatedBytes: evaluated.indexBytes,
    };
  },
});
