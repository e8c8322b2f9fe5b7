import { judge, WRONGS, type Evidence, type Wrong } from './oracle.js';
import type { SeenRequest } from './scripted-receiver.js';
import type { SeenFact } from './witness.js';

/** An oracle that never finds anything is worth nothing: each wrong, made by hand, is found, and nothing else is. */

const plain = { webhook: 'plain', eventId: 'evt-1' } as const;
const accepted: SeenRequest = { ...plain, atMs: 1_000, status: 200, answeredAtMs: 1_010 };
const attempt = { number: 1, atMs: 1_000, trigger: 'event', statusCode: 200 };
const succeeded: SeenFact = { ...plain, kind: 'succeeded', storedAtMs: 1_020, laneSeq: null, attempt };
const good: Evidence = {
  expected: [plain],
  requests: [accepted],
  facts: [succeeded],
  log: [{ ...plain, status: 'success', attempts: 1 }],
  absences: [],
  paused: { fromMs: 500, untilMs: 5_000 },
  calmSinceMs: 2_000,
};
const death = { part: 'dispatch', fromMs: 1_015, untilMs: 1_500, mayRepeat: true };

function wrongsOf(evidence: Partial<Evidence>): Partial<Record<Wrong, number>> {
  const { counts } = judge({ ...good, ...evidence });
  return Object.fromEntries(WRONGS.filter((wrong) => counts[wrong] > 0).map((wrong) => [wrong, counts[wrong]]));
}

/** The same delivery, requested again at this time. */
const again = (atMs: number): SeenRequest => ({ ...accepted, atMs, answeredAtMs: atMs + 5 });

it('finds nothing where nothing is wrong', () => {
  expect(wrongsOf({})).toEqual({});
});

it('finds lost deliveries: not in the log, never ended, or said to be delivered though no receiver took it', () => {
  const cancelled = { ...plain, status: 'cancelled', attempts: 0 };
  expect(wrongsOf({ requests: [], log: [], facts: [] })).toEqual({ lost: 1, late: 1 });
  expect(wrongsOf({ log: [{ ...plain, status: 'pending_retry', attempts: 1 }] })).toEqual({ lost: 1 });
  expect(wrongsOf({ requests: [{ ...accepted, status: 500 }] })).toEqual({ lost: 1 });
  expect(wrongsOf({ requests: [], facts: [{ ...succeeded, kind: 'cancelled', attempt: null }], log: [cancelled] })).toEqual({
    lost: 1,
  });
  expect(wrongsOf({ log: [{ ...plain, status: 'failed', attempts: 1 }] })).toEqual({ lost: 1 });
});

it('finds a second request after a 2xx, and excuses it only where the first was in hand at a death and no fact was stored', () => {
  const late = { ...succeeded, storedAtMs: 9_010 };
  const twice = {
    requests: [accepted, again(9_000)],
    facts: [succeeded, late],
    log: [{ ...plain, status: 'success', attempts: 2 }],
  };
  const storedLate = { facts: [late, late] };
  expect(wrongsOf(twice)).toEqual({ duplicate: 1 });
  expect(wrongsOf({ ...twice, absences: [death] })).toEqual({ duplicate: 1 });
  expect(wrongsOf({ ...twice, ...storedLate, absences: [{ ...death, mayRepeat: false }] })).toEqual({ duplicate: 1 });
  expect(wrongsOf({ ...twice, ...storedLate, absences: [{ ...death, fromMs: 5_000, untilMs: 6_000 }] })).toEqual({
    duplicate: 1,
  });
  expect(judge({ ...good, ...twice, ...storedLate, absences: [death] })).toMatchObject({ repeated: 1, details: [] });
});

