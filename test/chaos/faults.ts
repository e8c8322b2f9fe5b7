import { setTimeout as sleep } from 'node:timers/promises';
import type { Publisher } from './publisher.js';
import type { ScriptedReceiver } from './scripted-receiver.js';
import type { Seeded } from './seeded.js';
import type { Supervisor } from './supervisor.js';

export interface Strike {
  supervisor: Supervisor;
  publisher: Publisher;
  receiver: ScriptedReceiver;
  random: Seeded;
}

/** One way to do harm, told by its name: `dispatch.settled`, `nats.kill`. */
export interface Fault {
  /** Before the first event. */
  prepare?: (strike: Pick<Strike, 'supervisor' | 'random'>) => Promise<void>;
  /** While events flow. Resolves when everything that was harmed is back. */
  strike: (strike: Strike) => Promise<void>;
  eventsPerSecond?: number;
}

/** How long after the last event a crash point may be reached. */
const REACHED_WITHIN_MS = 15_000;

/** SIGKILL at a crash point in the code, at one of its first `most` times. */
function crash(point: string, most: number): [string, Fault] {
  const [service = ''] = point.split('.');
  return [
    point,
    {
      prepare: ({ supervisor, random }) => supervisor.arm(service, point, random.between(1, most)),
      async strike({ supervisor, publisher }) {
        let endsAtMs = Infinity;
        void publisher.reached(1).then(() => (endsAtMs = Date.now() + REACHED_WITHIN_MS));
        const hasDied = await supervisor.revive(service, () => endsAtMs - Date.now());
        if (!hasDied) throw new Error(`${service} never got to ${point}: nothing was tried`);
      },
    },
  ];
}

/** Something at a moment that the seed chooses. */
function atAnyMoment(name: string, strike: (strike: Strike) => Promise<void>, eventsPerSecond?: number): [string, Fault] {
  return [
    name,
    {
      ...(eventsPerSecond === undefined ? {} : { eventsPerSecond }),
      async strike(all) {
        await all.publisher.reached(all.random.next() * 0.8 + 0.1);
        await strike(all);
      },
    },
  ];
}

const kill = (service: string): [string, Fault] => atAnyMoment(`${service}.kill`, ({ supervisor }) => supervisor.kill(service));

/** Every fault by name, in the order data flows. */
export const FAULTS: ReadonlyMap<string, Fault> = new Map([
  crash('gateway.accepted', 20),
  crash('ingestion.read', 150),
  crash('ingestion.stored', 150),
  crash('subscriptions.committed', 3),
  crash('subscriptions.published', 3),
  crash('dispatch.matched', 300),
  crash('dispatch.answered', 300),
  crash('dispatch.scheduled', 10),
  crash('dispatch.retry_stored', 10),
  crash('dispatch.settled', 300),
  crash('dispatch.lane_stored', 60),
  crash('dispatch.lane_emptied', 1),
  crash('dispatch.unacked', 100),
  [
    'dispatch.on_the_wire',
    {
      async strike({ supervisor, receiver, random }) {
        let left = random.between(1, 300);
        await new Promise<void>((resolve) => {
          receiver.onRequest = () => {
            if (--left === 0) resolve();
          };
        });
        await supervisor.kill('dispatch');
      },
    },
  ],
  crash('delivery-log.written', 25),
  crash('delivery-log.committed', 25),
  crash('delivery-log.replay_published', 40),
  ...['gateway', 'ingestion', 'subscriptions', 'dispatch', 'delivery-log'].map(kill),
  atAnyMoment('nats.kill', ({ supervisor, random }) => supervisor.killServer('nats', random.between(0, 3_000))),
  atAnyMoment('postgres.kill', ({ supervisor, random }) => supervisor.killServer('postgres', random.between(0, 3_000))),
  atAnyMoment('dispatch.restart', ({ supervisor }) => supervisor.restart('dispatch'), 200),
  atAnyMoment(
    'dispatch.swap',
    async ({ supervisor }) => {
      await supervisor.swap();
      await sleep(300);
      await supervisor.swap();
    },
    200,
  ),
  atAnyMoment('dispatch.standstill', ({ supervisor, random }) => supervisor.standStill(random.between(2_100, 2_900)), 200),
  // Longer than the server keeps a partition for a silent owner (3 s): another takes over what was not in hand yet.
  atAnyMoment('dispatch.freeze', ({ supervisor, random }) => supervisor.freeze(random.between(4_000, 6_000)), 200),
  // Longer than a message may be without ack (10 s), too: the other also gets what the frozen one has in hand.
  atAnyMoment('dispatch.long_freeze', ({ supervisor, random }) => supervisor.freeze(random.between(11_000, 13_000)), 200),
]);
