import fc from 'fast-check';
import type { DataRules } from '#libs/contracts/src/data-rules';
import { compileDataRules, underRules } from './data-rules.js';
import { renderBody } from './render-body.js';

const ruled = (text: string, rules: DataRules): string => underRules(Buffer.from(text), compileDataRules(rules)!).toString();

describe('a rule of kept fields keeps', () => {
  it.each([
    ['a field', ['data.a'], '{"a":1,"b":2}', '{"a":1}'],
    ['everything below it', ['data.a'], '{"b":1,"a":{ "x" : [1, {}] }}', '{"a":{ "x" : [1, {}] }}'],
    ['what it is in, and nothing beside it', ['data.a.x'], '{"a":{"w":0,"x":1,"y":2},"b":3}', '{"a":{"x":1}}'],
    ['nothing without a path', [], '{"a":1}', '{}'],
    ['nothing of a path that is not there', ['data.b', 'data.a.x', 'data.c.d.e'], '{"a":1,"c":{"d":{}}}', '{}'],
    ['each element of a list', ['data.a.x'], '{"a":[{"x":1,"y":2},{"x":3}],"b":1}', '{"a":[{"x":1},{"x":3}]}'],
    ['no element that does not have it', ['data.a.x'], '{"a":[{"y":1},2,{"x":3},null],"b":[{"x":1}]}', '{"a":[{"x":3}]}'],
    ['a list in a list', ['data.a.x'], '{"a":[[{"x":1,"y":2}],[[{"x":3}]],[4]]}', '{"a":[[{"x":1}],[[{"x":3}]]]}'],
    ['one element', ['data.a.1'], '{"a":[1,2,3]}', '{"a":[2]}'],
    ['of one element all, of the others a field', ['data.a.0', 'data.a.x'], '{"a":[{"w":1},{"w":2,"x":3}]}', '{"a":[{"w":1},{"x":3}]}'],
    ['a name that looks like a number', ['data.a.0'], '{"a":{"0":1,"1":2}}', '{"a":{"0":1}}'],
    ['the longer and the shorter of two paths', ['data.a.x', 'data.a'], '{"a":{"x":1,"y":2}}', '{"a":{"x":1,"y":2}}'],
    ['what is empty', ['data.a', 'data.b'], '{"a":{},"b":[ ],"c":{}}', '{"a":{},"b":[ ]}'],
    ['a name however it is written', ['data.email'], '{"\\u0065mail":1,"email\\u0020":2}', '{"\\u0065mail":1}'],
    ['each of several with one name', ['data.a.x'], '{"a":{"x":1,"x":2},"b":0,"a":{"x":3,"y":4}}', '{"a":{"x":1,"x":2},"a":{"x":3}}'],
    ['white space with what it stands beside', ['data.b', 'data.d'], '{ "a": 1, "b" : 2 , "c": 3, "d": 4 }', '{ "b" : 2 , "d": 4 }'],
    ['nothing that objects in JavaScript have', ['data.constructor', 'data.toString'], '{"a":1}', '{}'],
  ])('%s', (_what, dataFields, text, expected) => {
    expect(ruled(text, { dataFields })).toBe(expected);
  }); // prettier-ignore
});

describe('a rule of masked fields masks', () => {
  it.each([
    ['a field', ['data.a'], '{"a":1,"b":2}', '{"a":"***","b":2}'],
    ['whatever it is', ['data.a', 'data.b', 'data.c'], '{"a":null,"b":{"x":[]},"c":[1]}', '{"a":"***","b":"***","c":"***"}'],
    ['nothing of a path that is not there', ['data.b', 'data.a.x'], '{"a":1}', '{"a":1}'],
    ['nothing without a path', [], '{"a":1}', '{"a":1}'],
    ['each element of a list', ['data.a.x'], '{"a":[{"x":1},[{"x":2}],3]}', '{"a":[{"x":"***"},[{"x":"***"}],3]}'],
    ['one element', ['data.a.1'], '{"a":[1,2,3]}', '{"a":[1,"***",3]}'],
    ['a name however it is written', ['data.email'], '{"\\u0065m\\u0061il":"x"}', '{"\\u0065m\\u0061il":"***"}'],
    ['each of several with one name', ['data.a'], '{"a":1,"b":2,"a":{"c":3}}', '{"a":"***","b":2,"a":"***"}'],
    ['a text with quotes and brackets', ['data.a'], '{"a":"\\"}],\\\\","b":"{\\"a\\":1}"}', '{"a":"***","b":"{\\"a\\":1}"}'],
  ])('%s', (_what, maskedFields, text, expected) => {
    expect(ruled(text, { maskedFields })).toBe(expected);
  });

  it.each([
    ['what is kept', ['data.a', 'data.c'], ['data.a.x', 'data.b'], '{"a":{"x":1,"y":2},"b":3,"c":4}', '{"a":{"x":"***","y":2},"c":4}'],
    ['what a kept field is in', ['data.a.x'], ['data.a'], '{"a":{"x":1}}', '{"a":"***"}'],
    ['nothing that is not kept', ['data.a.x'], ['data.a'], '{"a":{"y":1}}', '{}'],
  ])('%s', (_what, dataFields, maskedFields, text, expected) => {
    expect(ruled(text, { dataFields, maskedFields })).toBe(expected);
  }); // prettier-ignore
});

