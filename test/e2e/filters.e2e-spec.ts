import { jest } from '@jest/globals';
import type { EventView } from '#libs/api/src/event.dto';
import type { WebhookPreviewView } from '#libs/api/src/webhook-preview.dto';
import type { Filter } from '#libs/contracts/src/filter';
import { partitionOf } from '#libs/contracts/src/subjects';
import { jetstreamManager } from '@nats-io/jetstream';
import type { Api } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { usePlatform } from '../support/platform.js';
import { useReceiver } from '../support/receiver.js';

jest.setTimeout(120_000);

const platform = usePlatform();
const receiver = useReceiver();

type Data = Record<string, unknown>;

let ids = 0;

/** A webhook with a filter, on a path of its own; `received` tells the ids of the events that came to it, each once. */
async function filtered(api: Api, filter: Filter, events = ['*']): Promise<{ id: string; received: () => string[] }> {
  const path = `/filtered/${++ids}`;
  const { id } = await api.createWebhook({ url: receiver.urlOf(path), events, filter });
  return { id, received: () => [...new Set(receiver.at(path).map(({ headers }) => String(headers['webhook-id'])))] };
}

/** One after the other, so that they are stored in this order. */
async function published(api: Api, data: Data, event = 'deal.updated', key?: string): Promise<string> {
  const id = `evt_${++ids}`;
  await api.made('/events', { id, event, data, ...(key === undefined ? {} : { key }) });
  return id;
}

/** Dispatch has matched every event of the account's partition, and what matched has been delivered. */
async function settled(accountId: string): Promise<void> {
  const jsm = await jetstreamManager(platform.nc);
  await eventually(async () => {
    const info = await jsm.consumers.info('EVENTS', `dispatch-${partitionOf(accountId)}`);
    expect([info.num_pending, info.num_ack_pending]).toEqual([0, 0]);
  }, 30_000);
}

const preview = async (api: Api, body: object): Promise<WebhookPreviewView> => {
  const answer = await api.post<WebhookPreviewView>('/webhooks/preview', body);
  expect([answer.status, answer.body]).toEqual([200, expect.anything()]);
  return answer.body;
};

/** A filter, data that it lets through, and data that it does not, of a type of its own if that is what matters. */
const operators: [Filter, Data, Data, string?][] = [
  [{ path: 'data.pipeline', op: 'eq', value: 'Sales' }, { pipeline: 'Sales' }, { pipeline: 'Partners' }],
  [{ path: 'data.lead_id', op: 'eq', value: '12345' }, { lead_id: 12345 }, { lead_id: 12346 }],
  [{ path: 'data.owner', op: 'eq', value: null }, {}, { owner: 'Ann' }],
  [{ path: 'data.pipeline', op: 'ne', value: 'Sales' }, {}, { pipeline: 'Sales' }],
  [{ path: 'data.amount', op: 'gt', value: 1000 }, { amount: '50000.00' }, { amount: 1000 }],
  [{ path: 'data.amount', op: 'gte', value: 1000 }, { amount: 1000 }, { amount: 999.99 }],
  [{ path: 'data.amount', op: 'lt', value: '1000' }, { amount: '9.50' }, { amount: 'unknown' }],
  [{ path: 'data.closes_at', op: 'lte', value: '2026-03-21' }, { closes_at: '2026-03-20T23:59:59Z' }, { closes_at: '2026-03-21T00:00:00Z' }],
  [{ path: 'data.stage', op: 'in', value: ['Won', 'Lost'] }, { stage: 'Lost' }, { stage: 'Open' }],
  [{ path: 'data.tags', op: 'contains', value: 'vip' }, { tags: ['new', 'vip'] }, { tags: ['new'] }],
  [{ path: 'data.tags.name', op: 'contains', value: 'vip' }, { tags: [{ name: 'vip' }] }, { tags: [{ name: 'new' }] }],
  [{ path: 'data.title', op: 'contains', value: 'License' }, { title: 'Enterprise License' }, { title: 'Enterprise licence' }],
  [{ path: 'data.title', op: 'starts_with', value: 'Acme' }, { title: 'Acme Corp' }, { title: 'The Acme Corp' }],
  [{ path: 'data.items.0.sku', op: 'starts_with', value: 'A-' }, { items: [{ sku: 'A-1' }] }, { items: [{ sku: 'B-1' }, { sku: 'A-1' }] }],
  [{ path: 'data.phone', op: 'exists' }, { phone: null }, {}],
  [{ path: 'data.phone', op: 'exists', value: false }, {}, { phone: '+14165551234' }],
  [{ path: 'data.stage', op: 'changed' }, { previous_stage: 'Open', new_stage: 'Won' }, { old_stage: 'Won', stage: 'Won' }],
  [{ path: 'event', op: 'eq', value: 'deal.updated' }, {}, { event: 'deal.updated' }, 'deal.won'],
  [{ all: [{ path: 'data.a', op: 'eq', value: 1 }, { path: 'data.b', op: 'eq', value: 2 }] }, { a: 1, b: 2 }, { a: 1 }],
  [{ any: [{ path: 'data.a', op: 'eq', value: 1 }, { path: 'data.b', op: 'eq', value: 2 }] }, { b: 2 }, { a: 2, b: 1 }],
  [{ not: { path: 'data.test', op: 'eq', value: true } }, {}, { test: true }],
]; // prettier-ignore

