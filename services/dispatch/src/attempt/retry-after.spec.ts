import fc from 'fast-check';
import { retryAfterMs } from './retry-after.js';

it('makes of whatever a receiver says a time of at most a day, or nothing', () => {
  const said = fc.oneof(fc.string(), fc.nat().map(String), fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()), fc.constantFrom('Infinity', '1e9', '-1', '0x10', '9'.repeat(400), '120, 5')); // prettier-ignore
  fc.assert(
    fc.property(said, (value) => {
      const ms = retryAfterMs(value, Date.now());
      if (ms !== null) expect(ms > 0 && ms <= 86_400_000).toBe(true);
    }),
  );
});