it('leaves the rest of the body as it is without rules, in JSON and in a form', () => {
  const event = { id: 'evt_1', type: 'deal.won', timestamp: '2026-03-21T14:30:00.000Z' };
  const data = Buffer.from('{"amount":1.10,"rate":1e2,"big":12345678901234567890,"contact":{"email":"jane@example.com","id":7}}');
  const rules = compileDataRules({
    dataFields: ['data.amount', 'data.big', 'data.contact'],
    maskedFields: ['data.contact.email'],
  });
  const body = (contentType: 'application/json' | 'application/x-www-form-urlencoded'): string =>
    renderBody(['event', 'data'], { ...event, data }, { id: 'wh_1', accountId: 'acc_1' }, contentType, rules).toString();
  expect(body('application/json')).toBe(
    '{"event":"deal.won","data":{"amount":1.10,"big":12345678901234567890,"contact":{"email":"***","id":7}}}',
  );
  expect(body('application/x-www-form-urlencoded')).toBe(
    'event=deal.won&data[amount]=1.10&data[big]=12345678901234567890&data[contact][email]=***&data[contact][id]=7',
  );
  expect(data.toString()).toContain('jane@example.com');
});

it('compiles to null without rules', () => {
  expect(compileDataRules({})).toBeNull();
  expect(compileDataRules({ dataFields: [] })).not.toBeNull();
});

/** Few names, so that paths and members often meet; written in many ways. */
const names = ['a', 'b', 'email', '0', '1', '\u00e9', 'x"y\\'];
const anyName = fc.constantFrom(...names);
const anyPaths = fc.array(
  fc.array(anyName, { minLength: 1, maxLength: 4 }).map((segments) => ['data', ...segments].join('.')),
  { maxLength: 6 },
);

/** A value as it was parsed. Objects are lists of pairs, which may have one name twice. */
type Tree = { members: [string, Tree][] } | { elements: Tree[] } | { scalar: string };

const anyScalar = fc.oneof(
  fc.string().map((text) => JSON.stringify(text)),
  fc.constantFrom('1.10', '1e2', '-0', '12345678901234567890', 'true', 'null', '"\\u0041"', '"}]\\""'),
);

const anyTree = fc.letrec<{ tree: Tree; object: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    anyScalar.map((scalar) => ({ scalar })),
    tie('object'),
    fc.array(tie('tree'), { maxLength: 4 }).map((elements) => ({ elements })),
  ),
  object: fc.array(fc.tuple(anyName, tie('tree')), { maxLength: 5 }).map((members) => ({ members })),
})).object;

/** Between two tokens. */
const anySpace = fc.constantFrom('', '', '', ' ', '\t ');
const anySpelling = fc.infiniteStream(fc.record({ space: anySpace, isEscaped: fc.boolean() }));
type Spelling = Iterator<{ space: string; isEscaped: boolean }>;