it('every operator delivers exactly the matching events, as the preview says', async () => {
  const { account, api } = await platform.operator.createAccount('standard');
  const rows: { filter: Filter; received: () => string[]; passing: string; failing: string }[] = [];
  for (const [filter, passing, failing, type] of operators) {
    // All webhooks of the account see all events: each looks at those of its own row.
    const row = ++ids;
    const { received } = await filtered(api, { all: [{ path: 'data.row', op: 'eq', value: row }, filter] });
    const failingId = await published(api, { row, ...failing }, type);
    rows.push({ filter, received, failing: failingId, passing: await published(api, { row, ...passing }) });
  }
  await settled(account.id);
  for (const { filter, received, passing, failing } of rows) {
    expect([filter, received()]).toEqual([filter, [passing]]);
    for (const event_id of [passing, failing]) {
      // The log follows.
      await eventually(async () => expect((await api.get(`/events/${event_id}`)).status).toBe(200));
      const { matches } = await preview(api, { filter, event_id });
      expect([filter, matches]).toEqual([filter, event_id === passing]);
    }
  }
});

describe('a preview', () => {
  const filter = {
    all: [
      { path: 'data.pipeline', op: 'eq', value: 'Sales' },
      { path: 'data.amount', op: 'gte', value: 1000 },
      { not: { path: 'data.tags', op: 'contains', value: 'test' } },
    ],
  };

  it('explains each condition on given data, with a pointer to it', async () => {
    const { api } = await platform.operator.createAccount('standard');
    const data = { pipeline: 'Sales', amount: 250, tags: ['test'] };
    expect(await preview(api, { events: ['contact.*', 'deal.*'], filter, event: 'deal.won', data })).toEqual({
      matches: false,
      event: 'deal.won',
      event_id: null,
      subscribed: true,
      pattern: 'deal.*',
      filter: {
        passes: false,
        because: 'data.amount gte 1000 failed with 250',
        clauses: [
          { pointer: '/filter/all/0', clause: 'data.pipeline eq "Sales"', passes: true, actual: 'Sales' },
          { pointer: '/filter/all/1', clause: 'data.amount gte 1000', passes: false, actual: 250 },
          { pointer: '/filter/all/2/not', clause: 'data.tags contains "test"', passes: true, actual: ['test'] },
        ],
      },
    });
  });

  it("takes the catalog's sample without data, and without a filter lets everything through", async () => {
    const { api } = await platform.operator.createAccount('standard');
    const previewed = { event_id: null, subscribed: true, filter: null };
    expect(await preview(api, { event: 'deal.won' })).toEqual({ ...previewed, matches: true, event: 'deal.won', pattern: '*' });
    expect(await preview(api, { events: ['deal.lost'], event: 'deal.won' })).toMatchObject({
      matches: false,
      subscribed: false,
      pattern: null,
    });
    const sampled = await preview(api, { event: 'deal.won', filter: { path: 'data.title', op: 'exists' } });
    expect(sampled.filter!.clauses).toMatchObject([{ actual: 'Enterprise License', passes: true }]);
  });

  it("uses a webhook's own settings where none are given", async () => {
    const { api } = await platform.operator.createAccount('standard');
    const { id: webhook_id } = await api.createWebhook({ url: receiver.url, events: ['deal.won'], filter: filter as Filter });
    const data = { pipeline: 'Sales', amount: '1000.00' };
    const tried = { webhook_id, event: 'deal.won', data };
    expect(await preview(api, tried)).toMatchObject({
      matches: true,
      pattern: 'deal.won',
      filter: { passes: true, because: null },
    });
    expect(await preview(api, { ...tried, filter: null })).toMatchObject({ matches: true, filter: null });
    expect(await preview(api, { ...tried, data: {} })).toMatchObject({ matches: false });
    expect(await preview(api, { ...tried, events: ['deal.lost'] })).toMatchObject({ matches: false, subscribed: false });
  });

  it('compares a stored event with the earlier values of its record, and a sample with nothing', async () => {
    const { account, api } = await platform.operator.createAccount('standard');
    const changed: Filter = { path: 'data.stage', op: 'changed' };
    const events = [
      await published(api, { id: 7, stage: 'Open' }),
      await published(api, { id: 7, title: 'Another title' }),
      await published(api, { id: 7, stage: 'Open' }),
      await published(api, { id: 7, stage: 'Won' }, 'deal.won'),
      await published(api, { id: 8, stage: 'Lost' }),
    ];
    await settled(account.id);
    await eventually(async () => expect((await api.get(`/events/${events.at(-1)}`)).status).toBe(200));
    const previews = await Promise.all(events.map((event_id) => preview(api, { filter: changed, event_id })));
    expect(previews.map(({ filter: result }) => result!.because)).toEqual([
      'data.stage changed failed with "Open": no value before',
      'data.stage changed failed with nothing',
      'data.stage changed failed with "Open": the same as before',
      null,
      'data.stage changed failed with "Lost": no value before',
    ]);
    const sample = { filter: changed, event: 'deal.updated', data: { id: 7, stage: 'Lost' } };
    expect((await preview(api, sample)).filter!.because).toBe('data.stage changed failed with "Lost": no value before');
  });

  it('refuses settings that a webhook may not have, and unknown events', async () => {
    const { api } = await platform.operator.createAccount('standard');
    const { api: other } = await platform.operator.createAccount('standard');
    const { id: webhook_id } = await other.createWebhook({ url: receiver.url });
    const event_id = await published(other, {});
    await eventually(async () => expect((await other.get<EventView>(`/events/${event_id}`)).status).toBe(200));
    const refused: [object, number, string, string[]][] = [
      [{}, 422, 'validation_failed', ['/event']],
      [{ event: 'rocket.launched' }, 422, 'validation_failed', ['/event']],
      [{ event: 'deal.won', events: ['rocket.*'] }, 422, 'validation_failed', ['/events/0']],
      [{ event: 'deal.won', filter: { all: [{ path: 'x', op: 'is' }] } }, 422, 'validation_failed', ['/filter/all/0/path', '/filter/all/0/op']],
      [{ event_id: 'none', event: 'deal.won', data: {} }, 422, 'validation_failed', ['/event', '/data']],
      [{ event_id: 'none' }, 404, 'event_not_found', []],
      [{ event_id }, 404, 'event_not_found', []],
      [{ event: 'deal.won', webhook_id }, 404, 'webhook_not_found', []],
    ];
    for (const [body, status, code, pointers] of refused) {
      const answer = await api.post<{ code: string; errors?: { pointer: string }[] }>('/webhooks/preview', body);
      const told = [answer.status, answer.body.code, (answer.body.errors ?? []).map(({ pointer }) => pointer)];
      expect([body, ...told]).toEqual([body, status, code, pointers]);
    }
  }); // prettier-ignore
});

