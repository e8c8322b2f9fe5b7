import type { ReceiverChange, StatusReason, WebhookCondition } from '#libs/contracts/src/webhook-history';
import { percentile } from '../hours/histogram.js';
import type { FailureRun, HourCounts } from '../hours/hour-counts.js';

export interface Doing {
  condition: WebhookCondition;
  run: FailureRun;
  /** This hour and the one before it. */
  lately: HourCounts & { sinceMs: number };
  /** How many wait for the webhook. */
  held: number;
  nowMs: number;
}

/** Where no success is known before the failures, a change this long before them may still be the reason. */
const REASON_MAX_MS = 24 * 60 * 60_000;

/** How a webhook's receiver does, in one plain sentence; times in UTC. */
export function healthSentence(doing: Doing): string {
  const { condition, run, held, nowMs } = doing;
  const since = timeInWords(condition.statusSinceMs, nowMs);
  switch (condition.status) {
    case 'disabled':
      return `Disabled since ${since} ${reasonInWords(condition.statusReason)}`;
    case 'paused':
      return `Paused since ${since} ${reasonInWords(condition.statusReason)}; ${held === 0 ? 'nothing waits' : waiting(held)}`;
    case 'active': {
      const words = run.failing === null ? wellInWords(doing) : failingInWords(run.failing, doing);
      return held === 0 ? words : `${words}; ${waiting(held)} for their turn`;
    }
  }
}

function failingInWords(failing: NonNullable<FailureRun['failing']>, { condition, run, nowMs }: Doing): string {
  const { sinceMs, lastAtMs, withAnswer, isMixed } = failing;
  const time = (ms: number): string => timeInWords(ms, nowMs);
  const failure = FAILURES[withAnswer] ?? withAnswer;
  const words = isMixed ? `Fails since ${time(sinceMs)}, the last time: ${failure}` : `${failure} since ${time(sinceMs)}`;
  const newest = condition.changes[0];
  if (newest && newest.atMs > lastAtMs) return `${words}; nothing was sent since ${CHANGES[newest.what]} at ${time(newest.atMs)}`;
  const wellUntilMs = run.lastSuccessAtMs ?? sinceMs - REASON_MAX_MS;
  const reason = condition.changes.find(({ atMs }) => atMs >= wellUntilMs && atMs <= sinceMs);
  return reason ? `${words}, after ${CHANGES[reason.what]} at ${time(reason.atMs)}` : words;
}

function wellInWords({ run, lately, nowMs }: Doing): string {
  const since = timeInWords(lately.sinceMs, nowMs);
  const ended = lately.succeeded + lately.failed;
  if (run.lastSuccessAtMs === null) return 'Nothing has been delivered yet';
  if (ended === 0) return `Nothing to deliver since ${since}; all was well at ${timeInWords(run.lastSuccessAtMs, nowMs)}`;
  const { attemptsFailed } = lately;
  const failures =
    attemptsFailed === 0 ? '' : `, ${number(attemptsFailed)} ${attemptsFailed === 1 ? 'attempt' : 'attempts'} failed`;
  const within = percentile(lately.responseTimes, 0.95);
  const usually = within === null ? '' : `, usually within ${number(within)} ms`;
  return `${failures === '' ? 'All well' : 'Well again'}: ${number(lately.succeeded)} of ${number(ended)} delivered since ${since}${failures}${usually}`;
}

function reasonInWords(reason: StatusReason | null): string {
  if (reason === 'gone') return 'because its receiver answered 410 Gone';
  return reason === 'failures' ? 'by failures' : 'by hand';
}

const CHANGES: Record<ReceiverChange, string> = {
  url: 'the URL was changed',
  headers: 'the headers were changed',
  secret: 'the secret was rotated',
  old_secret: 'the secret before the rotated one ended',
  method: 'the method was changed',
  content_type: 'the content type was changed',
};

const FAILURES: Record<string, string> = {
  timeout: 'Times out',
  connection_refused: 'Refuses connections',
  connection_reset: 'Closes connections without an answer',
  connection_failed: 'Cannot be reached',
  dns_error: 'Its name is not found',
  tls_error: 'Its certificate or TLS fails',
  address_refused: 'Its address is not allowed',
  url_refused: 'Its URL is not allowed',
  invalid_response: 'Answers what is not HTTP',
};

function waiting(held: number): string {
  return `${number(held)} ${held === 1 ? 'waits' : 'wait'}`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `10:02`; of another day `20 Nov 10:02`. */
function timeInWords(ms: number, nowMs: number): string {
  const [date, clock] = [new Date(ms).toISOString().slice(0, 10), new Date(ms).toISOString().slice(11, 16)];
  if (date === new Date(nowMs).toISOString().slice(0, 10)) return clock;
  return `${Number(date.slice(8))} ${MONTHS[Number(date.slice(5, 7)) - 1]} ${clock}`;
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
