import fc from 'fast-check';
import { inspectJson } from './inspect-json.js';
import { elementTexts, memberTexts, onOneLine } from './parts.js';
import { endOfValue, skipSpace } from './scan.js';

/** JSON text with white space wherever it may stand. */
const spaced = (value: unknown): string => ` \n${JSON.stringify(value, null, 2).replaceAll(',\n', '\t,\n')}\r\n`;
const plainName = fc.string().filter((name) => name !== '__proto__');
const object = fc.dictionary(plainName, fc.jsonValue());

describe('the scanner', () => {
  it('finds the end of every value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string(), (value, rest) => {
        const text = JSON.stringify(value, null, 1);
        expect(endOfValue(`${text},${rest}`, 0)).toBe(text.length);
        expect(endOfValue(text, 0)).toBe(text.length);
      }),
    );
  });

  it('reads however deep a value is', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect(endOfValue(deep, skipSpace(deep, 0))).toBe(deep.length);
    expect(inspectJson(`{"a":${deep}}`).complaint).toBe('it is nested deeper than 32 levels');
  });

  it('finds the members that a parser finds', () => {
    fc.assert(
      fc.property(object, (members) => {
        const parsed = JSON.parse(spaced(members)) as Record<string, unknown>;
        const found = [...memberTexts(spaced(members))].map(([name, text]) => [name, JSON.parse(text)]);
        expect(Object.fromEntries(found)).toEqual(parsed);
      }),
    );
  });

  it('finds the elements that a parser finds', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (list) => {
        const text = spaced(list);
        expect(elementTexts(text)!.map((element) => JSON.parse(element) as unknown)).toEqual(JSON.parse(text));
      }),
    );
  });

  it.each(['{}', '1', 'null', '"["'])('finds no elements in %s', (text) => {
    expect(elementTexts(text)).toBeNull();
  });

  it.each(['[]', '1', 'null', '"{"'])('finds no members in %s', (text) => {
    expect(memberTexts(text).size).toBe(0);
  });

  it('keeps numbers, order and white space as they were written', () => {
    expect(elementTexts('[ 1.10 , 12345678901234567890,{"b":1, "a":1e2}]')).toEqual([
      '1.10',
      '12345678901234567890',
      '{"b":1, "a":1e2}',
    ]);
    expect(onOneLine('{\r\n  "a":\n"\\n"}')).toBe('{  "a":"\\n"}');
  });
});

describe('an inspection', () => {
  it('finds the text of each member of the outermost object', () => {
    fc.assert(
      fc.property(object, (given) => {
        const text = spaced(given);
        const { members } = inspectJson(text);
        const found = [...members].map(([name, { start, end }]) => [name, JSON.parse(text.slice(start, end)) as unknown]);
        expect(Object.fromEntries(found)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('names the first member that is given twice, of which the last counts', () => {
    const text = '{"a":1,"b":2,"\\u0062":3,"a":{"c":1,"c":2}}';
    const { members, repeated, complaint } = inspectJson(text);
    const { start, end } = members.get('a')!;
    expect({ repeated, complaint, a: text.slice(start, end) }).toEqual({ repeated: 'b', complaint: null, a: '{"c":1,"c":2}' });
  });

  it.each([
    ['{"a":[{"__proto__":1}]}', 'it has a member named "__proto__"'],
    ['{"a":{"\\u005f_proto__":1}}', 'it has a member named "__proto__"'],
    ['{"a":"\\u0000"}', 'it contains the character NUL (\\u0000)'],
    ['{"a":[1,"\\ud800"]}', 'it contains half of a surrogate pair (\\ud800–\\udfff)'],
    ['{"a":"\ud800"}', 'it contains half of a surrogate pair (\\ud800–\\udfff)'],
    [`{"a":${'['.repeat(32)}${']'.repeat(32)}}`, 'it is nested deeper than 32 levels'],
    ['{"a":"\\u0000","__proto__":1}', 'it contains the character NUL (\\u0000)'],
  ])('complains of %s', (text, complaint) => {
    expect(inspectJson(text).complaint).toBe(complaint);
  });

  it.each([
    '{"a":"__proto__"}',
    '{"a":"\\ud83d\\ude00 \\\\u0000 \\" \ud83d\ude00"}',
    `{"a":${'['.repeat(31)}${']'.repeat(31)}}`,
    '{"proto_____":1}',
  ])('does not complain of %s', (text) => {
    expect(inspectJson(text)).toMatchObject({ repeated: null, complaint: null });
  });
});
