import { jest } from '@jest/globals';
import fc from 'fast-check';
import type { AttemptOutcome } from '../../services/dispatch/src/delivery/delivery.js';
import { Model } from './model.js';
import { MAX_RETRIES } from './process.js';
import { World, type Stream } from './world.js';

/** `npm run chaos` makes more of them. */
const HISTORIES = Number(process.env['TIDINGS_MODEL_HISTORIES'] ?? 10_000);

const STREAMS: Stream[] = ['EVENTS', 'RETRIES', 'LANES', 'REPLAYS'];

type Happening =
  | { kind: 'message'; stream: Stream; nth: number; crashAfter: number | null; busy: boolean; losesAck: boolean }
  | { kind: 'pause' | 'resume' | 'disable' | 'delete' }
  | { kind: 'take back' }
  | { kind: 'retry' | 'cancel'; behind: number }
  | { kind: 'time'; seconds: number }
  | { kind: 'clock jumps'; seconds: number };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('message' as const),
      stream: fc.constantFrom(...STREAMS),
      nth: fc.nat(3),
      crashAfter: fc.oneof({ weight: 2, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.nat(5) }),
      busy: fc.boolean(),
      losesAck: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('time' as const), seconds: fc.constantFrom(1, 61, 301, 1_801, 5_000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('clock jumps' as const), seconds: fc.constantFrom(-600, -5, 5, 600) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('pause' as const, 'resume' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('retry' as const, 'cancel' as const), behind: fc.nat(2) }) },
);
/** A replay can also be taken back. */
const happeningToReplay: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 16, arbitrary: happening },
  { weight: 1, arbitrary: fc.constant<Happening>({ kind: 'take back' }) },
);
const origin = fc.constantFrom('event' as const, 'replay' as const);
const lastWord: fc.Arbitrary<Happening> = fc.record({
  kind: fc.constantFrom('resume' as const, 'disable' as const, 'delete' as const),
});

const outcome: fc.Arbitrary<AttemptOutcome> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<AttemptOutcome>({ kind: 'succeeded', statusCode: 200 }) },
  { weight: 5, arbitrary: fc.constant<AttemptOutcome>({ kind: 'refused', statusCode: 500, retryAfterMs: null }) },
  { weight: 1, arbitrary: fc.constant<AttemptOutcome>({ kind: 'refused', statusCode: 503, retryAfterMs: 120_000 }) },
  { weight: 1, arbitrary: fc.constant<AttemptOutcome>({ kind: 'refused', statusCode: 410, retryAfterMs: null }) },
  { weight: 2, arbitrary: fc.constant<AttemptOutcome>({ kind: 'unreachable', reason: 'timeout' }) },
);

async function apply(world: World, one: Happening): Promise<void> {
  switch (one.kind) {
    case 'message': {
      const seqs = [...world.messages[one.stream].keys()];
      const seq = seqs[one.nth % seqs.length];
      if (seq === undefined) return;
      const { busy, losesAck } = one;
      return world.handle(one.stream, seq, {
        busy,
        losesAck,
        ...(one.crashAfter === null ? {} : { crashAfter: one.crashAfter }),
      });
    }
    case 'pause':
      if (world.status === 'active') world.status = 'paused';
      return;
    case 'resume':
      if (world.status !== null) world.status = 'active';
      return;
    case 'disable':
      if (world.status !== null) world.status = 'disabled';
      return;
    case 'delete':
      world.status = null;
      return;
    case 'retry':
    case 'cancel':
      return world.ask(one.kind, one.behind);
    case 'take back':
      return world.takeBack();
    case 'time':
      world.nowMs += one.seconds * 1_000;
      return world.look();
    case 'clock jumps':
      world.skewMs += one.seconds * 1_000;
  }
}

/** Lets everything that waits come to its end, without further faults. */
async function settle(world: World): Promise<void> {
  world.nowMs += 60_000;
  await world.look();
  for (let round = 0; round < 50; round++) {
    for (const stream of STREAMS) for (const seq of world.messages[stream].keys()) await world.handle(stream, seq);
    world.nowMs += 24 * 60 * 60 * 1_000;
    await world.look();
    // A replay that was taken back may have left only a fact. That look made a message from it again.
    if (STREAMS.every((stream) => world.messages[stream].size === 0)) return;
  }
  throw new Error('something waits for ever');
}

beforeAll(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'clearImmediate', 'nextTick', 'queueMicrotask', 'performance', 'hrtime'] });
});
afterAll(() => {
  jest.useRealTimers();
});

it('through any failures, crashes, redeliveries, pauses and requests by people, the log agrees with the model, and all comes to an end', async () => {
  await fc.assert(
    fc.asyncProperty(
      origin.chain((from) =>
        fc.tuple(fc.constant(from), fc.array(from === 'event' ? happening : happeningToReplay, { maxLength: 40 })),
      ),
      lastWord,
      fc.array(outcome, { minLength: 30, maxLength: 30 }),
      async ([from, history], word, outcomes) => {
        const model = new Model(MAX_RETRIES);
        const outcomesLeft = [...outcomes];
        const world = new World(model, from, () => outcomesLeft.shift() ?? { kind: 'succeeded', statusCode: 200 });
        let factsSeen = 0;
        for (const one of history) {
          await apply(world, one);
          // Without a new fact, neither the log nor the model has moved.
          if (world.facts.length === factsSeen) continue;
          factsSeen = world.facts.length;
          const { status, attempts } = world.log!;
          expect(`${status} ${attempts}`).toBe(`${model.status} ${model.attempts}`);
        }
        await apply(world, word);
        await settle(world);
        // The log has nothing only when the event made no delivery, or when nothing of the replay had begun.
        const mayHaveNone = world.isTakenBack || [null, 'disabled'].includes(world.status);
        expect(['success', 'failed', 'cancelled', ...(mayHaveNone ? [undefined] : [])]).toContain(world.log?.status);
        expect(world.automatic).toBeLessThanOrEqual(1 + MAX_RETRIES + world.unseen);
      },
    ),
    { numRuns: HISTORIES },
  );
}, 600_000);