it('finds a delivery settled long after the calm, and a retry before its time', () => {
  expect(wrongsOf({ facts: [{ ...succeeded, storedAtMs: 40_000 }] })).toEqual({ late: 1 });
  const retried = (atMs: number): Partial<Evidence> => ({
    requests: [{ ...accepted, status: 500 }, again(atMs)],
    facts: [{ ...succeeded, kind: 'retry_scheduled' }, succeeded],
    log: [{ ...plain, status: 'success', attempts: 2 }],
  });
  expect(wrongsOf(retried(1_300))).toEqual({ early: 1 });
  expect(wrongsOf(retried(2_050))).toEqual({});
  // Sent once more at once, within the attempt whose connection broke; twice more is a retry before its time.
  const broken: SeenRequest = { ...accepted, status: null, answeredAtMs: null };
  const resent = (...requests: SeenRequest[]): Partial<Evidence> => ({
    requests,
    facts: [{ ...succeeded, attempt: { ...attempt, isResent: true } }],
  });
  expect(wrongsOf(resent(broken, again(1_005)))).toEqual({});
  expect(wrongsOf(resent(broken, { ...broken, atMs: 1_005 }, again(1_010)))).toEqual({ early: 1 });
  expect(wrongsOf({ requests: [broken, again(1_005)] })).toEqual({ early: 1 });
});

it('finds requests that the log does not show, and attempts that nobody saw', () => {
  // The log lacks what a fact tells; facts tell less, or more, than the receiver saw.
  expect(wrongsOf({ log: [{ ...plain, status: 'success', attempts: 0 }] })).toEqual({ unlogged: 2 });
  const failed: SeenRequest = { ...accepted, atMs: 0, status: 500, answeredAtMs: 5 };
  expect(wrongsOf({ requests: [failed, again(2_000)] })).toEqual({ unlogged: 1 });
  const twoFacts = { facts: [succeeded, succeeded], log: [{ ...plain, status: 'success', attempts: 2 }] };
  expect(wrongsOf(twoFacts)).toEqual({ unlogged: 1 });
});

it('finds a lane that left its order, two requests at once where one was allowed, and requests while paused', () => {
  const one = { webhook: 'serial', eventId: 'evt-1' } as const;
  const two = { webhook: 'serial', eventId: 'evt-2' } as const;
  const serial = (secondAtMs: number, places: [number, number]): Partial<Evidence> => ({
    expected: [one, two],
    requests: [
      { ...accepted, ...one },
      { ...accepted, ...two, atMs: secondAtMs, answeredAtMs: secondAtMs + 5 },
    ],
    facts: [one, two].flatMap((of, index): SeenFact[] => [
      { ...of, kind: 'held', storedAtMs: 900, laneSeq: places[index]!, attempt: null },
      { ...succeeded, ...of, attempt: { ...attempt, trigger: 'release' } },
    ]),
    log: [one, two].map((of) => ({ ...of, status: 'success', attempts: 1 })),
  });
  expect(wrongsOf(serial(1_100, [1, 2]))).toEqual({});
  expect(wrongsOf(serial(1_100, [2, 1]))).toEqual({ disorder: 1 });
  expect(wrongsOf(serial(1_005, [1, 2]))).toEqual({ disorder: 1 });
  // In one millisecond, the order of their arrival counts.
  const atOnce = [two, one].map((of): SeenRequest => ({ ...accepted, ...of, answeredAtMs: accepted.atMs }));
  expect(wrongsOf({ ...serial(0, [2, 1]), requests: atOnce })).toEqual({});
  expect(wrongsOf({ ...serial(0, [1, 2]), requests: atOnce })).toEqual({ disorder: 1 });
  const held = { webhook: 'held', eventId: 'evt-1' } as const;
  const ofHeld = (atMs: number): Partial<Evidence> => ({
    expected: [held],
    requests: [{ ...again(atMs), ...held }],
    facts: [{ ...succeeded, ...held }],
    log: [{ ...held, status: 'success', attempts: 1 }],
  });
  expect(wrongsOf(ofHeld(3_000))).toEqual({ paused: 1 });
  expect(wrongsOf(ofHeld(5_100))).toEqual({});
});
