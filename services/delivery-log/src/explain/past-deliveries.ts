import { rows, type Sql } from '#libs/postgres/src/rows';
import { attemptsSince } from '../delivery/delivery.row.js';
import type { PastAttempt, PastDecision, PastDelivery } from './explain.js';

interface Row extends Omit<PastDelivery, 'createdAtMs' | 'nextAttemptAtMs' | 'updatedAtMs' | 'story'> {
  id: string;
  webhookId: string;
  createdAt: Date;
  nextAttemptAt: Date | null;
  updatedAt: Date;
}

/** Reads the deliveries of an event by webhook, oldest first. `withStory` adds every attempt and decision. */
export async function pastDeliveries(
  sql: Sql,
  { accountId, eventId, eventSeq }: { accountId: string; eventId: string; eventSeq: string },
  webhookIds: string[],
  withStory: boolean,
): Promise<Map<string, PastDelivery[]>> {
  const deliveries = await rows<Row>(
    sql,
    `SELECT id, webhook_id AS "webhookId", created_at AS "createdAt", replay_id AS "replayId", status, reason, attempts,
       response_code AS "responseCode", next_attempt_at AS "nextAttemptAt", updated_at AS "updatedAt"
     FROM delivery_log.deliveries
     WHERE account_id = $1 AND event_id = $2 AND event_seq = $3 AND webhook_id = ANY($4::text[]) AND NOT is_test
     ORDER BY replay_id IS NOT NULL, created_at`,
    [accountId, eventId, eventSeq, webhookIds],
  );
  const byWebhook = new Map<string, PastDelivery[]>();
  for (const { id, webhookId, createdAt, nextAttemptAt, updatedAt, ...row } of deliveries) {
    const story = withStory ? await storyOf(sql, id, createdAt) : { attempts: [], decisions: [] };
    const times = {
      createdAtMs: createdAt.getTime(),
      nextAttemptAtMs: nextAttemptAt?.getTime() ?? null,
      updatedAtMs: updatedAt.getTime(),
    };
    byWebhook.set(webhookId, [...(byWebhook.get(webhookId) ?? []), { ...row, ...times, story }]);
  }
  return byWebhook;
}

async function storyOf(sql: Sql, deliveryId: string, createdAt: Date): Promise<PastDelivery['story']> {
  const since = attemptsSince({ created_at: createdAt });
  const attempts = await rows<Omit<PastAttempt, 'atMs' | 'nextAttemptAtMs'> & { at: Date; nextAttemptAt: Date | null }>(
    sql,
    `SELECT at, number, trigger, status_code AS "statusCode", error, response_time_ms AS "responseTimeMs",
       next_attempt_at AS "nextAttemptAt"
     FROM delivery_log.attempts WHERE delivery_id = $1 AND at >= $2 ORDER BY at, number`,
    [deliveryId, since],
  );
  const decisions = await rows<Omit<PastDecision, 'atMs'> & { at: Date }>(
    sql,
    `SELECT at, kind, reason, number, is_manual AS "isManual"
     FROM delivery_log.decisions WHERE delivery_id = $1 AND at >= $2 ORDER BY at`,
    [deliveryId, since],
  );
  return {
    attempts: attempts.map(({ at, nextAttemptAt, ...attempt }) => ({
      ...attempt,
      atMs: at.getTime(),
      nextAttemptAtMs: nextAttemptAt?.getTime() ?? null,
    })),
    decisions: decisions.map(({ at, ...decision }) => ({ ...decision, atMs: at.getTime() })),
  };
}
