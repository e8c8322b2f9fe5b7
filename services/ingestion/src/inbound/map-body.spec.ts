import fc from 'fast-check';
import type { InboundMapping } from '#libs/contracts/src/inbound-webhook-state';
import { externalIdOf } from './external-id.js';
import { mapBody } from './map-body.js';

const mapped = (text: string, mapping: InboundMapping | null): unknown => {
  const result = mapBody(text, mapping);
  return result.ok ? result.publication : result.refusal.reason;
};
const nothing = { id: null, source: null, type: null, time: null, key: null };

describe('a body', () => {
  it('without a mapping is the data, byte for byte', () => {
    const text = ' {"b":1.10, "a":12345678901234567890,"a":[1, 2]}\n';
    expect(mapped(text, null)).toEqual({ text, attributes: nothing });
  });

  it('gives one of its objects as it was written, with the attributes beside it', () => {
    const text = '{"event":{"id":"e1","at":"2026-03-21T14:30:00Z"},"object" : { "n": 1.10,\n "x":"}" } ,"customer":{"id":42}}';
    const mapping = { id: 'event.id', timestamp: 'event.at', key: 'customer.id', data: 'object' };
    expect(mapped(text, mapping)).toEqual({
      text: '{ "n": 1.10,\n "x":"}" }',
      attributes: { ...nothing, time: '2026-03-21T14:30:00Z', key: '42' },
    });
  });

  it('gives the picked fields in the order of the mapping, each as it was written', () => {
    const text = '{"a":{"big":12345678901234567890,"list":[ 1 ]},"none":null,"é":"\\u00e9"}';
    const data = { z: 'a.big', 'a"b': 'a.list', none: 'none', accent: 'é' };
    expect(mapped(text, { data })).toEqual({
      text: '{"z":12345678901234567890,"a\\"b":[ 1 ],"none":null,"accent":"\\u00e9"}',
      attributes: nothing,
    });
  });

  it('names every path of the mapping that leads nowhere', () => {
    const mapping = { id: 'id', key: 'a.b', timestamp: 'list.0', data: { x: 'y.z' } };
    expect(mapped('{"id":{},"a":{"b":null},"list":["2026"]}', mapping)).toBe(
      'the mapping finds no id at "id", no timestamp at "list.0", no key at "a.b", no data.x at "y.z"',
    );
    for (const text of ['[]', '1', 'null', '"{"']) expect(mapped(text, { data: 'a' })).toBe('the mapping finds no data at "a"');
  });

  it.each([
    ['1614265330', '2021-02-25T15:02:10.000Z'],
    ['1614265330123', '2021-02-25T15:02:10.123Z'],
    ['"1614265330"', '2021-02-25T15:02:10.000Z'],
    ['"2021-02-25T16:02:10+01:00"', '2021-02-25T16:02:10+01:00'],
    ['"yesterday"', 'yesterday'],
    ['1e300', '1e300'],
    ['"2026"', '2026'],
    ['2026', '2026'],
    ['" "', ' '],
    ['0', '0'],
    ['-1614265330', '-1614265330'],
    ['"0x60382d32"', '0x60382d32'],
  ])('has the time %s as %s', (written, time) => {
    expect(mapped(`{"at":${written}}`, { timestamp: 'at' })).toMatchObject({ attributes: { time } });
  });

  it('has at each path the value that a parser finds there', () => {
    const name = fc.string({ minLength: 1, maxLength: 3 }).filter((one) => !one.includes('.') && one !== '__proto__');
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof({ maxDepth: 4 }, fc.jsonValue(), fc.dictionary(name, tie('tree'), { maxKeys: 3 })),
    }));
    fc.assert(
      fc.property(fc.dictionary(name, tree, { minKeys: 1, maxKeys: 4 }), fc.array(fc.nat(), { maxLength: 4 }), (body, turns) => {
        let value: unknown = body;
        const path: string[] = [];
        for (const turn of [0, ...turns]) {
          if (typeof value !== 'object' || value === null || Array.isArray(value)) break;
          const names = Object.keys(value).filter((one) => one !== '' && one !== '__proto__' && !one.includes('.'));
          if (names.length === 0) break;
          path.push(names[turn % names.length]!);
          value = (value as Record<string, unknown>)[path.at(-1)!];
        }
        const result = mapBody(JSON.stringify(body, null, 1), { data: { found: path.join('.') } });
        const found: unknown = result.ok && JSON.parse(result.publication.text);
        expect(found).toEqual({ found: JSON.parse(JSON.stringify(value)) as unknown });
      }),
    );
  });
});

describe('an external id', () => {
  const of = (text: string, mapping: InboundMapping | null = null, headers: Record<string, string> = {}): string | null =>
    externalIdOf(headers, text, mapping)?.text ?? null;

  it('is the header’s, else the mapped field, else the digest of a body with an id, else null', () => {
    const text = '{"id":1,"event":{"id":"e1"}}';
    const mapping = { id: 'event.id' };
    expect(of(text, mapping, { 'webhook-id': 'msg_1' })).toBe('header\nmsg_1');
    expect(of(text, mapping)).toBe('field\ne1');
    expect(of(text)).toMatch(/^body\n[0-9a-f]{64}$/);
    expect(of('{"event":{"id":"e1"}}')).toBeNull();
    expect(of('[1]')).toBeNull();
    expect(of('{"id":null}')).toBeNull();
  });

  it('differs for long numbers that are one double, and for two changes of one record', () => {
    const mapping = { id: 'n' };
    expect(of('{"n":12345678901234567890}', mapping)).not.toBe(of('{"n":12345678901234567891}', mapping));
    expect(of('{"id":42,"stage":1}')).not.toBe(of('{"id":42,"stage":2}'));
    expect(of('{"id":42,"stage":1}')).toBe(of('{"id":42,"stage":1}'));
  });

  it('of an element of a list is its own, else its place in the list', () => {
    const list = (
      text: string,
      index: number,
      whole = '[…]',
      headers: Record<string, string> = {},
      mapping: InboundMapping | null = null,
    ) => externalIdOf(headers, text, mapping, { text: whole, index });
    const header = { 'webhook-id': 'msg_1' };
    expect([0, 1].map((index) => list('{}', index, '[]', header)?.text)).toEqual(['header\nmsg_1\n0', 'header\nmsg_1\n1']);
    expect(list('{"n":"e1"}', 3, '[]', {}, { id: 'n' })).toEqual({ text: 'field\ne1', isContent: false });
    expect(list('{"id":42}', 0)).toEqual(list('{"id":42}', 1));
    expect(list('{"n":1}', 0)).toMatchObject({ isContent: true });
    expect(list('{"n":1}', 0)).not.toEqual(list('{"n":1}', 1));
    expect(list('{"n":1}', 0)).not.toEqual(list('{"n":1}', 0, '[other]'));
  });
});
