import fc from 'fast-check';
import type { RecordHistory } from '#libs/contracts/src/record-history';
import { afterEvent, NO_HISTORY, valuesBefore } from './history.js';

/** What the events of one record say, in the order in which they are stored; sequences have gaps, other records' events. */
const anyEvents = fc
  .array(
    fc.dictionary(fc.constantFrom('data.stage', 'data.amount', 'data.owner'), fc.constantFrom('A', 'B', 'C'), { maxKeys: 3 }),
    { maxLength: 30 },
  )
  .map((events) => events.map((values, index) => ({ seq: 10 * (index + 1), values: new Map(Object.entries(values)) })));

const folded = (events: { seq: number; values: Map<string, string> }[]): RecordHistory =>
  events.reduce((history, { seq, values }) => afterEvent(history, seq, values), NO_HISTORY);

it('an event is compared with the last one before it that had the value, however many have come since', () => {
  fc.assert(
    fc.property(anyEvents, (events) => {
      const history = folded(events);
      const before = new Map<string, string>();
      for (const { seq, values } of events) {
        expect(valuesBefore(history, seq)).toEqual(before);
        for (const [path, value] of values) before.set(path, value);
      }
    }),
  );
});

it('events that come again, in any order, change nothing', () => {
  fc.assert(
    fc.property(anyEvents, fc.infiniteStream(fc.nat()), (events, numbers) => {
      const history = folded(events);
      for (const number of numbers.take(events.length)) {
        const { seq, values } = events[number % events.length]!;
        expect(afterEvent(history, seq, values)).toBe(history);
      }
    }),
  );
});

it('takes no more room for an event that tells nothing new', () => {
  const history = folded([{ seq: 1, values: new Map([['data.stage', 'A']]) }]);
  expect(afterEvent(history, 2, new Map([['data.stage', 'A']]))).toBe(history);
});

it('keeps the newest values of so many paths, and no more', () => {
  const many = Array.from({ length: 300 }, (_, n) => ({
    seq: n + 1,
    values: new Map([['data.stage', `${n}`], [`data.field${n}`, 'A']]),
  })); // prettier-ignore
  const history = folded(many);
  expect(Object.keys(history.values)).toHaveLength(100);
  expect(history.values['data.stage']).toHaveLength(32);
  expect(valuesBefore(history, 300).get('data.stage')).toBe('298');
  expect(valuesBefore(history, 300).get('data.field0')).toBe('A');
  expect(valuesBefore(history, 200).get('data.stage')).toBeUndefined();
});
