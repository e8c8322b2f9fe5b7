import fc from 'fast-check';
import { jsonMistake } from './json-mistake.js';

const mistakeIn = (text: string): string | null => {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return jsonMistake(error);
  }
};

it('says what is wrong with JSON, and where, as far as the parser tells', () => {
  expect(mistakeIn('{"a":1')).toMatch(/after property value in JSON at position 6/);
  expect(mistakeIn('')).toBe('Unexpected end of JSON input');
  expect(mistakeIn('{"a":x}')).toBe("Unexpected token 'x'");
  expect(mistakeIn('"a"b')).toMatch(/position 3/);
  expect(mistakeIn('undefined')).toBe('it is something else');
});

it('repeats nothing of the text but a character', () => {
  const canary = 'canary-0123456789';
  const around = fc.string({ unit: fc.constantFrom('{', '}', '[', ']', '"', ',', ':', '\\', "'", '1', 'x', '\n', ', "', '...') });
  fc.assert(
    fc.property(around, around, fc.constantFrom(canary, `"${canary}"`, `{"secret":"${canary}",}`), (before, after, middle) => {
      expect(mistakeIn(before + middle + after) ?? '').not.toMatch(/canary|0123/);
    }),
  );
});
