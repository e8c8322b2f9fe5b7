import fc from 'fast-check';
import { instantOf } from './instant.js';

it.each([
  ['2026-03-21T14:30:00Z', '2026-03-21T14:30:00.000000000Z'],
  ['2026-03-21t16:30:00.5+02:00', '2026-03-21T14:30:00.500000000Z'],
  ['2026-03-21T14:30:00.123456789z', '2026-03-21T14:30:00.123456789Z'],
  ['2024-02-29T23:30:00-01:00', '2024-03-01T00:30:00.000000000Z'],
])('reads %s as %s', (text, instant) => {
  expect(instantOf(text)).toBe(instant);
});

it.each([
  '2026-02-30T10:00:00Z',
  '2025-02-29T10:00:00Z',
  '2026-04-31T10:00:00Z',
  '2026-13-01T10:00:00Z',
  '2026-00-10T10:00:00Z',
  '2026-03-21T24:00:00Z',
  '2026-03-21T14:60:00Z',
  '2026-03-21T14:30:60Z',
  '2026-03-21T14:30:00+24:00',
  '2026-03-21T14:30:00+02:60',
  '2026-03-21T14:30:00.1234567890Z',
  '2026-03-21T14:30:00',
  '2026-03-21 14:30:00Z',
  '0000-01-01T00:00:00+00:01',
  '9999-12-31T23:59:59-00:01',
  '0099-02-29T00:00:00Z',
  '2026-03-21',
  '',
])('refuses %s', (text) => {
  expect(instantOf(text)).toBeNull();
});

it('orders texts as their instants, whatever their fractions and offsets', () => {
  const time = fc
    .record({
      ms: fc.integer({ min: Date.UTC(1, 0, 2), max: Date.UTC(9999, 11, 30) }),
      nanos: fc.integer({ min: 0, max: 999_999 }),
      offset: fc.integer({ min: -1_439, max: 1_439 }),
    })
    .map(({ ms, nanos, offset }) => {
      const local = new Date(ms + offset * 60_000).toISOString().slice(0, -1);
      const [hours, minutes] = [Math.trunc(Math.abs(offset) / 60), Math.abs(offset) % 60];
      const sign = offset < 0 ? '-' : '+';
      const written = `${local}${String(nanos).padStart(6, '0')}`.replace(/\.?0+$/, '');
      const zone = `${sign}${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
      return {
        text: `${written.length < 19 ? local.slice(0, 19) : written}${zone}`,
        value: BigInt(ms) * 1_000_000n + BigInt(nanos),
      };
    });
  fc.assert(
    fc.property(time, time, (one, other) => {
      const [a, b] = [instantOf(one.text)!, instantOf(other.text)!];
      expect(a < b).toBe(one.value < other.value);
      expect(a === b).toBe(one.value === other.value);
    }),
  );
});
