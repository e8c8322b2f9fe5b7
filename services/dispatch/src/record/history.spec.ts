import fc from 'fast-check';
import type { RecordHistory } from '#libs/contracts/src/record-history';
import { afterEvent, NO_HISTORY, valuesBefore } from './history.js';

/** The values of one record's events, in stored order. Other records' events leave gaps in the sequences. */
const anyEvents = fc
  .array(
    fc.dictionary(fc.constantFrom('data.stage', 'data.amount', 'data.owner'), fc.constantFrom('A', 'B', 'C'), { maxKeys: 3 }),
    { maxLength: 30 },
  )
  .map((events) => events.map((values, index) => ({ seq: 10 * (index + 1), values: new Map(Object.entries(values)) })));

const folded = (events: { seq: number; values: Map<string, string> }[]): RecordHistory =>
  events.reduce((history, { seq, values }) => afterEvent(history, seq, values), NO_HISTORY);

it('an event is compared with the last value before it, even after later events', () => {
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

it('redelivered events change nothing, in any order', () => {
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

it('takes no more room for an event with nothing new', () => {
  const history = folded([{ seq: 1, values: new Map([['data.stage', 'A']]) }]);
  expect(afterEvent(history, 2, new Map([['data.stage', 'A']]))).toBe(history);
});

it('keeps the newest values and the first paths, within their bounds', () => {
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
