import fc from 'fast-check';
import { compileSchema } from './event-schema.js';
import { profiles } from './profiles.js';
import { renderBody } from './render-body.js';

const webhook = { id: 'wh_1', accountId: 'acc_1' };
const event = (data: string) => ({
  id: 'evt_1',
  type: 'deal.won',
  timestamp: '2026-03-21T14:30:00.000Z',
  data: Buffer.from(data),
});
const json = 'application/json' as const;
const form = 'application/x-www-form-urlencoded' as const;

describe('a JSON body', () => {
  it('has the fields of the envelope in their order, on one line', () => {
    const body = renderBody(
      ['event', 'timestamp', 'webhook_id', 'account_id', 'data'],
      event('{"a":1}'),
      webhook,
      json,
      null,
    ).toString();
    expect(body).toBe(
      '{"event":"deal.won","timestamp":"2026-03-21T14:30:00.000Z","webhook_id":"wh_1","account_id":"acc_1","data":{"a":1}}',
    );
  });

  it('carries the bytes of the data unchanged', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const body = renderBody(['id', 'event', 'timestamp', 'data'], event(text), webhook, json, null).toString();
        expect(body).toContain(`"data":${text}}`);
        expect(JSON.parse(body).data).toEqual(JSON.parse(text));
      }),
    );
  });
});

describe('a form body', () => {
  it('is bracket notation, as the documents show it', () => {
    const data =
      '{"first_name":"Jane","owner":{"id":"u 1"},"tags":["vip","a&b"],"amount":1.10,"big":12345678901234567890,"none":null,"ok":true}';
    expect(renderBody(['event', 'data'], event(data), webhook, form, null).toString()).toBe(
      'event=deal.won&data[first_name]=Jane&data[owner][id]=u+1&data[tags][0]=vip&data[tags][1]=a%26b&data[amount]=1.10&data[big]=12345678901234567890&data[none]=&data[ok]=true',
    );
  });

  it('decodes to the values that it was made from', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.string()), (record) => {
        const body = renderBody(['data'], event(JSON.stringify(record)), webhook, form, null).toString();
        const decoded = [...new URLSearchParams(body)].map(([, value]) => value);
        expect(decoded).toEqual(Object.values(record));
      }),
    );
  });
});

describe.each([...profiles.values()])('the profile $name', (profile) => {
  it('has a catalog of distinct event types, whose samples fit their schemas', () => {
    for (const type of profile.eventTypes) {
      expect(type.name).toMatch(/^[a-z0-9_]+(\.[a-z0-9_]+){1,7}$/);
      expect([type.name, compileSchema(type.schema!)(type.sample)]).toEqual([type.name, []]);
      expect(compileSchema(type.schema!)({ ...type.sample, something_more: { deep: [1] } })).toEqual([]);
    }
    expect(new Set(profile.eventTypes.map(({ name }) => name)).size).toBe(profile.eventTypes.length);
  });
});

it('finds decimal fractions to be the multiples that they are', () => {
  const check = compileSchema({ properties: { price: { type: 'number', multipleOf: 0.01 } } });
  for (const price of [19.99, 0.07, 1_000_000.29, 3]) expect([price, check({ price })]).toEqual([price, []]);
  for (const price of [19.999, 0.001]) expect(check({ price })).toHaveLength(1);
});

it.each([
  ['asan', 'X-Asan-Signature', [1, 10, 60], 10, 'previous_attempt', { afterFailures: null, action: 'pause' }],
  [
    'asistian',
    'X-Asistian-Signature',
    [5 / 60, 5, 30, 120, 300, 600, 840],
    15,
    'previous_attempt',
    { afterFailures: null, action: 'pause' },
  ],
  ['salesos', 'X-Webhook-Signature', [1, 5, 30, 120, 1440], 30, 'previous_attempt', { afterFailures: null, action: 'pause' }],
  ['easycrm', 'X-EasyCRM-Signature', [1, 5, 30], 30, 'previous_attempt', { afterFailures: 10, action: 'pause' }],
  [
    'automatenexus',
    'X-AutomateNexus-Signature',
    [1, 5, 30, 120, 1440],
    30,
    'first_failure',
    { afterFailures: null, action: 'disable' },
  ],
  ['standard', null, [5 / 60, 5, 30, 120, 300, 600, 840], 20, 'previous_attempt', { afterFailures: 50, action: 'pause' }],
] as const)(
  '%s promises its header, schedule, time-out and what follows failures',
  (name, header, minutes, timeout, countsFrom, autoPause) => {
    const profile = profiles.get(name)!;
    expect(profile.signatureHeader).toBe(header);
    expect(profile.retryPolicy.intervalsMs.map((ms) => ms / 60_000)).toEqual([...minutes]);
    expect(profile.retryPolicy).toMatchObject({ timeoutMs: timeout * 1000, countsFrom });
    expect(profile.autoPause).toEqual(autoPause);
  },
);

it.each([
  ['a reference to elsewhere', { $ref: 'https://example.com/schema' }, 'refers to another document'],
  ['a pattern that can explode', { properties: { a: { pattern: '(a+)+$' } } }, 'too complex'],
  ['a type that does not exist', { type: 'rocket' }, 'type'],
])('rejects a schema with %s, with a reason', (_name, schema, reason) => {
  expect(() => compileSchema(schema)).toThrow(reason);
});
