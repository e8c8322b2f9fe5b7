import type { WebhookCondition } from '#libs/contracts/src/webhook-history';
import { count } from '../hours/histogram.js';
import type { FailureRun } from '../hours/hour-counts.js';
import { healthSentence, type Doing } from './health-sentence.js';

const at = (hours: number, minutes: number, day = 21): number => Date.UTC(2026, 2, day, hours, minutes);
const NOW = at(10, 30);
const quick: number[] = [];
for (let n = 0; n < 20; n++) count(quick, n < 19 ? 84 : 900);

const lately = (succeeded: number, failed = 0, attemptsFailed = 0): Doing['lately'] => ({
  sinceMs: at(9, 0),
  succeeded,
  failed,
  cancelled: 0,
  attempts: succeeded + attemptsFailed,
  attemptsFailed,
  responseTimes: succeeded > 0 ? quick : [],
});
const failing = (
  of: Partial<NonNullable<FailureRun['failing']>> = {},
  lastSuccessAtMs: number | null = at(9, 50),
): FailureRun => ({
  lastSuccessAtMs,
  failing: { sinceMs: at(10, 2), lastAtMs: at(10, 20), withAnswer: '401', isMixed: false, ...of },
});
const condition = (of: Partial<WebhookCondition> = {}): WebhookCondition => ({
  status: 'active',
  statusReason: null,
  statusSinceMs: at(8, 0),
  changes: [],
  ...of,
});
const well: FailureRun = { lastSuccessAtMs: at(10, 29), failing: null };
const sentence = (of: Partial<Doing>): string =>
  healthSentence({ condition: condition(), run: well, lately: lately(1204), held: 0, nowMs: NOW, ...of });

it.each([
  ['all well', {}, 'All well: 1,204 of 1,204 delivered since 09:00, usually within 85 ms'],
  ['some had failed', { lately: lately(1200, 4, 12) },
    'Recovered: 1,200 of 1,204 delivered since 09:00, 12 attempts failed, usually within 85 ms'],
  ['one attempt had failed', { lately: lately(3, 0, 1) }, 'Recovered: 3 of 3 delivered since 09:00, 1 attempt failed, usually within 85 ms'],
  ['deliveries wait for their turn', { held: 17 }, 'All well: 1,204 of 1,204 delivered since 09:00, usually within 85 ms; 17 waiting for a turn'],
  ['nothing for an hour', { lately: lately(0), run: { lastSuccessAtMs: at(23, 10, 20), failing: null } },
    'Nothing to deliver since 09:00; last success at 20 Mar 23:10'],
  ['nothing delivered ever', { lately: lately(0), run: { lastSuccessAtMs: null, failing: null } }, 'Nothing has been delivered yet'],
  ['paused by a user', { condition: condition({ status: 'paused', statusReason: 'by_user', statusSinceMs: at(10, 5) }), held: 1 },
    'Paused since 10:05 by a user; 1 waiting'],
  ['paused by failures, whatever fails', { condition: condition({ status: 'paused', statusReason: 'failures' }), run: failing(), held: 17 },
    'Paused since 08:00 after repeated failures; 17 waiting'],
  ['paused, and nothing waits', { condition: condition({ status: 'paused', statusReason: 'by_user' }) }, 'Paused since 08:00 by a user; nothing waiting'],
  ['disabled by 410', { condition: condition({ status: 'disabled', statusReason: 'gone', statusSinceMs: at(7, 7, 1) }) },
    'Disabled since 1 Mar 07:07 because its receiver answered 410 Gone'],
  ['disabled by failures', { condition: condition({ status: 'disabled', statusReason: 'failures' }) }, 'Disabled since 08:00 after repeated failures'],
] as [string, Partial<Doing>, string][])('%s', (_name, of, expected) => {
  expect(sentence(of)).toBe(expected);
}); // prettier-ignore

it.each([
  ['503', '503 since 10:02'],
  ['timeout', 'Timing out since 10:02'],
  ['connection_refused', 'Refusing connections since 10:02'],
  ['connection_reset', 'Closing connections without an answer since 10:02'],
  ['connection_failed', 'Unreachable since 10:02'],
  ['dns_error', 'DNS name not found since 10:02'],
  ['tls_error', 'TLS or certificate errors since 10:02'],
  ['address_refused', 'Address not allowed since 10:02'],
  ['url_refused', 'URL not allowed since 10:02'],
  ['invalid_response', 'Not answering in HTTP since 10:02'],
])('fails with %s', (withAnswer, expected) => {
  expect(sentence({ run: failing({ withAnswer }) })).toBe(expected);
});

it('fails with different results, and deliveries wait', () => {
  const run = failing({ withAnswer: 'timeout', isMixed: true });
  expect(sentence({ run, held: 2 })).toBe('Failing since 10:02, most recently: timing out; 2 waiting for a turn');
});

describe('a change', () => {
  const changed = (...changes: WebhookCondition['changes']): WebhookCondition => condition({ changes });

  it.each([
    ['secret', 'the secret was rotated'],
    ['old_secret', 'the previous secret expired'],
    ['url', 'the URL was changed'],
    ['headers', 'the headers were changed'],
    ['method', 'the method was changed'],
    ['content_type', 'the content type was changed'],
  ] as const)('of %s between the last success and the first failure is named', (what, words) => {
    expect(sentence({ run: failing(), condition: changed({ what, atMs: at(10, 0) }) })).toBe(
      `401 since 10:02, after ${words} at 10:00`,
    );
  });

  it('before the last success is no reason; without a success, a change of the last day is', () => {
    const early = changed({ what: 'secret', atMs: at(9, 40) });
    expect(sentence({ run: failing(), condition: early })).toBe('401 since 10:02');
    expect(sentence({ run: failing({}, null), condition: early })).toBe('401 since 10:02, after the secret was rotated at 09:40');
    const long = changed({ what: 'secret', atMs: at(9, 40, 19) });
    expect(sentence({ run: failing({}, null), condition: long })).toBe('401 since 10:02');
  });

  it('is the last one before the failures; a change after the last attempt may have helped', () => {
    const changes = changed(
      { what: 'headers', atMs: at(10, 10) },
      { what: 'secret', atMs: at(10, 0) },
      { what: 'url', atMs: at(9, 55) },
    );
    expect(sentence({ run: failing(), condition: changes })).toBe('401 since 10:02, after the secret was rotated at 10:00');
    const since = changed({ what: 'secret', atMs: at(10, 25) }, { what: 'secret', atMs: at(10, 0) });
    expect(sentence({ run: failing(), condition: since })).toBe(
      '401 since 10:02; nothing sent since the secret was rotated at 10:25',
    );
  });
});