describe('changed', () => {
  const changed: Filter = { path: 'data.stage', op: 'changed' };

  it("passes events whose value differs from the record's last event with the field", async () => {
    const { account, api } = await platform.operator.createAccount('standard');
    const { received } = await filtered(api, changed);
    const publishing: [Data, boolean, string?, string?][] = [
      [{ id: 1, stage: 'Open' }, false],
      [{ id: 2, stage: 'Won' }, false],
      [{ id: 1, stage: 'Open' }, false],
      [{ id: 1, title: 'No stage' }, false],
      [{ id: 1, stage: 'Won' }, true],
      // An event of another type, which names the record in its own field.
      [{ id: 1, stage: 'Won' }, false, 'deal.won'],
      [{ id: 1, new_stage: 'Lost' }, true, 'deal.stage_changed'],
      [{ stage: 'Open' }, true, 'task.created', 'deal:1'],
      [{ id: 1, stage: null }, true],
      // An event's own previous value wins, and the next event is compared with its new value.
      [{ id: 1, previous_stage: 'Open', stage: 'Open' }, false],
      [{ id: 1, old_stage: 'Won', stage: 'Open' }, true],
      [{ id: 1, stage: 'Open' }, false],
      [{ stage: 'Open' }, false],
      [{ stage: 'Won' }, false],
    ];
    const expected: string[] = [];
    for (const [data, isExpected, type, key] of publishing) {
      const id = await published(api, data, type, key);
      if (isExpected) expected.push(id);
    }
    await settled(account.id);
    expect(received()).toEqual(expected);
  });

  it('begins with the events after the filter was made', async () => {
    const { account, api } = await platform.operator.createAccount('standard');
    await published(api, { id: 1, stage: 'Open' });
    await settled(account.id);
    const { received } = await filtered(api, changed);
    await published(api, { id: 1, stage: 'Won' });
    const lost = await published(api, { id: 1, stage: 'Lost' });
    await settled(account.id);
    expect(received()).toEqual([lost]);
  });

  it('means the same after crashes, and under every owner of the partition', async () => {
    const { account, api } = await platform.operator.createAccount('standard');
    const { received } = await filtered(api, changed);
    // Answers take their time, so that there is always something in hand.
    receiver.answer = (_request, response) => void setTimeout(() => response.writeHead(200).end(), 150);
    const expected: string[] = [];
    const stages = new Map<number, string>();
    let publishedCount = 0;
    const publishSome = async (count: number): Promise<void> => {
      for (let n = 0; n < count; n++) {
        // Seven records, each of which stays in a stage for one, two or three events.
        const record = ++publishedCount % 7;
        const stage = `Stage ${Math.floor(publishedCount / (7 * (1 + (record % 3))))}`;
        const id = await published(api, { id: record, stage });
        if ((stages.get(record) ?? stage) !== stage) expected.push(id);
        stages.set(record, stage);
      }
    };
    for (let round = 0; round < 2; round++) {
      await publishSome(15);
      const killing = platform.service('dispatch').kill();
      await publishSome(15);
      await killing;
      platform.service('dispatch').start();
      await publishSome(15);
    }
    await platform.service('dispatch').ready();
    const second = await platform.addDispatch();
    await publishSome(20);
    await platform.service('dispatch').kill();
    await publishSome(20);
    await settled(account.id);
    // Matched events may still wait in the lane of the dispatch that was killed.
    await eventually(() => expect(received().toSorted()).toEqual(expected.toSorted()), 30_000);
    expect(expected.length).toBeGreaterThan(30);
    expect(expected.length).toBeLessThan(publishedCount - 30);
    platform.service('dispatch').start();
    await platform.service('dispatch').ready();
    await second.stop();
  });
});
