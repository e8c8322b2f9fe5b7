import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { answerText } from './answer-text.js';

const text = 'Größe ✓ '.repeat(20);
const bytes = Buffer.from(text);

it.each<[string, Buffer, Record<string, string>, string]>([
  ['UTF-8', bytes, {}, text],
  ['gzip', gzipSync(bytes), { 'content-encoding': 'gzip' }, text],
  ['deflate', deflateSync(bytes), { 'content-encoding': 'Deflate' }, text],
  ['brotli', brotliCompressSync(bytes), { 'content-encoding': 'br' }, text],
  ['Latin 1', Buffer.from('Größe', 'latin1'), { 'content-type': 'text/plain; charset=ISO-8859-1' }, 'Größe'],
  ['Shift JIS', Buffer.from([0x93, 0xfa, 0x96, 0x7b]), { 'content-type': 'text/html;charset="shift_jis"' }, '日本'],
  ['UTF-8 that says another charset', bytes, { 'content-type': 'text/plain; charset=us-what' }, text],
  ['an empty gzip', Buffer.alloc(0), { 'content-encoding': 'gzip' }, ''],
  ['bytes', Buffer.from([0x89, 0x50, 0xff, 0x00]), {}, 'hex: 8950ff00'],
  ['an unknown encoding', bytes.subarray(0, 3), { 'content-encoding': 'zstd' }, 'hex: 4772c3'],
  ['no gzip', Buffer.from('oops'), { 'content-encoding': 'gzip' }, 'hex: 6f6f7073'],
  ['a raw deflate', deflateRawSync('x'), { 'content-encoding': 'deflate' }, `hex: ${deflateRawSync('x').toString('hex')}`],
])('shows %s readably', (_what, body, headers, expected) => {
  expect(answerText(body, headers)).toBe(expected);
});

it('shows the beginning of what was cut off, and no half of a character', () => {
  expect(answerText(bytes.subarray(0, 3), {})).toBe('Gr');
  const words = Array.from({ length: 5_000 }, (_, n) => `word ${n}`).join(' ');
  const zipped = gzipSync(words);
  const shown = answerText(zipped.subarray(0, zipped.length / 2), { 'content-encoding': 'gzip' });
  expect(shown.length).toBeGreaterThan(1_000);
  expect(words.startsWith(shown)).toBe(true);
});

it('shows the beginning of a bomb', () => {
  const bomb = gzipSync(Buffer.alloc(50_000_000, 'a'));
  const shown = answerText(bomb, { 'content-encoding': 'gzip' });
  expect(shown).toMatch(/^a+$/);
  expect(shown.length).toBeLessThanOrEqual(12 * 1024);
});

it('never throws', () => {
  const encodings = fc.constantFrom('gzip', 'deflate', 'br', 'x', '');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), encodings, fc.string(), (body, encoding, charset) => {
      const headers = { 'content-encoding': encoding, 'content-type': `text/plain; charset=${charset}` };
      expect(typeof answerText(Buffer.from(body), headers)).toBe('string');
    }),
  );
});
