import type { Filter } from '#libs/contracts/src/filter';
import type { PastState, WebhookHistory } from '#libs/contracts/src/webhook-history';
import { explain, type PastAttempt, type PastDecision, type PastDelivery } from './explain.js';
import type { ExplainedEvent } from './was-it-matched.js';

const MINUTE = 60_000;
/** Minutes after ten o'clock of that day, when the event is stored. */
const at = (minutes: number): number => Date.UTC(2026, 2, 21, 10, 0) + minutes * MINUTE;
const utcAt = (minutes: number): string => `${new Date(at(minutes)).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

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

/** Explains the event. Returns the steps after the first, and the outcome with its sentence. */
function told(webhook: WebhookHistory, ...deliveries: PastDelivery[]) {
  const { outcome, summary, steps } = explain(event, webhook, deliveries);
  expect(steps[0]).toEqual({ at: '2026-03-21T10:00:00.000Z', type: 'stored', message: 'The event deal.won was stored.' });
  expect(steps.map((step) => step.at)).toEqual(steps.map((step) => step.at).sort());
  return { outcome, summary, steps: steps.slice(1).map((step) => [step.type, step.message]) };
}

describe('an event that did not come', () => {
  it.each([
    ['a webhook that takes other types', state(-60, { events: ['contact.created', 'invoice.*'] }),
      'not_subscribed', 'The webhook is not subscribed to this type, only to contact.created, invoice.*.'],
    ['a webhook of many types', state(-60, { events: Array.from({ length: 12 }, (_, n) => `a${n}.*`) }),
      'not_subscribed', 'The webhook is not subscribed to this type, only to a0.*, a1.*, a2.*, a3.*, a4.*, a5.*, a6.*, a7.*, a8.*, a9.* and 2 more.'],
    ['a filter', state(-60, { filter: { path: 'data.amount', op: 'gte', value: 1000 } as Filter }),
      'filtered', 'Filter clause data.amount gte 1000 failed with 250.'],
    ['a webhook disabled by 410', disabled(-60, 'gone'),
      'disabled', `The webhook was disabled at ${utcAt(-60)} because its receiver answered 410 Gone.`],
    ['a webhook disabled by failures', disabled(-60, 'failures'),
      'disabled', `The webhook was disabled at ${utcAt(-60)} after repeated failures.`],
    ['a webhook that was edited while it was disabled', { ...disabled(-30, 'gone'), statusSinceMs: at(-45) },
      'disabled', `The webhook was disabled at ${utcAt(-45)} because its receiver answered 410 Gone.`],
    ['a webhook that was deleted', state(-60, { isDeleted: true }), 'deleted', `The webhook was deleted at ${utcAt(-60)}.`],
  ])('is explained by %s', (_name, then, what, sentence) => {
    expect(told(history({ ...then }))).toEqual({ outcome: 'not_matched', summary: `Not sent. ${sentence}`, steps: [[what, sentence]] });
  }); // prettier-ignore

  it('is explained by a later creation of the webhook', () => {
    const sentence = `The webhook was created at ${utcAt(5)}, after the event.`;
    expect(told(history(state(5))).steps).toEqual([['made_later', sentence]]);
  });

  it('is not explained when the state is unknown', () => {
    expect(told(history()).steps).toEqual([
      ['unknown', 'The state of the webhook at that time is unknown. Its changes are kept for 32 days.'],
    ]);
  });

  it('is explained by the state at that time, not by a later one', () => {
    expect(told(history(state(-60, { events: ['contact.*'] }), state(5))).steps[0]![0]).toBe('not_subscribed');
  });

  it('is explained by a change before it was matched, and by one at its moment', () => {
    expect(told(history(state(-60), state(2, { events: ['contact.*'] }))).steps).toEqual([
      [
        'changed',
        `The webhook was changed at ${utcAt(2)}, before the event was matched. The webhook is not subscribed to this type, only to contact.*.`,
      ],
    ]);
    const oneSecond = 1 / 60;
    const steps = told(history(state(-60, { events: ['contact.*'] }), state(-oneSecond))).steps;
    expect(steps[0]).toEqual(['changed', expect.stringContaining('at the moment of the event')]);
    expect(told(history(state(-60, { events: ['contact.*'] }), state(-10))).outcome).toBe('pending');
  });

  it('of a type of Tidings itself must be named, because * does not include it', () => {
    const own = { ...event, event: 'webhook.paused' };
    const { steps } = explain(own, history(state(-60, { events: ['*'] })), []);
    expect(steps[1]!.message).toContain('Name webhook.paused itself: * includes only events of the CRM');
  });

  it('without a reason is on its way', () => {
    expect(told(always)).toEqual({
      outcome: 'pending',
      summary: 'Matched. The delivery is on its way.',
      steps: [['matched', 'The webhook is subscribed to deal.*.']],
    });
  });
});

describe('an event that came', () => {
  const after = (webhook: WebhookHistory, one: PastDelivery) => {
    const { steps, ...rest } = told(webhook, one);
    expect(steps[0]).toEqual(['matched', 'The webhook is subscribed to deal.*.']);
    return { ...rest, steps: steps.slice(1) };
  };

  it('was delivered at once', () => {
    expect(after(always, delivery('success', { attempts: [attempt(1, 0)] }))).toEqual({
      outcome: 'delivered',
      summary: `Delivered at ${utcAt(0)}.`,
      steps: [['succeeded', 'Attempt 1 was answered with 200 in 84 ms.']],
    });
  });

  it('was matched by a filter, and by a state that lasted only a moment', () => {
    const filter: Filter = { path: 'data.amount', op: 'lt', value: 1000 };
    const one = delivery('success', { attempts: [attempt(1, 0)] });
    expect(told(history(state(-60, { filter })), one).steps[0]![1]).toBe(
      'The webhook is subscribed to deal.*, and its filter passed the event.',
    );
    expect(told(history(state(-60, { events: ['contact.*'] }), state(0.02)), one).steps[0]![1]).toBe(
      'The webhook is subscribed to deal.*.',
    );
    expect(told(history(state(-60, { events: ['contact.*'] })), one).steps[0]![1]).toBe(
      'The webhook was subscribed to this type.',
    );
  });

  it('was retried after 503, after a time-out and manually', () => {
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
      summary: `Delivered at ${utcAt(6)} after 4 attempts.`,
      steps: [
        ['retried', `Attempt 1 was answered with 503 in 84 ms. The next attempt was scheduled for ${utcAt(1)}.`],
        ['retried', `Attempt 2 failed: no complete answer in time. The next attempt was scheduled for ${utcAt(6)}.`],
        ['retried', `Attempt 3, requested manually, failed: connection refused. The next attempt was scheduled for ${utcAt(6)}.`],
        ['succeeded', 'Attempt 4 was answered with 200 in 84 ms.'],
      ],
    });
  });

  it('waits for its next attempt, or for its turn', () => {
    const attempts = [attempt(1, 0, { statusCode: 503, nextAttemptAtMs: at(1) })];
    expect(after(always, delivery('pending_retry', { attempts }))).toMatchObject({
      outcome: 'pending',
      summary: `Waiting for the next attempt at ${utcAt(1)}, after 1 attempt, the last answered with 503.`,
    });
    for (const [reason, why] of [
      ['ordered', 'Earlier deliveries were waiting, and the webhook keeps their order'],
      ['throttled', 'The webhook was at its request limit, or its receiver had asked to wait'],
      ['slow', 'The receiver had not answered earlier requests'],
    ]) {
      const one = delivery('pending', { decisions: [decision('held', 0, { reason: reason!, number: 5 })] });
      expect(after(always, one)).toEqual({
        outcome: 'pending',
        summary: 'On its way: waiting for its turn.',
        steps: [['held', `${why}: held at position 5.`]],
      });
    }
  });

  it('failed when no attempt was left, and again manually', () => {
    const attempts = [attempt(1, 0, { statusCode: 500 }), attempt(2, 9, { trigger: 'manual', statusCode: 500 })];
    expect(after(always, delivery('failed', { attempts }))).toEqual({
      outcome: 'failed',
      summary: 'Failed after 2 attempts, the last answered with 500.',
      steps: [
        ['failed', 'Attempt 1 was answered with 500 in 84 ms. It was the last attempt.'],
        ['failed', 'Attempt 2, requested manually, was answered with 500 in 84 ms. No other attempt was scheduled.'],
      ],
    });
  });

  it.each([
    ['expired', 'it waited longer than the limit of 30 days'],
    ['erased', 'the event was erased'],
  ])('failed without an attempt: %s', (reason, why) => {
    expect(after(always, delivery('failed', { reason, decisions: [decision('failed', 9, { reason })] }))).toEqual({
      outcome: 'failed',
      summary: `Failed: ${why}.`,
      steps: [['failed', `Ended as failed: ${why}.`]],
    });
  });

  it('disabled its webhook with a 410, already or in a moment', () => {
    const one = delivery('failed', { reason: 'gone', attempts: [attempt(1, 0, { statusCode: 410 })] });
    expect(after(history(state(-60), disabled(1, 'gone')), one).steps).toEqual([
      ['failed', `Attempt 1 was answered with 410 in 84 ms. The receiver is gone, so the webhook was disabled at ${utcAt(1)}.`],
    ]);
    expect(after(always, one).steps[0]![1]).toMatch(/The receiver is gone, so the webhook is disabled\.$/);
  });

  it.each([
    ['webhook_deleted', state(9, { isDeleted: true }), `Cancelled because the webhook was deleted at ${utcAt(9)}.`],
    ['webhook_disabled', disabled(9, 'gone'), `Cancelled because the webhook was disabled at ${utcAt(9)}.`],
    ['manual', state(9), 'Cancelled by a user.'],
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
    ['goes on', [paused(-5)], `The webhook has been paused since ${utcAt(-5)} by a user`],
    ['has ended', [paused(-5), state(20)], `The webhook was paused from ${utcAt(-5)} to ${utcAt(20)} by a user`],
    ['began before what is known', [paused(-5, { statusSinceMs: at(-300) })], `The webhook has been paused since ${utcAt(-300)} by a user`],
    ['went on through an edit', [paused(-5), paused(3, { statusSinceMs: at(-5), events: ['*'] }), state(20)],
      `The webhook was paused from ${utcAt(-5)} to ${utcAt(20)} by a user`],
    ['came from failures', [paused(-5, { statusReason: 'failures' })], `The webhook has been paused since ${utcAt(-5)} after repeated failures`],
    ['ended with the webhook', [paused(-5), paused(20, { statusSinceMs: at(-5), isDeleted: true })],
      `The webhook was paused from ${utcAt(-5)} to ${utcAt(20)} by a user`],
    ['was noted a moment later', [state(-60), paused(0.02)], `The webhook has been paused since ${utcAt(0.02)} by a user`],
    ['is one of two', [paused(-5), state(20), paused(30)], `The webhook was paused from ${utcAt(-5)} to ${utcAt(20)} by a user`],
    ['is not known', [state(-60)], 'The webhook was paused'],
  ])('was held, and the pause %s', (_name, states, sentence) => {
    const { steps, outcome, summary } = told(history(state(-60), ...states), delivery('held', { decisions: [held] }));
    expect([outcome, steps.at(-1)]).toEqual(['held', ['held', `${sentence}: held at position 17.`]]);
    expect(summary).toBe(`Held: t${sentence.slice(1)}.`);
  }); // prettier-ignore

  it('was held once, though a crash made the log say it twice; and again after an attempt', () => {
    const decisions = [held, decision('held', 1, { reason: 'paused' }), decision('held', 9, { reason: 'paused', number: 2 })];
    const attempts = [attempt(1, 5, { trigger: 'release', statusCode: 503, nextAttemptAtMs: at(6) })];
    const { steps } = told(history(state(-60), paused(-5), state(4), paused(7)), delivery('held', { attempts, decisions }));
    expect(steps.slice(1).map(([what, sentence]) => [what, /at position \d+/.exec(sentence!)?.[0]])).toEqual([
      ['held', 'at position 17'],
      ['retried', undefined],
      ['held', 'at position 2'],
    ]);
  });

  it('was requested manually, and held', () => {
    const one = delivery('held', { decisions: [{ ...held, isManual: true }] });
    expect(told(history(state(-60), paused(-5)), one).steps.at(-1)![1]).toMatch(
      /^An attempt was requested manually\. The webhook has been paused/,
    );
  });

  it('was released in its turn', () => {
    const attempts = [attempt(1, 21, { trigger: 'release' })];
    const one = delivery('success', { decisions: [held], attempts });
    expect(told(history(state(-60), paused(-5), state(20)), one).steps.at(-1)).toEqual([
      'succeeded',
      'Attempt 1, after its release, was answered with 200 in 84 ms.',
    ]);
  });
});

describe('an event that was replayed', () => {
  const failed = delivery('failed', { attempts: [attempt(1, 0, { statusCode: 500 })] });
  const replay = (status: PastDelivery['status'], statusCode: number): PastDelivery =>
    delivery(status, { replayId: 'rpl_1', createdAtMs: at(30), attempts: [attempt(1, 30, { trigger: 'replay', statusCode })] });

  it('is delivered when one of its deliveries is', () => {
    expect(told(always, failed, replay('success', 200))).toEqual({
      outcome: 'delivered',
      summary: `Delivered at ${utcAt(30)}, by a replay.`,
      steps: [
        ['matched', 'The webhook is subscribed to deal.*.'],
        ['failed', 'Attempt 1 was answered with 500 in 84 ms. It was the last attempt.'],
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
