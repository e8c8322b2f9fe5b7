import { jest } from '@jest/globals';
import { consumerDefaults, ownedBy } from '#libs/contracts/src/streams';
import { Consumption, done, later } from '#libs/jetstream/src/consume';
import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { provision } from '#libs/jetstream/src/provision';
import { Publisher } from '#libs/jetstream/src/publisher';
import { eventually } from './support/eventually.js';
import { testNats, type TestServer } from './support/servers.mjs';

jest.setTimeout(60_000);

let nats: TestServer;
let connection: JetStreamConnection;
let publisher: Publisher;

beforeAll(async () => {
  nats = await testNats();
  connection = await JetStreamConnection.open(nats.url, 'test');
  await connection.jsm.streams.add({ name: 'TEST', subjects: ['test.>'], retention: 'workqueue', storage: 'file' });
  publisher = new Publisher(connection.nc);
});

afterAll(async () => {
  publisher.close();
  await connection.close();
  await nats.stop();
});

async function consumerFor(name: string): Promise<string> {
  await connection.jsm.consumers.add('TEST', {
    ...consumerDefaults,
    ...ownedBy,
    durable_name: name,
    filter_subject: `test.${name}.>`,
  });
  return name;
}

function consume(
  consumer: string,
  handle: ConstructorParameters<typeof Consumption>[1]['handle'],
  inFlightMax = 50,
): Consumption {
  const onProblem = (): void => undefined;
  return new Consumption(connection.nc, {
    stream: 'TEST',
    consumer,
    isOwned: true,
    inFlightMax: () => inFlightMax,
    handle,
    onProblem,
  });
}

describe('the publisher', () => {
  it('stores in the order of the calls, and recognises a duplicate', async () => {
    const stored = await Promise.all(
      Array.from({ length: 500 }, (_, n) => publisher.publish('test.order.x', `${n}`, { msgId: `order-${n}` })),
    );
    const seqs = stored.map(({ seq }) => seq);
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
    expect(await publisher.publish('test.order.x', '0', { msgId: 'order-0' })).toMatchObject({ seq: seqs[0], isDuplicate: true });
  });

  it('gives up when it is told to, with a clear error that says whether the message may be stored', async () => {
    await expect(publisher.publish('nobody.listens', 'x', { msgId: 'nobody', giveUpAfterMs: 300 })).rejects.toMatchObject({
      name: 'PublishFailed',
      isUnknown: false,
      message: expect.stringContaining('no stream takes this subject'),
    });
  });

  it('stores everything once when NATS is killed and comes back', async () => {
    const first = Array.from({ length: 200 }, (_, n) => publisher.publish('test.killed.x', `${n}`, { msgId: `killed-${n}` }));
    const killing = nats.killAndRestart(300);
    const during = Array.from({ length: 200 }, (_, n) => publisher.publish('test.killed.x', `${n}`, { msgId: `during-${n}` }));
    await killing;
    const after = Array.from({ length: 200 }, (_, n) => publisher.publish('test.killed.x', `${n}`, { msgId: `after-${n}` }));
    const stored = await Promise.all([...first, ...during, ...after]);
    expect(new Set(stored.map(({ seq }) => seq)).size).toBe(600);
  });
});

describe('a consumption', () => {
  it('acks finished messages, and redelivers the others later', async () => {
    const consumer = await consumerFor('verdicts');
    const seen: string[] = [];
    const consumption = consume(consumer, async (message) => {
      seen.push(message.subject);
      return message.subject.endsWith('later') && !message.isRedelivery ? later(100) : done;
    });
    await publisher.publish('test.verdicts.now', '', { msgId: 'verdict-1' });
    await publisher.publish('test.verdicts.later', '', { msgId: 'verdict-2' });
    await eventually(() => expect(seen).toEqual(['test.verdicts.now', 'test.verdicts.later', 'test.verdicts.later']));
    await consumption.stop(1_000);
    await eventually(async () => {
      const { num_ack_pending, num_pending } = await connection.jsm.consumers.info('TEST', consumer);
      expect([num_ack_pending, num_pending]).toEqual([0, 0]);
    });
  });

  it('never holds more messages than it was told to', async () => {
    const consumer = await consumerFor('bound');
    let most = 0;
    let inHand = 0;
    let handled = 0;
    const handle = async (): Promise<typeof done> => {
      most = Math.max(most, ++inHand);
      await new Promise((resolve) => setTimeout(resolve, 1));
      inHand--;
      handled++;
      return done;
    };
    const consumption = consume(consumer, handle, 5);
    await Promise.all(Array.from({ length: 300 }, (_, n) => publisher.publish('test.bound.x', '', { msgId: `bound-${n}` })));
    await eventually(() => expect(handled).toBe(300));
    expect(most).toBeLessThanOrEqual(5);
    await consumption.stop(1_000);
  });

  it('goes on when NATS is killed and comes back, and takes what others cannot', async () => {
    const consumer = await consumerFor('killed2');
    const seen = new Set<number>();
    const consumption = consume(consumer, async (message) => {
      seen.add(message.streamSeq);
      return done;
    });
    for (let round = 0; round < 3; round++) {
      const stored = await Promise.all(
        Array.from({ length: 100 }, (_, n) => publisher.publish('test.killed2.x', '', { msgId: `k2-${round}-${n}` })),
      );
      await eventually(() => expect(stored.filter(({ seq }) => !seen.has(seq))).toEqual([]), 15_000);
      await nats.killAndRestart(200);
    }
    await consumption.stop(1_000);
  });
});

describe('provisioning', () => {
  it('can be done again and again', async () => {
    // The test before has killed the server.
    await eventually(() => connection.nc.rtt());
    await provision(connection.nc, { dedupWindowMs: 600_000, replicas: 1 });
    await provision(connection.nc, { dedupWindowMs: 300_000, replicas: 1 });
    const { config } = await connection.jsm.streams.info('EVENTS');
    expect(config.duplicate_window).toBe(300_000 * 1_000_000);
  });
});
