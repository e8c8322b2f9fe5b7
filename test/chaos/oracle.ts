import { grouped } from './grouped.js';
import { RETRY_INTERVAL_MS, type WebhookName } from './plan.js';
import type { SeenRequest } from './scripted-receiver.js';
import type { Absence } from './supervisor.js';
import type { LoggedDelivery, SeenFact } from './witness.js';

/** Everything that is known of a run once it is over. */
export interface Evidence {
  expected: { webhook: WebhookName; eventId: string }[];
  requests: SeenRequest[];
  facts: SeenFact[];
  log: LoggedDelivery[];
  absences: Absence[];
  /** While `held` was paused. */
  paused: { fromMs: number; untilMs: number };
  /** From here on everything ran and nothing new came. */
  calmSinceMs: number;
}

export const WRONGS = ['lost', 'duplicate', 'late', 'early', 'unlogged', 'disorder', 'paused'] as const;
/**
 * `lost`: accepted, and neither delivered nor failed visibly, or not as the log says. `duplicate`: a request after a 2xx to
 * the same delivery. `late`: settled long after all was well again. `early`: a retry before its time. `unlogged`: requests
 * that the log does not show, or attempts that nobody saw. `disorder`: a lane left its order, or two at once where one was
 * allowed. `paused`: a request while paused.
 */
export type Wrong = (typeof WRONGS)[number];

export interface Verdict {
  counts: Record<Wrong, number>;
  /** Requests that were made again, and may have been: they were in hand when their process died. */
  repeated: number;
  /** How long before that the oldest of them had been answered. */
  repeatedAgeMs: number;
  /** The first of what is wrong, in words. */
  details: string[];
}

const SETTLED_WITHIN_MS = 30_000;
/**
 * Answered so short a time before a death, an answer may not be a fact yet: 20 ms as a rule, 1.4 s measured on two cores and
 * a disk that others use too. What is exact is that no fact was stored; this only finds facts that were forgotten in memory.
 */
const IN_HAND_MS = 3_000;
/** What timers and our own busy event loop may be off. */
const TOLERANCE_MS = 100;
const PAUSED_WITHIN_MS = 1_000;
/** Nobody cancels or deletes anything in a run. */
const FINAL = new Set(['success', 'failed']);
const ENDING = new Set(['succeeded', 'failed', 'cancelled']);
const DETAILS_MAX = 12;

const isAccepted = ({ status }: SeenRequest): boolean => status !== null && status >= 200 && status < 300;
const keyOf = ({ webhook, eventId }: { webhook: string; eventId: string }): string => `${webhook} ${eventId}`;

