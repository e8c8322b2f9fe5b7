import fc from 'fast-check';
import { retryAfterMs } from './retry-after.js';

it.each([
  ['120', 120_000],
  ['120, 120', 120_000],
  ['5,60 , 10', 60_000],
  ['120, soon', null],
  ['', null],
])('reads %j as %j ms', (value, ms) => {
  expect(retryAfterMs(value, 0)).toBe(ms);
});

it('turns any header into at most a day, or into null', () => {
  const said = fc.oneof(fc.string(), fc.nat().map(String), fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()), fc.constantFrom('Infinity', '1e9', '-1', '0x10', '9'.repeat(400), '120, 5')); // prettier-ignore
  fc.assert(
    fc.property(said, (value) => {
      const ms = retryAfterMs(value, Date.now());
      expect(ms === null || (ms > 0 && ms <= 86_400_000)).toBe(true);
    }),
  );
});
