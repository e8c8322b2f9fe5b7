import { toAnswer, toBody, toQuery } from './message.js';
import { loadProtos, rpcsIn } from './proto.js';
import { eventsAsText } from './raw-events.js';

const rpcs = new Map(rpcsIn(loadProtos()).map((rpc) => [rpc.name, rpc]));
const answer = (rpc: string, view: unknown) => toAnswer(rpcs.get(rpc)!.response, view);
const request = (rpc: string) => rpcs.get(rpc)!.request;
const body = (paths: string[], sent: object = {}) => toBody(request('UpdateWebhook'), { ...sent, update_mask: { paths } });

describe('an answer', () => {
  it('has a resource in its field, without nulls, with free-form JSON as text', () => {
    expect(answer('GetWebhook', { id: 'wh_1', filter: { all: [] }, description: null })).toEqual({
      webhook: { id: 'wh_1', filter_json: '{"all":[]}' },
    });
    expect(answer('GetEvent', { id: 'one', event: 'deal.won', data: null, deliveries: [{ id: 'dlv_1' }] })).toEqual({
      event: { id: 'one', event: 'deal.won' },
      deliveries: [{ id: 'dlv_1' }],
    });
  });

  it('has a secret beside its resource', () => {
    expect(answer('CreateWebhook', { id: 'wh_1', secret: 'x' })).toEqual({ webhook: { id: 'wh_1' }, secret: 'x' });
    expect(answer('CreateApiKey', { id: 'key_1', key: 'x' })).toEqual({ api_key: { id: 'key_1' }, key: 'x' });
  });

  it('has a page in its list, of messages or of texts', () => {
    const page = { data: [{ id: 'evt', changes: { a: 1 } }], next_cursor: 'more' };
    expect(answer('ListAuditEntries', page)).toEqual({
      entries: [{ id: 'evt', changes_json: '{"a":1}' }],
      next_cursor: 'more',
    });
    expect(answer('ListIpAddresses', { data: ['203.0.113.7'], next_cursor: null })).toEqual({ ip_addresses: ['203.0.113.7'] });
    expect(answer('PublishEvents', [{ id: 'one' }])).toEqual({ receipts: [{ id: 'one' }] });
  });

  it('is the view itself where the fields are the same, at every depth', () => {
    const clauses = [
      { pointer: '/filter', passes: true, actual: [1] },
      { pointer: '/filter', passes: false, actual: null },
    ];
    expect(answer('PreviewWebhook', { matches: true, pattern: null, filter: { passes: true, because: null, clauses } })).toEqual({
      matches: true,
      filter: {
        passes: true,
        clauses: [
          { pointer: '/filter', passes: true, actual_json: '[1]' },
          { pointer: '/filter', passes: false },
        ],
      },
    });
    expect(answer('ExplainEvent', { event_id: 'one', webhooks: [], rejection: null, next_cursor: null })).toEqual({
      event_id: 'one',
      webhooks: [],
    });
    expect(answer('DeleteWebhook', undefined)).toEqual({});
  });

  it('has the replay, or the preview, by the fields of the view', () => {
    const both = { webhook_id: 'wh_1', since: 'a', until: 'b', statuses: [], events: [], total: 1 };
    expect(answer('CreateReplay', { ...both, id: 'rpl_1', sent: 0 })).toEqual({ replay: { ...both, id: 'rpl_1', sent: 0 } });
    expect(answer('CreateReplay', { ...both, sample: [] })).toEqual({ preview: { ...both, sample: [] } });
  });
});

it('a list that may be null is a message, in which a list can be empty', () => {
  expect(answer('GetWebhook', { id: 'wh_1', data_fields: [], masked_fields: null })).toEqual({
    webhook: { id: 'wh_1', data_fields: { paths: [] } },
  });
  expect(toBody(request('CreateWebhook'), { data_fields: {}, masked_fields: { paths: ['data.a'] } })).toEqual({
    data_fields: [],
    masked_fields: ['data.a'],
  });
  expect(body(['data_fields', 'masked_fields'], { masked_fields: {} })).toEqual({ data_fields: null, masked_fields: [] });
});

it('a query is what HTTP would have: texts', () => {
  expect(toQuery({ limit: 5, status: ['active', 'paused'], unread: true })).toEqual({
    limit: '5',
    status: 'active,paused',
    unread: 'true',
  });
});

it('a body without a mask is what was sent', () => {
  const sent = { name: 'x', filter_json: 'null', update_mask: {} };
  expect(toBody(request('UpdateWebhook'), sent)).toEqual({ name: 'x', filter: null });
  expect(() => toBody(request('CreateWebhook'), { filter_json: '{' })).toThrow('/filter_json: is not valid JSON');
});

it('a mask picks exactly what it names, as empty where it was not sent', () => {
  const sent = { name: 'x', url: 'y', retry_policy: { jitter: 1, max_retries: 2 } };
  expect(body(['name'], sent)).toEqual({ name: 'x' });
  expect(body(['headers', 'events', 'filter_json', 'description'], sent)).toEqual({
    headers: {},
    events: [],
    filter: null,
    description: null,
  });
  expect(body(['retry_policy.jitter', 'retry_policy.intervals_seconds'], sent)).toEqual({
    retry_policy: { jitter: 1, intervals_seconds: [] },
  });
  expect(body(['retry_policy.jitter', 'retry_policy'], sent)).toEqual({ retry_policy: sent.retry_policy });
});

it('a mask cannot reach what is no field, and has a bound', () => {
  const reached = body(['__proto__', '__proto__.polluted', 'constructor.polluted', 'name.x', 'a.b.c', ''], { name: 'x' });
  expect(reached).toMatchObject({ name: { x: null }, a: { 'b.c': null }, '': null });
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  expect(Object.hasOwn(Object, 'polluted')).toBe(false);
  expect(() => body(['filter'])).toThrow('/filter: is called filter_json here');
  expect(() => body(Array.from({ length: 101 }, () => 'name'))).toThrow('at most 100 paths');
});

it("events are HTTP's body as text, whose data keeps its digits", () => {
  const event = { event: 'deal.won', data_json: '{"n":9007199254740993,"x":1.10}' };
  const text = '{"event":"deal.won","data":{"n":9007199254740993,"x":1.10}}';
  expect(eventsAsText(request('PublishEvent'), event)).toBe(text);
  expect(eventsAsText(request('PublishEvents'), { events: [event, { data_json: '{}' }] })).toBe(`[${text},{"data":{}}]`);
  expect(eventsAsText(request('PublishEvents'), {})).toBe('[]');
  const spliced = { events: [{ event: 'deal.won', data_json: '{}},{"event":"deal.won","data":{}' }] };
  expect(() => eventsAsText(request('PublishEvents'), spliced)).toThrow('/data_json: is not valid JSON');
});
