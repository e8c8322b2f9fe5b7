import type { Erasure } from '#libs/contracts/src/erasure';
import { RECORDS_BUCKET, type RecordHistory } from '#libs/contracts/src/record-history';
import type { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';

const AT_ONCE_MAX = 32;
const NOTHING: RecordHistory = { v: 1, values: {} };

/**
 * Removes from the streams what is to be forgotten; what is gone already is no problem. JetStream writes other bytes over those of a
 * message that it deletes so.
 */
export async function forget({ js, jsm }: JetStreamConnection, erasures: Erasure[]): Promise<void> {
  const gone: [stream: string, seq: number][] = erasures.flatMap(({ events, rejected }) => [
    ...events.map(({ seq }): [string, number] => ['EVENTS', seq]),
    ...rejected.map(({ seq }): [string, number] => ['REJECTED', seq]),
  ]);
  await someAtOnce(gone, async ([stream, seq]) => {
    await jsm.streams.deleteMessage(stream, seq, true).catch(async (error: unknown) => {
      if ((await jsm.streams.getMessage(stream, { seq })) !== null) throw error;
    });
  });
  // Even a fingerprint tells whoever guesses a value that it was the one. Dispatch finds that another has written, and reads again.
  const records = new Set(erasures.flatMap(({ events }) => events.flatMap(({ record }) => record ?? [])));
  await someAtOnce([...records], async (key) => {
    const subject = `$KV.${RECORDS_BUCKET}.${key}`;
    const known = await jsm.streams.getMessage(`KV_${RECORDS_BUCKET}`, { last_by_subj: subject });
    if (known !== null) await js.publish(subject, JSON.stringify(NOTHING));
  });
}

async function someAtOnce<T>(all: T[], work: (one: T) => Promise<void>): Promise<void> {
  for (let begin = 0; begin < all.length; begin += AT_ONCE_MAX)
    await Promise.all(all.slice(begin, begin + AT_ONCE_MAX).map(work));
}
