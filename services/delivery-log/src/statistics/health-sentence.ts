import type { ReceiverChange, StatusReason, WebhookCondition } from '#libs/contracts/src/webhook-history';
import { DAY_MS } from '#libs/contracts/src/time';
import { percentile } from '../hours/histogram.js';
import type { FailureRun, HourCounts } from '../hours/hour-counts.js';

/** Facts about a webhook that its sentence is made of. */
export interface Doing {
  condition: WebhookCondition;
  run: FailureRun;
  /** Counts of this hour and the hour before. */
  lately: HourCounts & { sinceMs: number };
  /** Deliveries waiting in the webhook's lane. */
  held: number;
  nowMs: number;
}

/** Without a known success, a change up to this long before the first failure may be its reason. */
const REASON_MAX_MS = DAY_MS;

/** Describes how a webhook's receiver does, in one sentence. Times are UTC. */
export function healthSentence(doing: Doing): string {
  const { condition, run, held, nowMs } = doing;
  const since = shortTime(condition.statusSinceMs, nowMs);
  switch (condition.status) {
    case 'disabled':
      return `Disabled since ${since} ${reasonOf(condition.statusReason)}`;
    case 'paused':
      return `Paused since ${since} ${reasonOf(condition.statusReason)}; ${held === 0 ? 'nothing' : number(held)} waiting`;
    case 'active': {
      const sentence = run.failing === null ? wellSentence(doing) : failingSentence(run.failing, doing);
      return held === 0 ? sentence : `${sentence}; ${number(held)} waiting for a turn`;
    }
  }
}

function failingSentence(failing: NonNullable<FailureRun['failing']>, { condition, run, nowMs }: Doing): string {
  const { sinceMs, lastAtMs, withAnswer, isMixed } = failing;
  const time = (ms: number): string => shortTime(ms, nowMs);
  const failure = FAILURES[withAnswer] ?? withAnswer;
  const sentence = isMixed
    ? `Failing since ${time(sinceMs)}, most recently: ${failure}`
    : `${capital(failure)} since ${time(sinceMs)}`;
  const newest = condition.changes[0];
  if (newest && newest.atMs > lastAtMs) return `${sentence}; nothing sent since ${CHANGES[newest.what]} at ${time(newest.atMs)}`;
  const wellUntilMs = run.lastSuccessAtMs ?? sinceMs - REASON_MAX_MS;
  const reason = condition.changes.find(({ atMs }) => atMs >= wellUntilMs && atMs <= sinceMs);
  return reason ? `${sentence}, after ${CHANGES[reason.what]} at ${time(reason.atMs)}` : sentence;
}

function wellSentence({ run, lately, nowMs }: Doing): string {
  const since = shortTime(lately.sinceMs, nowMs);
  const ended = lately.succeeded + lately.failed;
  if (run.lastSuccessAtMs === null) return 'Nothing has been delivered yet';
  if (ended === 0) return `Nothing to deliver since ${since}; last success at ${shortTime(run.lastSuccessAtMs, nowMs)}`;
  const { attemptsFailed } = lately;
  const failures =
    attemptsFailed === 0 ? '' : `, ${number(attemptsFailed)} ${attemptsFailed === 1 ? 'attempt' : 'attempts'} failed`;
  const within = percentile(lately.responseTimes, 0.95);
  const usually = within === null ? '' : `, usually within ${number(within)} ms`;
  return `${failures === '' ? 'All well' : 'Recovered'}: ${number(lately.succeeded)} of ${number(ended)} delivered since ${since}${failures}${usually}`;
}

function reasonOf(reason: StatusReason | null): string {
  if (reason === 'gone') return 'because its receiver answered 410 Gone';
  return reason === 'failures' ? 'after repeated failures' : 'by a user';
}

const CHANGES: Record<ReceiverChange, string> = {
  url: 'the URL was changed',
  headers: 'the headers were changed',
  secret: 'the secret was rotated',
  old_secret: 'the previous secret expired',
  method: 'the method was changed',
  content_type: 'the content type was changed',
};

const FAILURES: Record<string, string> = {
  timeout: 'timing out',
  connection_refused: 'refusing connections',
  connection_reset: 'closing connections without an answer',
  connection_failed: 'unreachable',
  dns_error: 'DNS name not found',
  tls_error: 'TLS or certificate errors',
  address_refused: 'address not allowed',
  url_refused: 'URL not allowed',
  invalid_response: 'not answering in HTTP',
};

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Formats a time of today as `10:02`, of another day as `20 Nov 10:02`. */
function shortTime(ms: number, nowMs: number): string {
  const [date, clock] = [new Date(ms).toISOString().slice(0, 10), new Date(ms).toISOString().slice(11, 16)];
  if (date === new Date(nowMs).toISOString().slice(0, 10)) return clock;
  return `${Number(date.slice(8))} ${MONTHS[Number(date.slice(5, 7)) - 1]} ${clock}`;
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
