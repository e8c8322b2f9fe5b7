import type { Filter } from '#libs/contracts/src/filter';
import type { PastState, WebhookHistory } from '#libs/contracts/src/webhook-history';
import { explain, type PastAttempt, type PastDecision, type PastDelivery } from './explain.js';
import type { ExplainedEvent } from './was-it-matched.js';

const MINUTE = 60_000;
/** Minutes after ten o'clock of that day; the event is stored at ten. */
const at = (minutes: number): number => Date.UTC(2026, 2, 21, 10, 0) + minutes * MINUTE;
const words = (minutes: number): string => `${new Date(at(minutes)).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

const event: ExplainedEvent = {
  id: 'evt_1',
  event: 'deal.won',
  timestamp: '2026-03-21T10:00:00Z',
  erasedAtMs: null,
  storedAtMs: at(0),
  data: { amount: 250 },
};
const state = (minutes: number, of: Partial<PastState> = {}): PastState => ({
  atMs: at(minutes),
  events: ['deal.*'],
  filter: null,
  status: 'active',
  statusReason: null,
  statusSinceMs: at(minutes),
  isDeleted: false,
  ...of,
});
const history = (...states: PastState[]): WebhookHistory => ({
  id: 'wh_1',
  name: 'ERP Sync',
  activeSinceMs: states[0]?.atMs ?? at(-60),
  states,
});
const always = history(state(-60));
const paused = (minutes: number, of: Partial<PastState> = {}): PastState =>
  state(minutes, { status: 'paused', statusReason: 'by_user', ...of });
const disabled = (minutes: number, reason: PastState['statusReason']): PastState =>
  state(minutes, { status: 'disabled', statusReason: reason });

const attempt = (number: number, minutes: number, of: Partial<PastAttempt> = {}): PastAttempt => ({
  number,
  atMs: at(minutes),
  trigger: number === 1 ? 'event' : 'schedule',
  statusCode: 200,
  error: null,
  responseTimeMs: 84,
  nextAttemptAtMs: null,
  ...of,
});
const decision = (kind: PastDecision['kind'], minutes: number, of: Partial<PastDecision> = {}): PastDecision => ({
  atMs: at(minutes),
  kind,
  reason: null,
  number: null,
  isManual: false,
  ...of,
});
const delivery = (
  status: PastDelivery['status'],
  { attempts = [], decisions = [], ...of }: Partial<Omit<PastDelivery, 'attempts'>> & Partial<PastDelivery['story']> = {},
): PastDelivery => ({
  createdAtMs: at(0),
  replayId: null,
  status,
  reason: null,
  attempts: attempts.length,
  responseCode: attempts.at(-1)?.statusCode ?? null,
  nextAttemptAtMs: attempts.at(-1)?.nextAttemptAtMs ?? null,
  updatedAtMs: Math.max(at(0), ...attempts.map(({ atMs }) => atMs), ...decisions.map(({ atMs }) => atMs)),
  story: { attempts, decisions },
  ...of,
});

/** What follows the event's storing, in codes and words; and the outcome with its sentence. */
function told(webhook: WebhookHistory, ...deliveries: PastDelivery[]) {
  const { outcome, summary, steps } = explain(event, webhook, deliveries);
  expect(steps[0]).toEqual({ at: '2026-03-21T10:00:00.000Z', type: 'stored', message: 'The event deal.won was stored.' });
  expect(steps.map((step) => step.at)).toEqual(steps.map((step) => step.at).sort());
  return { outcome, summary, steps: steps.slice(1).map((step) => [step.type, step.message]) };
}

describe('an event that did not come', () => {
  it.each([
    ['a webhook that takes other types', state(-60, { events: ['contact.created', 'invoice.*'] }),
      'not_subscribed', 'Not subscribed to this type: it takes contact.created, invoice.*.'],
    ['a webhook of many types', state(-60, { events: Array.from({ length: 12 }, (_, n) => `a${n}.*`) }),
      'not_subscribed', 'Not subscribed to this type: it takes a0.*, a1.*, a2.*, a3.*, a4.*, a5.*, a6.*, a7.*, a8.*, a9.* and 2 more.'],
    ['a filter', state(-60, { filter: { path: 'data.amount', op: 'gte', value: 1000 } as Filter }),
      'filtered', 'Filter clause data.amount gte 1000 failed with 250.'],
    ['a webhook disabled by 410', disabled(-60, 'gone'),
      'disabled', `The webhook was disabled at ${words(-60)} because its receiver answered 410 Gone.`],
    ['a webhook disabled by failures', disabled(-60, 'failures'),
      'disabled', `The webhook was disabled at ${words(-60)} after repeated failures.`],
    ['a webhook that was edited while it was disabled', { ...disabled(-30, 'gone'), statusSinceMs: at(-45) },
      'disabled', `The webhook was disabled at ${words(-45)} because its receiver answered 410 Gone.`],
    ['a webhook that was deleted', state(-60, { isDeleted: true }), 'deleted', `The webhook was deleted at ${words(-60)}.`],
  ])('is explained by %s', (_name, then, what, sentence) => {
    expect(told(history({ ...then }))).toEqual({ outcome: 'not_matched', summary: `Not sent. ${sentence}`, steps: [[what, sentence]] });
  }); // prettier-ignore

  it('is explained by the webhook being made later', () => {
    const sentence = `The webhook was made at ${words(5)}, after the event.`;
    expect(told(history(state(5))).steps).toEqual([['made_later', sentence]]);
  });

  it('is not explained by what nobody knows any more', () => {
    expect(told(history()).steps).toEqual([
      ['unknown', 'What the webhook was at that time is not known: its changes are kept for 32 days.'],
    ]);
  });

  it('is explained by what the webhook was then, whatever it became', () => {
    expect(told(history(state(-60, { events: ['contact.*'] }), state(5))).steps[0]![0]).toBe('not_subscribed');
  });

  it('is explained by a change before it was matched, and by one in the moment when it came', () => {
    expect(told(history(state(-60), state(2, { events: ['contact.*'] }))).steps).toEqual([
      [
        'changed',
        `The webhook was changed at ${words(2)}, before the event was matched. Not subscribed to this type: it takes contact.*.`,
      ],
    ]);
    const oneSecond = 1 / 60;
    const steps = told(history(state(-60, { events: ['contact.*'] }), state(-oneSecond))).steps;
    expect(steps[0]).toEqual(['changed', expect.stringContaining('in the moment when the event came')]);
    expect(told(history(state(-60, { events: ['contact.*'] }), state(-10))).outcome).toBe('pending');
  });

  it('of those that Tidings tells itself needs its name, which * does not stand for', () => {
    const own = { ...event, event: 'webhook.paused' };
    const { steps } = explain(own, history(state(-60, { events: ['*'] })), []);
    expect(steps[1]!.message).toContain('webhook.paused must be named, because * stands for what the CRM publishes');
  });

  it('and has no reason not to, is on its way', () => {
    expect(told(always)).toEqual({
      outcome: 'pending',
      summary: 'It matches, and is on its way.',
      steps: [['matched', 'The webhook takes deal.*.']],
    });
  });
});

describe('an event that came', () => {
  const after = (webhook: WebhookHistory, one: PastDelivery) => {
    const { steps, ...rest } = told(webhook, one);
    expect(steps[0]).toEqual(['matched', 'The webhook takes deal.*.']);
    return { ...rest, steps: steps.slice(1) };
  };

  it('was delivered at once', () => {
    expect(after(always, delivery('success', { attempts: [attempt(1, 0)] }))).toEqual({
      outcome: 'delivered',
      summary: `Delivered at ${words(0)}.`,
      steps: [['succeeded', 'Attempt 1 was answered with 200 in 84 ms.']],
    });
  });

  it('matched by its filter, and by a state that was in force only for a moment', () => {
    const filter: Filter = { path: 'data.amount', op: 'lt', value: 1000 };
    const one = delivery('success', { attempts: [attempt(1, 0)] });
    expect(told(history(state(-60, { filter })), one).steps[0]![1]).toBe(
      'The webhook takes deal.*, and its filter let the event through.',
    );
    expect(told(history(state(-60, { events: ['contact.*'] }), state(0.02)), one).steps[0]![1]).toBe('The webhook takes deal.*.');
    expect(told(history(state(-60, { events: ['contact.*'] })), one).steps[0]![1]).toBe('The webhook took events of this type.');
  });

  it('was retried after 503, after a time-out and by hand', () => {
    const attempts = [
      attempt(1, 0, { statusCode: 503, nextAttemptAtMs: at(1) }),
      attempt(2, 1, { statusCode: 408, error: 'timeout: no complete answer in time', nextAttemptAtMs: at(6) }),
      attempt(3, 2, {
        trigger: 'manual',
        statusCode: null,
        error: 'connection_refused: connection refused',
        nextAttemptAtMs: at(6),
      }),
      attempt(4, 6),
    ];
    expect(after(always, delivery('success', { attempts }))).toEqual({
      outcome: 'delivered',
      summary: `Delivered at ${words(6)} after 4 attempts.`,
      steps: [
        ['retried', `Attempt 1 was answered with 503 in 84 ms; the next attempt was set for ${words(1)}.`],
        ['retried', `Attempt 2 failed: no complete answer in time; the next attempt was set for ${words(6)}.`],
        ['retried', `Attempt 3, asked for by hand, failed: connection refused; the next attempt was set for ${words(6)}.`],
        ['succeeded', 'Attempt 4 was answered with 200 in 84 ms.'],
      ],
    });
  });

  it('waits for its next attempt, or for its turn', () => {
    const attempts = [attempt(1, 0, { statusCode: 503, nextAttemptAtMs: at(1) })];
    expect(after(always, delivery('pending_retry', { attempts }))).toMatchObject({
      outcome: 'pending',
      summary: `Waits for its next attempt at ${words(1)}, after 1 attempt, the last one answered with 503.`,
    });
    for (const [reason, why] of [
      ['ordered', 'Others were waiting for this webhook, and it keeps their order'],
      ['throttled', 'The webhook was at the limit of its requests, or its receiver had asked for patience'],
      ['slow', 'The receiver did not answer the requests before it'],
    ]) {
      const one = delivery('pending', { decisions: [decision('held', 0, { reason: reason!, number: 5 })] });
      expect(after(always, one)).toEqual({
        outcome: 'pending',
        summary: 'On its way: it waits for its turn.',
        steps: [['held', `${why}: held as number 5.`]],
      });
    }
  });

  it('failed when no attempt was left, and again by hand', () => {
    const attempts = [attempt(1, 0, { statusCode: 500 }), attempt(2, 9, { trigger: 'manual', statusCode: 500 })];
    expect(after(always, delivery('failed', { attempts }))).toEqual({
      outcome: 'failed',
      summary: 'Failed after 2 attempts, the last one answered with 500.',
      steps: [
        ['failed', 'Attempt 1 was answered with 500 in 84 ms; it was the last one.'],
        ['failed', 'Attempt 2, asked for by hand, was answered with 500 in 84 ms; no other was waiting.'],
      ],
    });
  });

  it.each([
    ['expired', 'it waited longer than the 30 days that anything may wait'],
    ['erased', 'the event was erased'],
  ])('failed without an attempt: %s', (reason, why) => {
    expect(after(always, delivery('failed', { reason, decisions: [decision('failed', 9, { reason })] }))).toEqual({
      outcome: 'failed',
      summary: `Failed: ${why}.`,
      steps: [['failed', `Ended as failed: ${why}.`]],
    });
  });

  it('disabled its webhook by a 410, now or in a moment', () => {
    const one = delivery('failed', { reason: 'gone', attempts: [attempt(1, 0, { statusCode: 410 })] });
    expect(after(history(state(-60), disabled(1, 'gone')), one).steps).toEqual([
      [
        'failed',
        `Attempt 1 was answered with 410 in 84 ms: the receiver wants no more, and the webhook was disabled by it at ${words(1)}.`,
      ],
    ]);
    expect(after(always, one).steps[0]![1]).toMatch(/the receiver wants no more, and the webhook is disabled\.$/);
  });

  it.each([
    ['webhook_deleted', state(9, { isDeleted: true }), `Cancelled because the webhook was deleted at ${words(9)}.`],
    ['webhook_disabled', disabled(9, 'gone'), `Cancelled because the webhook was disabled at ${words(9)}.`],
    ['manual', state(9), 'Cancelled by hand.'],
  ])('was cancelled: %s', (reason, then, sentence) => {
    const one = delivery('cancelled', { reason, decisions: [decision('cancelled', 9, { reason })] });
    expect(after(history(state(-60), then), one)).toEqual({
      outcome: 'cancelled',
      summary: sentence,
      steps: [['cancelled', sentence]],
    });
  });
});

describe('an event that came while the webhook was paused', () => {
  const held = decision('held', 0, { reason: 'paused', number: 17 });

  it.each([
    ['goes on', [paused(-5)], `The webhook is paused since ${words(-5)} by hand`],
    ['has ended', [paused(-5), state(20)], `The webhook was paused from ${words(-5)} to ${words(20)} by hand`],
    ['began before what is known', [paused(-5, { statusSinceMs: at(-300) })], `The webhook is paused since ${words(-300)} by hand`],
    ['went on through an edit', [paused(-5), paused(3, { statusSinceMs: at(-5), events: ['*'] }), state(20)],
      `The webhook was paused from ${words(-5)} to ${words(20)} by hand`],
    ['came from failures', [paused(-5, { statusReason: 'failures' })], `The webhook is paused since ${words(-5)} after repeated failures`],
    ['ended with the webhook', [paused(-5), paused(20, { statusSinceMs: at(-5), isDeleted: true })],
      `The webhook was paused from ${words(-5)} to ${words(20)} by hand`],
    ['was noted a moment later', [state(-60), paused(0.02)], `The webhook is paused since ${words(0.02)} by hand`],
    ['is one of two', [paused(-5), state(20), paused(30)], `The webhook was paused from ${words(-5)} to ${words(20)} by hand`],
    ['is not known', [state(-60)], 'The webhook was paused'],
  ])('was held, and the pause %s', (_name, states, sentence) => {
    const { steps, outcome, summary } = told(history(state(-60), ...states), delivery('held', { decisions: [held] }));
    expect([outcome, steps.at(-1)]).toEqual(['held', ['held', `${sentence}: held as number 17.`]]);
    expect(summary).toBe(`Held: t${sentence.slice(1)}.`);
  }); // prettier-ignore

  it('was held once, whatever a crash made the log say; and again after an attempt', () => {
    const decisions = [held, decision('held', 1, { reason: 'paused' }), decision('held', 9, { reason: 'paused', number: 2 })];
    const attempts = [attempt(1, 5, { trigger: 'release', statusCode: 503, nextAttemptAtMs: at(6) })];
    const { steps } = told(history(state(-60), paused(-5), state(4), paused(7)), delivery('held', { attempts, decisions }));
    expect(steps.slice(1).map(([what, sentence]) => [what, /as number \d+/.exec(sentence!)?.[0]])).toEqual([
      ['held', 'as number 17'],
      ['retried', undefined],
      ['held', 'as number 2'],
    ]);
  });

  it('was asked for by hand, and held', () => {
    const one = delivery('held', { decisions: [{ ...held, isManual: true }] });
    expect(told(history(state(-60), paused(-5)), one).steps.at(-1)![1]).toMatch(
      /^An attempt was asked for by hand\. The webhook is/,
    );
  });

  it('was released in its turn', () => {
    const attempts = [attempt(1, 21, { trigger: 'release' })];
    const one = delivery('success', { decisions: [held], attempts });
    expect(told(history(state(-60), paused(-5), state(20)), one).steps.at(-1)).toEqual([
      'succeeded',
      'Attempt 1, released when its turn had come, was answered with 200 in 84 ms.',
    ]);
  });
});

describe('an event that was replayed', () => {
  const failed = delivery('failed', { attempts: [attempt(1, 0, { statusCode: 500 })] });
  const replay = (status: PastDelivery['status'], statusCode: number): PastDelivery =>
    delivery(status, { replayId: 'rpl_1', createdAtMs: at(30), attempts: [attempt(1, 30, { trigger: 'replay', statusCode })] });

  it('is delivered when one of the deliveries is', () => {
    expect(told(always, failed, replay('success', 200))).toEqual({
      outcome: 'delivered',
      summary: `Delivered at ${words(30)}, by a replay.`,
      steps: [
        ['matched', 'The webhook takes deal.*.'],
        ['failed', 'Attempt 1 was answered with 500 in 84 ms; it was the last one.'],
        ['replayed', 'Sent again by the replay rpl_1.'],
        ['succeeded', 'Attempt 1, of the replay, was answered with 200 in 84 ms.'],
      ],
    });
    const delivered = delivery('success', { attempts: [attempt(1, 0)] });
    expect(told(always, delivered, replay('failed', 500)).outcome).toBe('delivered');
  });

  it('may never have matched', () => {
    const { outcome, steps } = told(history(state(5)), replay('success', 200));
    expect([outcome, ...steps.map(([what]) => what)]).toEqual(['delivered', 'made_later', 'replayed', 'succeeded']);
  });
});
