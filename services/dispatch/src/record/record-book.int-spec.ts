import { jest } from '@jest/globals';
import { eventHeaders } from '#libs/contracts/src/crm-event';
import { valueFingerprint as fingerprint, recordKey, RECORDS_BUCKET } from '#libs/contracts/src/record-history';
import { consumerDefaults, ownedBy } from '#libs/contracts/src/streams';
import { partitionOf, subjects } from '#libs/contracts/src/subjects';
import type { WebhookState } from '#libs/contracts/src/webhook-state';
import { Consumption, done, later, type Delivered, type Verdict } from '#libs/jetstream/src/consume';
import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { provision } from '#libs/jetstream/src/provision';
import { readEvent } from '#libs/contracts/src/stored-event';
import { Publisher } from '#libs/jetstream/src/publisher';
import { headers, nanos } from '@nats-io/transport-node';
import { eventually } from '../../../../test/support/eventually.js';
import { testNats, type TestServer } from '../../../../test/support/servers.mjs';
import { ChangedPaths } from './changed-paths.js';
import { RecordBook, type Before } from './record-book.js';

jest.setTimeout(120_000);

const ACCOUNT = 'acc_records';
const PARTITION = partitionOf(ACCOUNT);
const CONSUMER = `dispatch-${PARTITION}`;

let nats: TestServer;
let outside: JetStreamConnection;
let outsidePublisher: Publisher;

beforeAll(async () => {
  nats = await testNats();
  outside = await JetStreamConnection.open(nats.url, 'test');
  await provision(outside.nc, { dedupWindowMs: 600_000, replicas: 1 });
  outsidePublisher = new Publisher(outside.nc);
  // An owner's unacked messages come back sooner than in production, but still after the next owner's first messages.
  await outside.jsm.consumers.update('EVENTS', CONSUMER, { ...consumerDefaults, ...ownedBy, ack_wait: nanos(5_000) });
});

afterAll(async () => {
  outsidePublisher.close();
  await outside.close();
  await nats.stop();
});

/** The published events in stored order, each with the record's value before it. */
const expected = new Map<number, string | undefined>();
const lastOf = new Map<string, string>();

async function publish(key: string, stage: string | undefined): Promise<number> {
  const head = headers();
  const id = `evt_${expected.size}`;
  head.set(eventHeaders.id, id);
  head.set(eventHeaders.timestamp, '2026-03-21T14:30:00Z');
  head.set(eventHeaders.key, key);
  const body = JSON.stringify({ stage });
  const { seq } = await outsidePublisher.publish(subjects.event(ACCOUNT, 'deal.updated'), body, { msgId: id, headers: head });
  expected.set(seq, lastOf.get(key));
  if (stage !== undefined) lastOf.set(key, fingerprint(stage));
  return seq;
}

const forever = new Promise<Verdict>(() => undefined);

/** A process that owns the partition, as far as records are concerned. */
class Owner {
  /** Each time that an event was compared, with what. */
  readonly comparisons: [seq: number, before: string | undefined][] = [];
  hasDied = false;
  private readonly book: RecordBook;
  private consumption: Consumption;

  private constructor(
    readonly connection: JetStreamConnection,
    private readonly publisher: Publisher,
  ) {
    const changedPaths = new ChangedPaths();
    changedPaths.add({ accountId: ACCOUNT, filter: { path: 'data.stage', op: 'changed' } } as WebhookState);
    const onProblem = (): void => undefined;
    this.book = new RecordBook(PARTITION, { connection, publisher, changedPaths, onProblem });
  }

  /** Null for `verdict`: it dies of the first message, with those behind it on their way. `isLost`: a message never arrives. */
  static async start(verdict: ((message: Delivered) => Promise<Verdict>) | null, isLost = () => false): Promise<Owner> {
    const connection = await JetStreamConnection.open(nats.url, 'owner');
    const owner = new Owner(connection, new Publisher(connection.nc));
    owner.consumption = new Consumption(connection.nc, {
      stream: 'EVENTS',
      consumer: CONSUMER,
      isOwned: true,
      inFlightMax: () => 50,
      handle: async (message) => {
        if (verdict === null) {
          owner.hasDied = true;
          void owner.kill();
          return forever;
        }
        if (isLost()) return forever;
        const before = await owner.before(message);
        const decided = await verdict(message);
        await before?.written;
        return decided;
      },
      onProblem: () => undefined,
    });
    return owner;
  }

  async before(message: Delivered): Promise<Before | null> {
    const event = readEvent({ ...message, seq: message.streamSeq, header: (name) => message.header(name) });
    const data = JSON.parse(Buffer.from(message.body).toString()) as Record<string, unknown>;
    const before = await this.book.before(event, message.consumerSeq, () => data);
    if (before !== null) this.comparisons.push([event.seq, before.fingerprints.get('data.stage')]);
    return before;
  }

