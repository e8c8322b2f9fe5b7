import fc from 'fast-check';
import { headerText, textOfHeader } from './header-text.js';

it('writes ASCII as it is, and any text in one line of it', () => {
  expect(headerText('deal.won is not in the catalog')).toBe('deal.won is not in the catalog');
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 1_000 }), (text) => {
      expect(headerText(text)).toMatch(/^[\x20-\x7e]*$/);
      expect(textOfHeader(headerText(text))).toBe(text.toWellFormed());
    }),
  );
});

it('keeps 1,000 characters, and no half of one', () => {
  expect(textOfHeader(headerText('x'.repeat(2_000)))).toHaveLength(1_000);
  expect(textOfHeader(headerText(`${'x'.repeat(999)}😀`))).toBe(`${'x'.repeat(999)}\ufffd`);
});