function written(tree: Tree, spelling: Spelling): string {
  const space = (): string => spelling.next().value!.space;
  if ('scalar' in tree) return tree.scalar;
  if ('elements' in tree) {
    const elements = tree.elements.map((element) => `${space()}${written(element, spelling)}${space()}`);
    return `[${elements.join(',') || space()}]`;
  }
  const members = tree.members.map(([name, value]) => {
    const escaped = [...name].map((char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
    const key = spelling.next().value!.isEscaped ? `"${escaped}"` : JSON.stringify(name);
    return `${space()}${key}${space()}:${space()}${written(value, spelling)}${space()}`;
  });
  return `{${members.join(',') || space()}}`;
}

/** Applies the rules to a parsed value, path by path, in the simplest way; undefined when nothing is left. */
function leftOf(tree: Tree, { dataFields, maskedFields = [] }: DataRules): Tree {
  const split = (paths: string[]): string[][] => paths.map((path) => path.split('.').slice(1));
  const of = (value: Tree, kept: string[][] | null, masked: string[][]): Tree | undefined => {
    const isWhole = kept === null || kept.some((path) => path.length === 0);
    const inner = isWhole ? null : kept;
    let rest: Tree | undefined;
    if ('scalar' in value) rest = isWhole ? value : undefined;
    else if ('elements' in value) {
      const elements = value.elements.flatMap((element, n) => {
        const below = (paths: string[][]): string[][] =>
          paths.flatMap((path) => (path.length === 0 ? [] : path[0] === String(n) ? [path.slice(1)] : /^\d+$/.test(path[0]!) ? [] : [path]));
        return of(element, inner && below(inner), below(masked)) ?? [];
      });
      rest = isWhole || elements.length > 0 ? { elements } : undefined;
    } else {
      const members = value.members.flatMap(([name, member]): [string, Tree][] => {
        const below = (paths: string[][]): string[][] => paths.flatMap((path) => (path[0] === name ? [path.slice(1)] : []));
        const left = of(member, inner && below(inner), below(masked));
        return left === undefined ? [] : [[name, left]];
      });
      rest = isWhole || members.length > 0 ? { members } : undefined;
    }
    const isMasked = rest !== undefined && masked.some((path) => path.length === 0);
    return isMasked ? { scalar: '"***"' } : rest;
  };
  return of(tree, dataFields ? split(dataFields) : null, split(maskedFields)) ?? { members: [] };
} // prettier-ignore

const plain = (tree: Tree): string => written(tree, (function* () { while (true) yield { space: '', isEscaped: false }; })()); // prettier-ignore
const anyRules = fc.record({ dataFields: anyPaths, maskedFields: anyPaths }, { requiredKeys: [] });

describe('for any data, however it is written, and any rules', () => {
  it('sends what the rules leave of the parsed value', () => {
    fc.assert(
      fc.property(anyTree, anySpelling, anyRules, (tree, spelling, rules) => {
        const compiled = compileDataRules(rules);
        fc.pre(compiled !== null);
        const sent = underRules(Buffer.from(written(tree, spelling)), compiled).toString();
        expect(withoutSpace(sent)).toBe(plain(leftOf(tree, rules)));
      }),
      { numRuns: 2_000 },
    );
  });

  it('sends slices of the text in their order', () => {
    fc.assert(
      fc.property(anyTree, anySpelling, anyRules, (tree, spelling, rules) => {
        const text = written(tree, spelling);
        const compiled = compileDataRules(rules);
        fc.pre(compiled !== null);
        let at = 0;
        // Tokens: what is sent leaves some out, and never changes or moves one.
        const tokens = (json: string): string[] => json.match(/"(?:[^"\\]|\\.)*"|[^\s"]/gu) ?? [];
        const all = tokens(text);
        for (const token of tokens(underRules(Buffer.from(text), compiled).toString())) {
          if (token === '"***"' || ',{}[]:'.includes(token)) continue;
          while (at < all.length && all[at] !== token) at++;
          expect([token, at < all.length]).toEqual([token, true]);
          at++;
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('sends nothing of a value that is masked or not kept', () => {
    const anySecret = fc.string({ minLength: 1 }).map((text) => JSON.stringify(`canary ${text}`));
    fc.assert(
      fc.property(anyTree, anySpelling, anyName, anySecret, fc.boolean(), (tree, spelling, name, secret, isMasked) => {
        const hidden: Tree = {
          members: [['deep', { elements: [{ scalar: secret }, { members: [['k', { scalar: secret }]] }] }]],
        };
        const members = (tree as { members: [string, Tree][] }).members.filter(([one]) => one !== name);
        const text = written({ members: [[name, hidden], ...members, [name, { scalar: secret }]] }, spelling);
        const others = names.filter((one) => one !== name).map((one) => `data.${one}`);
        const sent = ruled(text, isMasked ? { maskedFields: [`data.${name}`] } : { dataFields: others });
        expect(sent).not.toContain('canary');
        for (const [one, value] of members) expect(withoutSpace(sent)).toContain(`${JSON.stringify(one)}:${plain(value)}`);
      }),
      { numRuns: 500 },
    );
  });
});

/** The same tokens without what stands between them, and names as JSON.stringify writes them. */
function withoutSpace(json: string): string {
  return json.replace(/("(?:[^"\\]|\\.)*")(\s*:)?|\s+/g, (_all, text: string | undefined, colon: string | undefined) =>
    text === undefined ? '' : colon === undefined ? text : `${JSON.stringify(JSON.parse(text))}:`,
  );
}

it('reads each character a bounded number of times', () => {
  const wide = (count: number) => `{"a":[${Array.from({ length: count }, (_, n) => `{"x":${n},"y":"${n}"}`).join(',')}]}`;
  const deep = (count: number) =>
    `${'{"a":['.repeat(15)}${Array.from({ length: count }, (_, n) => n).join(',')}${']}'.repeat(15)}`;
  const paths = Array.from({ length: 100 }, (_, n) => `data${'.a'.repeat(n % 10)}.${n}`);
  const rules = { dataFields: ['data.a.x', ...paths.slice(1)], maskedFields: ['data.a.y', ...paths.slice(1)] };
  const readsOfEach = [wide(20_000), deep(50_000)].map((text) => charactersRead(() => ruled(text, rules)) / text.length);
  expect(Math.max(...readsOfEach)).toBeLessThan(READS_MAX);
});

/** The scanner finds the end of a value before it looks inside, so that a character is read about twice. */
const READS_MAX = 3;

/** How often `work` reads a character of a text. The scanner reads with `charCodeAt` only. */
function charactersRead(work: () => void): number {
  let reads = 0;
  const original = Object.getOwnPropertyDescriptor(String.prototype, 'charCodeAt')!;
  const value = function (this: string, at: number): number {
    reads++;
    return (original.value as typeof String.prototype.charCodeAt).call(this, at);
  };
  Reflect.defineProperty(String.prototype, 'charCodeAt', { ...original, value });
  try {
    work();
  } finally {
    Reflect.defineProperty(String.prototype, 'charCodeAt', original);
  }
  return reads;
}
