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
  /** How long after the calm the last delivery was settled. */
  settledAfterMs: number;
  /** The first of what is wrong of each kind, in words. */
  details: string[];
}

const SETTLED_WITHIN_MS = 30_000;
/**
 * An answer this short before a death may not be a stored fact yet. That takes 20 ms as a rule; 1.4 s was measured on two busy
 * cores with a shared disk. Stored facts are checked exactly; this bound only finds facts that were forgotten in memory.
 */
const IN_HAND_MS = 3_000;
/** The error of timers and of our own busy event loop. */
const TOLERANCE_MS = 100;
/** Nobody cancels or deletes anything in a run. */
const FINAL = new Set(['success', 'failed']);
const ENDING = new Set(['succeeded', 'failed', 'cancelled']);
const DETAILS_OF_EACH_MAX = 4;

/** A delivery: what its receiver saw, what was stored of it, what the log shows. */
interface Story {
  key: string;
  seen: SeenRequest[];
  facts: SeenFact[];
  row: LoggedDelivery | undefined;
  /** When its end was durable. */
  endedAtMs: number;
}

type Findings = Generator<readonly [Wrong, string]>;

/** Compares what the receivers saw with what was accepted and with what the log says. */
export function judge(evidence: Evidence): Verdict {
  const stories = storiesOf(evidence);
  const repeats = stories.flatMap((story) => repeatsOf(story, evidence));
  const excused = repeats.filter(({ death }) => death !== null);
  const verdict: Verdict = {
    counts: Object.fromEntries(WRONGS.map((wrong) => [wrong, 0])) as Record<Wrong, number>,
    repeated: excused.length,
    repeatedAgeMs: Math.max(0, ...excused.map(({ first, death }) => death!.fromMs - first.answeredAtMs!)),
    settledAfterMs: Math.max(0, ...stories.map(({ endedAtMs }) => endedAtMs - evidence.calmSinceMs).filter(Number.isFinite)),
    details: [],
  };
  const findings = [
    ...stories.flatMap((story) => [...wrongsOf(story, evidence)]),
    ...inOrder(stories, evidence),
    ...whilePaused(evidence),
  ];
  for (const [wrong, detail] of findings) {
    verdict.counts[wrong]++;
    if (verdict.counts[wrong] <= DETAILS_OF_EACH_MAX) verdict.details.push(`${wrong}: ${detail}`);
  }
  return verdict;
}

function storiesOf({ expected, requests, facts, log }: Evidence): Story[] {
  const seen = grouped(
    requests.toSorted((one, other) => one.atMs - other.atMs),
    keyOf,
  );
  const told = grouped(facts, keyOf);
  const rows = new Map(log.map((row) => [keyOf(row), row]));
  return [...new Set([...expected.map(keyOf), ...seen.keys(), ...rows.keys()])].map((key) => {
    const ofIt = told.get(key) ?? [];
    const endedAtMs = ofIt.find(({ kind }) => ENDING.has(kind))?.storedAtMs ?? Infinity;
    return { key, seen: seen.get(key) ?? [], facts: ofIt, row: rows.get(key), endedAtMs };
  });
}

/** Requests after the first 2xx. `death`: where the process died with that answer in hand; a stored fact excuses nothing. */
function repeatsOf({ seen, endedAtMs }: Story, evidence: Evidence) {
  const acceptedAt = seen.findIndex(isAccepted);
  const first = seen[acceptedAt];
  if (!first) return [];
  return seen
    .slice(acceptedAt + 1)
    .map((again) => ({ first, again, death: endedAtMs > again.atMs ? findDeath(first, evidence) : null }));
}

