import { jest } from '@jest/globals';
import { HEALTH_BUCKET, healthKey, type WebhookHealth } from '#libs/contracts/src/webhook-health';
import { partitionOf } from '#libs/contracts/src/subjects';
import { eventually } from '../../../../test/support/eventually.js';
import { useJetStream } from '../../../../test/support/jetstream.js';
import type { AttemptOutcome } from '../delivery/delivery.js';
import { HealthBook } from './health-book.js';

jest.setTimeout(60_000);

const jetStream = useJetStream();

const refused: AttemptOutcome = { kind: 'refused', statusCode: 503, retryAfterMs: null };
const throttled: AttemptOutcome = { kind: 'refused', statusCode: 429, retryAfterMs: null };
const succeeded: AttemptOutcome = { kind: 'succeeded', statusCode: 200 };
/** Start and end of an attempt, seconds. */
type Times = readonly [startedAt: number, endedAt: number];

let count = 0;
function newWebhook() {
  count += 1;
  return { id: `wh_${count}`, accountId: 'acc', failuresSinceRevision: 1 };
}

const book = (timeScale = 1): HealthBook =>
  new HealthBook(jetStream.connection, jetStream.publisher, timeScale, (reason, error) => {
    throw new Error(reason, { cause: error });
  });

const times = ([startedAt, endedAt]: Times): { startedAtMs: number; endedAtMs: number } => ({
  startedAtMs: startedAt * 1_000,
  endedAtMs: endedAt * 1_000,
});

/** The newest health that was stored; null while there is none. */
async function stored({ accountId, id }: ReturnType<typeof newWebhook>): Promise<WebhookHealth | null> {
  const key = healthKey(partitionOf(accountId), accountId, id);
  const bySubject = { last_by_subj: `$KV.${HEALTH_BUCKET}.${key}` };
  return (await jetStream.connection.jsm.streams.getMessage(`KV_${HEALTH_BUCKET}`, bySubject))?.json<WebhookHealth>() ?? null;
}

it.each<[string, Times[], number, boolean]>([
  ['side by side', Array.from({ length: 12 }, (_, n) => [n / 100, 1] as const), 1, false],
  ['each begun before the last one ended', [[0, 2], [1, 3], [2, 4], [3, 5]], 2, false],
  ['one after the other', [[0, 1], [1, 2], [2, 3]], 3, false],
  ['one after the other, over a minute', [[0, 1], [1, 2], [60, 61]], 3, true],
  ['side by side after a minute', [[0, 1], [60, 62], [60, 62], [60, 62]], 4, true],
])('failures %s', async (_name, attempts, consecutiveFailures, isLasting) => {
  const webhook = newWebhook();
  const health = book();
  for (const attempt of attempts) health.record(webhook, refused, times(attempt), false);
  await eventually(async () => expect(await stored(webhook)).toMatchObject({ consecutiveFailures, isLasting }));
}); // prettier-ignore

it('divides the minute by the time scale', async () => {
  const webhook = newWebhook();
  const health = book(60);
  for (const attempt of [[0, 1], [1, 2]] as const) health.record(webhook, refused, times(attempt), false); // prettier-ignore
  await eventually(async () => expect(await stored(webhook)).toMatchObject({ consecutiveFailures: 2, isLasting: true }));
});

it('begins anew with a success, and after a delivery that only a 429 ended', async () => {
  const webhook = newWebhook();
  const health = book();
  health.record(webhook, refused, times([0, 1]), true);
  health.record(webhook, refused, times([100, 101]), true);
  await eventually(async () =>
    expect(await stored(webhook)).toMatchObject({ consecutiveFailures: 2, exhausted: 2, isLasting: true }),
  );
  health.record(webhook, succeeded, times([102, 103]), false);
  await eventually(async () =>
    expect(await stored(webhook)).toMatchObject({ consecutiveFailures: 0, exhausted: 0, isLasting: false }),
  );
  health.record(webhook, throttled, times([104, 105]), true);
  await eventually(async () => expect(await stored(webhook)).toMatchObject({ consecutiveFailures: 0, exhausted: 1 }));
  health.record(webhook, succeeded, times([106, 107]), false);
  await eventually(async () => expect(await stored(webhook)).toMatchObject({ exhausted: 0 }));
});

it('counts on where the last owner of the partition stopped', async () => {
  const webhook = newWebhook();
  book().record(webhook, refused, times([0, 1]), false);
  await eventually(async () => expect(await stored(webhook)).toMatchObject({ consecutiveFailures: 1 }));
  const next = book();
  await next.load(partitionOf(webhook.accountId));
  next.record(webhook, refused, times([0.5, 2]), false);
  next.record(webhook, refused, times([2, 3]), false);
  await eventually(async () => expect(await stored(webhook)).toMatchObject({ consecutiveFailures: 2 }));
});
