import { toBody, toMessage, toQuery } from './message.js';

const body = (paths: string[], sent: object = {}) => toBody({ ...sent, update_mask: { paths } });

it('a view is a message whose free-form JSON is text', () => {
  expect(toMessage({ id: 'wh_1', filter: { all: [] }, schema: null })).toEqual({
    id: 'wh_1',
    filter_json: '{"all":[]}',
    schema: null,
  });
});

it('a list that may be null is a message, in which a list can be empty', () => {
  const view = { data_fields: [], masked_fields: null };
  expect(toMessage(view)).toEqual({ data_fields: { paths: [] }, masked_fields: null });
  expect(toBody({ data_fields: {}, masked_fields: { paths: ['data.a'] } })).toEqual({
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
  expect(toBody({ name: 'x', filter_json: 'null', update_mask: {} })).toEqual({ name: 'x', filter: null });
  expect(() => toBody({ filter_json: '{' })).toThrow('filter_json is not valid JSON');
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
  expect(() => body(['filter'])).toThrow('filter is called filter_json here');
  expect(() => body(Array.from({ length: 101 }, () => 'name'))).toThrow('at most 100 paths');
});