  /** As a process that was killed: nothing in hand is answered any more. */
  async kill(): Promise<void> {
    await this.connection.nc.close();
    await this.consumption.stop(0);
    this.publisher.close();
  }

  /** As a process that stands still: it no longer asks, and still has what it has in hand. */
  async freeze(): Promise<void> {
    await this.consumption.stop(0);
  }

  /** Comparisons with another value than the one before it in the stream. */
  wrong(): unknown[] {
    return this.comparisons.filter(([seq, before]) => before !== expected.get(seq));
  }

  has(seq: number): boolean {
    return this.comparisons.some(([compared]) => compared === seq);
  }
}

/** Numbers that are the same in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
}

it('an event is compared with the one before it, for any owner, in any order, any number of times', async () => {
  const random = seeded(7);
  const verdict = async (): Promise<Verdict> => {
    const chance = random();
    if (chance < 0.15) return later(1 + random() * 200);
    return chance < 0.3 ? forever : done;
  };
  const owners: Owner[] = [];
  const publishSome = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n++) {
      const stage = random() < 0.2 ? undefined : `Stage ${Math.floor(random() * 4)}`;
      await publish(`deal:${Math.floor(random() * 20)}`, stage);
    }
  };
  // Fewer changes of a record than are kept: twenty records, three hundred events.
  for (let round = 0; round < 4; round++) {
    const dying = await Owner.start(null);
    await publishSome(25);
    await eventually(() => expect(dying.hasDied).toBe(true), 20_000);
    const owner = await Owner.start(verdict, () => random() < 0.1);
    owners.push(owner);
    await eventually(() => expect(owner.comparisons.length).toBeGreaterThan(10), 20_000);
    await publishSome(50);
    await eventually(() => expect(owner.comparisons.length).toBeGreaterThan(40), 20_000);
    await owner.kill();
  }
  const last = await Owner.start(async () => done);
  await eventually(async () => {
    const { num_pending, num_ack_pending } = await outside.jsm.consumers.info('EVENTS', CONSUMER);
    expect([num_pending, num_ack_pending]).toEqual([0, 0]);
  }, 30_000);
  expect([...owners, last].flatMap((owner) => owner.wrong())).toEqual([]);
  const compared = [...owners, last].flatMap((owner) => owner.comparisons.map(([seq]) => seq));
  // Some of them came several times.
  expect(compared.length).toBeGreaterThan(new Set(compared).size);
  await last.kill();
});

it('a late write of a past owner hides nothing that the present owner knows', async () => {
  const inHand: Delivered[] = [];
  const past = await Owner.start(async (message) => {
    inHand.push(message);
    return forever;
  });
  await publish('deal:late', 'A');
  await eventually(() => expect(inHand).toHaveLength(1));
  await past.freeze();
  const present = await Owner.start(async () => done);
  await publish('deal:late', 'B');
  const last = await publish('deal:late', 'C');
  await eventually(() => expect(present.has(last)).toBe(true), 20_000);
  // It wakes with a message in hand that tells of another change.
  const late = {
    ...inHand[0]!,
    streamSeq: last + 1,
    consumerSeq: inHand[0]!.consumerSeq + 1,
    body: Buffer.from('{"stage":"Z"}'),
  };
  await expect(past.before(late).then((before) => before?.written)).rejects.toThrow('wrong last sequence');
  const next = await publish('deal:late', 'C');
  await eventually(() => expect(present.has(next)).toBe(true));
  expect(present.wrong()).toEqual([]);
  expect(expected.get(next)).toBe(fingerprint('C'));
  await Promise.all([past.kill(), present.kill()]);
});

it('the bucket has fingerprints and no data, and is written only when a value changes', async () => {
  const owner = await Owner.start(async () => done);
  const written = async (): Promise<number> =>
    (await outside.jsm.streams.getMessage(`KV_${RECORDS_BUCKET}`, {
      last_by_subj: `$KV.${RECORDS_BUCKET}.${recordKey(ACCOUNT, 'deal:ann@example.com')}`,
    }))!.seq;
  await publish('deal:ann@example.com', 'Confidential');
  const first = await eventually(written, 20_000);
  const same = await publish('deal:ann@example.com', 'Confidential');
  await eventually(() => expect(owner.has(same)).toBe(true));
  expect(await written()).toBe(first);
  await publish('deal:ann@example.com', 'Public');
  await eventually(async () => expect(await written()).toBeGreaterThan(first));
  const message = await outside.jsm.streams.getMessage(`KV_${RECORDS_BUCKET}`, { seq: await written() });
  expect(message!.subject + message!.string()).not.toMatch(/Confidential|ann@|Public/);
  await owner.kill();
});