/** Compares what the receivers saw with what was accepted and with what the log says. */
export function judge(evidence: Evidence): Verdict {
  const verdict: Verdict = {
    counts: Object.fromEntries(WRONGS.map((wrong) => [wrong, 0])) as Record<Wrong, number>,
    repeated: 0,
    repeatedAgeMs: 0,
    details: [],
  };
  const blame = (wrong: Wrong, detail: string): void => {
    verdict.counts[wrong]++;
    if (verdict.details.length < DETAILS_MAX) verdict.details.push(`${wrong}: ${detail}`);
  };
  const { expected, absences, paused, calmSinceMs } = evidence;
  const requests = grouped(evidence.requests.toSorted(byTime), keyOf);
  const facts = grouped(evidence.facts, keyOf);
  const log = new Map(evidence.log.map((row) => [keyOf(row), row]));
  /** The death at which this request was in hand, if its process may repeat it for that. */
  const deathOf = ({ atMs, answeredAtMs }: SeenRequest): Absence | undefined =>
    absences.find(
      ({ mayRepeat, fromMs, untilMs }) =>
        mayRepeat && atMs <= untilMs && (answeredAtMs === null || answeredAtMs >= fromMs - IN_HAND_MS),
    );

  for (const key of new Set([...expected.map(keyOf), ...requests.keys(), ...log.keys()])) {
    const seen = requests.get(key) ?? [];
    const row = log.get(key);
    const endedAtMs = facts.get(key)?.find(({ kind }) => ENDING.has(kind))?.storedAtMs ?? Infinity;

    if (!row || !FINAL.has(row.status)) blame('lost', `${key} is ${row?.status ?? 'not'} in the log`);
    else if ((row.status === 'success') !== seen.some(isAccepted) || seen.length === 0)
      blame(
        'lost',
        `${key} is ${row.status} in the log, and its receiver answered ${seen.map(({ status }) => status).join(', ')}`,
      );
    if (endedAtMs > calmSinceMs + SETTLED_WITHIN_MS)
      blame('late', `${key} ended ${since(endedAtMs, calmSinceMs)} after the calm`);

    const acceptedAt = seen.findIndex(isAccepted);
    const first = seen[acceptedAt];
    for (const again of first ? seen.slice(acceptedAt + 1) : []) {
      // A fact that was stored before must have kept the request from being made.
      const death = deathOf(first!);
      if (death && endedAtMs > again.atMs) {
        verdict.repeated++;
        verdict.repeatedAgeMs = Math.max(verdict.repeatedAgeMs, death.fromMs - first!.answeredAtMs!);
      } else
        blame(
          'duplicate',
          `${key} again ${since(again.atMs, first!.answeredAtMs ?? first!.atMs)} after its ${first!.status}, ` +
            `its fact was stored ${since(again.atMs, endedAtMs)} before; ${whereIn(first!, absences)}`,
        );
    }
    for (const [index, request] of seen.entries()) {
      const before = seen[index - 1];
      if (!before || isAccepted(before) || deathOf(before)) continue;
      const gapMs = request.atMs - before.atMs;
      if (gapMs < RETRY_INTERVAL_MS - TOLERANCE_MS) blame('early', `${key} ${gapMs} ms after its ${before.status}`);
    }

    const attempts = row?.attempts ?? 0;
    const told = facts.get(key)?.filter(({ attempt }) => attempt !== null) ?? [];
    if (attempts !== told.length) blame('unlogged', `${key}: ${told.length} facts of attempts, ${attempts} attempts in the log`);
    const mayBeMissing = seen.filter(deathOf).length;
    const mustBeThere = seen.filter(({ status }) => status !== null).length - mayBeMissing;
    // A connection that broke may have broken before the receiver saw anything.
    const mustBeSeen = told.filter(({ attempt }) => attempt!.statusCode !== null).length;
    if (attempts < mustBeThere || mustBeSeen > seen.length)
      blame('unlogged', `${key}: ${seen.length} requests (${mayBeMissing} in hand at a death), ${attempts} attempts in the log`);
  }

  const serial = evidence.requests.filter(({ webhook }) => webhook === 'serial').toSorted(byTime);
  for (const [index, request] of serial.entries()) {
    const before = serial[index - 1];
    if (before?.answeredAtMs != null && before.answeredAtMs > request.atMs && !deathOf(before))
      blame('disorder', `${keyOf(request)} began before ${before.eventId} was answered`);
  }
  let furthest = 0;
  const places = new Map(evidence.facts.flatMap((fact) => (fact.laneSeq === null ? [] : [[keyOf(fact), fact.laneSeq] as const])));
  for (const request of serial) {
    if (requests.get(keyOf(request))![0] !== request) continue;
    const place = places.get(keyOf(request)) ?? furthest;
    if (place < furthest) blame('disorder', `${keyOf(request)}, ${place} in the lane, came after ${furthest}`);
    furthest = Math.max(furthest, place);
  }

  for (const request of evidence.requests) {
    const isPaused = request.atMs > paused.fromMs + PAUSED_WITHIN_MS && request.atMs < paused.untilMs;
    if (request.webhook === 'held' && isPaused)
      blame('paused', `${keyOf(request)} ${since(request.atMs, paused.fromMs)} after the pause`);
  }
  return verdict;
}

function byTime(one: SeenRequest, other: SeenRequest): number {
  return one.atMs - other.atMs;
}

function since(atMs: number, fromMs: number): string {
  return `${Math.round(atMs - fromMs)} ms`;
}

/** When a request was, seen from the times in which something was away. */
function whereIn({ atMs, answeredAtMs }: SeenRequest, absences: Absence[]): string {
  return absences
    .map(
      ({ part, fromMs }) =>
        `begun ${since(atMs, fromMs)}, answered ${answeredAtMs === null ? 'never' : since(answeredAtMs, fromMs)} from the death of ${part}`,
    )
    .join('; ');
}
