import type { WebhookState } from '#libs/contracts/src/webhook-state';
import { Slots, type SlotFor } from './slots.js';
import type { AttemptOutcome } from '../delivery/delivery.js';
import { compileWebhook } from '../directory/webhook.js';
import { WebhookFlow } from './webhook-flow.js';

const accepted: AttemptOutcome = { kind: 'succeeded', statusCode: 200 };

function flowOf(change: Partial<WebhookState> = {}): WebhookFlow {
  return new WebhookFlow(compileWebhook(state(change), 0, 1));
}

function state(change: Partial<WebhookState>): WebhookState {
  return {
    v: 1, id: 'wh', accountId: 'acc', revision: 1, deleted: false,
    isProbed: false, status: 'active', name: '', events: ['*'], filter: null, url: '', method: 'POST',
    contentType: 'application/json', envelope: [], signatureHeader: null, dataKey: { kekId: '', wrapped: '' }, headers: null, secrets: [],
    retryPolicy: { maxRetries: 0, intervalsMs: [], countsFrom: 'previous_attempt', timeoutMs: 10_000, jitterRatio: 0 }, maxConcurrency: null, ratePerSecond: null,
    releaseRatePerSecond: null, failuresSinceRevision: 1, activeSinceMs: null, ...change,
  }; // prettier-ignore
}

/** So many replays that wait for their turn; `turns` are those that have it. */
function waiting(flow: WebhookFlow, count: number): boolean[] {
  const turns: boolean[] = [];
  for (let n = 0; n < count; n++) void flow.turnForReplay().then((hasTurn) => turns.push(hasTurn));
  return turns;
}

const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a replay', () => {
  it('takes a quarter of the slots, or one when there are fewer than four', async () => {
    for (const [maxConcurrency, share] of [
      [16, 4],
      [9, 2],
      [3, 1],
      [1, 1],
    ] as const) {
      const turns = waiting(flowOf({ maxConcurrency }), 20);
      await soon();
      expect(turns).toEqual(Array(share).fill(true));
    }
  });

  it('leaves one slot free for the next fresh event', async () => {
    const flow = flowOf({ maxConcurrency: 4 });
    for (let n = 0; n < 3; n++) flow.begin();
    const turns = waiting(flow, 2);
    await soon();
    expect(turns).toEqual([]);
    expect(flow.reasonToWait(Date.now())).toBeNull();
    flow.leave(accepted, 1, Date.now());
    await soon();
    expect(turns).toEqual([true]);
    expect(flow.reasonToWait(Date.now())).toBeNull();
  });

  it('waits for deliveries in the lane, deliveries in memory, and a person', async () => {
    const flow = flowOf({ maxConcurrency: 1 });
    flow.begin();
    const turns = waiting(flow, 1);
    const order: string[] = [];
    void flow.turnSoon().then(() => order.push('fresh'));
    void flow.turnForManual().then(() => order.push('by hand'));
    flow.waiting = 1;
    for (let n = 0; n < 2; n++) {
      flow.leave(accepted, 1, Date.now());
      await soon();
    }
    expect({ order, turns }).toEqual({ order: ['by hand'], turns: [] });
    flow.leaveLane();
    await soon();
    expect({ order, turns }).toEqual({ order: ['by hand', 'fresh'], turns: [] });
    flow.leave(accepted, 1, Date.now());
    await soon();
    expect(turns).toEqual([true]);
  });

  it('keeps to the rest of the rate', async () => {
    const flow = flowOf({ maxConcurrency: 64, ratePerSecond: 20 });
    const startedAtMs = performance.now();
    const times: number[] = [];
    await Promise.all(
      Array.from({ length: 6 }, async () => {
        expect(await flow.turnForReplay()).toBe(true);
        times.push(performance.now() - startedAtMs);
        flow.leave(accepted, 1, Date.now(), true);
      }),
    );
    // One of them may come early, as a pace that has fallen behind catches up.
    expect(times.at(-1)).toBeGreaterThan(190);
    expect(flow.paceMs(Date.now())).toBeGreaterThan(0);
  });

  it('is given back when its turn does not come, and at once when the webhook is paused', async () => {
    const flow = flowOf({ maxConcurrency: 1 });
    flow.begin();
    expect(await flow.turnForReplay()).toBe(false);
    expect(flow.replaysWanted(Date.now())).toBeGreaterThan(0);
    const turns = waiting(flow, 2);
    flow.change(compileWebhook(state({ status: 'paused' }), 0, 1));
    await soon();
    expect(turns).toEqual([false, false]);
    expect(flow.replaysWanted(Date.now())).toBe(0);
  });

  it('is not pulled while the receiver wants to be left alone, or while the lane is not empty', () => {
    const flow = flowOf();
    expect(flow.replaysWanted(Date.now())).toBeGreaterThan(0);
    flow.waiting = 1;
    expect(flow.replaysWanted(Date.now())).toBe(0);
    flow.waiting = 0;
    flow.begin();
    flow.leave({ kind: 'refused', statusCode: 429, retryAfterMs: 5_000 }, 1, Date.now());
    expect(flow.replaysWanted(Date.now())).toBe(0);
  });
});

describe('the slots of the process', () => {
  const take = async (slots: Slots, who: SlotFor, count: number): Promise<number> => {
    const taken = await Promise.all(Array.from({ length: count }, () => slots.acquire(who)));
    return taken.filter((slot) => slot !== null).length;
  };

  it('replays and suspects get a quarter each, and only what is free', async () => {
    const slots = new Slots(8);
    expect(await take(slots, 'replay', 8)).toBe(2);
    expect(await take(slots, 'suspect', 8)).toBe(2);
    expect(await take(slots, 'flow', 4)).toBe(4);
    slots.release('replay');
    void slots.acquire('flow');
    expect(await take(slots, 'replay', 1)).toBe(0);
    expect(slots.isFull).toBe(true);
  });
});