function* wrongsOf(story: Story, evidence: Evidence): Findings {
  const { key, seen, facts, row, endedAtMs } = story;
  const statuses = seen.map(({ status }) => status).join(', ');
  if (!row || !FINAL.has(row.status)) yield ['lost', `${key} is ${row?.status ?? 'not'} in the log, answers: ${statuses}`];
  else if ((row.status === 'success') !== seen.some(isAccepted) || seen.length === 0)
    yield ['lost', `${key} is ${row.status} in the log, answers: ${statuses}`];

  for (const { first, again, death } of repeatsOf(story, evidence)) {
    if (death !== null) continue;
    const fact = `its fact was stored ${since(again.atMs, endedAtMs)} before`;
    yield ['duplicate', `${key} again ${since(again.atMs, first.atMs)} after the first, ${fact}; ${placeOf(first, evidence)}`];
  }

  const lateMs = endedAtMs - evidence.calmSinceMs;
  if (lateMs > SETTLED_WITHIN_MS) yield ['late', `${key} ended ${Math.round(lateMs)} ms after the calm`];

  for (const [index, request] of seen.entries()) {
    const before = seen[index - 1];
    if (!before || isAccepted(before) || findDeath(before, evidence)) continue;
    const attempt = facts.findLast((fact) => fact.attempt !== null && fact.attempt.atMs <= before.atMs)?.attempt ?? null;
    if (isSecondOf(attempt, request, story)) continue;
    // The interval counts from where dispatch began; a busy receiver may have read the request later.
    const gapMs = request.atMs - (attempt?.atMs ?? before.atMs);
    if (gapMs < RETRY_INTERVAL_MS - TOLERANCE_MS) yield ['early', `${key} ${gapMs} ms after its ${before.status}`];
  }

  const logged = row?.attempts ?? 0;
  const told = facts.flatMap(({ attempt }) => attempt ?? []);
  if (logged !== told.length) yield ['unlogged', `${key}: ${told.length} facts of attempts, ${logged} attempts in the log`];
  const mayBeMissing = seen.filter((request) => findDeath(request, evidence)).length;
  const mustBeThere = seen.filter(({ status }) => status !== null).length - mayBeMissing;
  // A connection that broke may have broken before the receiver saw anything.
  const mustBeSeen = told.filter(({ statusCode }) => statusCode !== null).length;
  if (logged < mustBeThere || mustBeSeen > seen.length)
    yield ['unlogged', `${key}: ${seen.length} requests (${mayBeMissing} in hand at a death), ${logged} attempts in the log`];
}

/** An attempt whose reused connection broke is one request more, at once. */
function isSecondOf(attempt: SeenFact['attempt'], request: SeenRequest, { seen }: Story): boolean {
  if (attempt?.isResent !== true) return false;
  const earlier = seen.filter(({ atMs }) => atMs >= attempt.atMs && atMs < request.atMs);
  return earlier.length === 1 && earlier[0]!.status === null;
}

/** `serial` takes one at a time, and what waited in its lane comes in the lane's order. */
function* inOrder(stories: Story[], { requests }: Evidence): Findings {
  // Their times cannot tell two requests of one millisecond apart.
  const arrivals = new Map(requests.map((request, index) => [request, index]));
  const serial = stories
    .filter(({ key, seen }) => key.startsWith('serial ') && seen.length > 0)
    .sort((one, other) => arrivals.get(one.seen[0]!)! - arrivals.get(other.seen[0]!)!);
  let furthest = 0;
  let busyUntilMs = 0;
  for (const { key, seen, facts } of serial) {
    // A request on the wire at a death comes again, behind waiting deliveries: its first request was in order. A delivery that
    // was held a second time, because its answer was no fact yet, did not come out of the lane.
    const isReleased = seen.length === 1 && facts.some(({ attempt }) => attempt?.trigger === 'release');
    const place = isReleased ? facts.find(({ laneSeq }) => laneSeq !== null)?.laneSeq : null;
    if (place != null && place < furthest) yield ['disorder', `${key}, ${place} in the lane, came after ${furthest}`];
    furthest = Math.max(furthest, place ?? 0);
    if (seen[0]!.atMs < busyUntilMs) yield ['disorder', `${key} began before the one before it was answered`];
    // The answer to a process that died meanwhile keeps nobody busy.
    busyUntilMs = seen.length === 1 ? (seen[0]!.answeredAtMs ?? 0) : 0;
  }
}

function* whilePaused({ requests, paused }: Evidence): Findings {
  for (const request of requests) {
    const isPaused = request.atMs > paused.fromMs + TOLERANCE_MS && request.atMs < paused.untilMs;
    if (request.webhook === 'held' && isPaused)
      yield ['paused', `${keyOf(request)} ${since(request.atMs, paused.fromMs)} after the pause`];
  }
}

/** The death at which this request was in hand, if its process may repeat it for that. */
function findDeath({ atMs, answeredAtMs }: SeenRequest, { absences }: Evidence): Absence | null {
  const isInHand = ({ fromMs, untilMs }: Absence): boolean =>
    atMs <= untilMs && (answeredAtMs === null || answeredAtMs >= fromMs - IN_HAND_MS);
  return absences.find((absence) => absence.mayRepeat && isInHand(absence)) ?? null;
}

/** When a request was, seen from the times in which something was away. */
function placeOf({ atMs, answeredAtMs }: SeenRequest, { absences }: Evidence): string {
  return absences
    .map(({ part, fromMs }) => {
      const answered = answeredAtMs === null ? 'never answered' : `answered ${since(answeredAtMs, fromMs)}`;
      return `the first began ${since(atMs, fromMs)}, was ${answered} from the death of ${part}`;
    })
    .join('; ');
}

function isAccepted({ status }: SeenRequest): boolean {
  return status !== null && status >= 200 && status < 300;
}

function keyOf({ webhook, eventId }: { webhook: string; eventId: string }): string {
  return `${webhook} ${eventId}`;
}

function since(atMs: number, fromMs: number): string {
  return `${Math.round(atMs - fromMs)} ms`;
}
