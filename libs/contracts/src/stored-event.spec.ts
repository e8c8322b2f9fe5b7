import { answerKeyOf } from './answer-key.js';
import { readEvent, type EventMessage } from './stored-event.js';

const body = Buffer.from('{"id":42,"amount":1.10}');

function message(headers: Record<string, string>): EventMessage {
  const header = (name: string): string | null => headers[name] ?? null;
  return { subject: 'event.3.acc_1.deal.stage_changed', seq: 7, storedAtMs: 1_000, body, header };
}

it('reads an event from its subject, headers and body', () => {
  const event = readEvent(
    message({
      'Tidings-Event-Id': 'evt_1',
      'Tidings-Timestamp': '2026-03-21T14:30:00Z',
      'Tidings-Key': 'deal:42',
      'Tidings-Answer-Key': 'a2V5',
      'Tidings-Log-Days': '7',
      'Tidings-Warnings': '[]',
      traceparent: '00-1-2-01',
    }),
  );
  expect(event).toEqual({
    id: 'evt_1',
    accountId: 'acc_1',
    type: 'deal.stage_changed',
    timestamp: '2026-03-21T14:30:00Z',
    key: 'deal:42',
    traceparent: '00-1-2-01',
    data: body,
    seq: 7,
    storedAtMs: 1_000,
    answerKey: Buffer.from('key'),
    logDays: 7,
    warnings: '[]',
  });
});

it('reads an event without optional headers: the longest retention, a key derived from its data', () => {
  expect(readEvent(message({ 'Tidings-Event-Id': 'evt_1' }))).toMatchObject({
    timestamp: '1970-01-01T00:00:01.000Z',
    key: null,
    traceparent: null,
    answerKey: answerKeyOf(null, body),
    logDays: undefined,
    warnings: null,
  });
});
