import { answerKeyOf } from '#libs/contracts/src/answer-key';
import { openAnswer, type Answer } from '#libs/signing/src/sealed-answer';
import type { TestEvent } from '#libs/contracts/src/fact';
import type { EntityManager } from 'typeorm';
import type { DeliveryRow } from './delivery.row.js';
import { selectAnswers, selectDeliveries, type DeliverySelection } from './delivery-queries.js';

/** What a receiver answered; nothing, where there was no answer or the event was erased, and with it what opens the answer. */
export function answerIn(box: Buffer | null, key: Buffer | null, deliveryId: string): Answer {
  if (box === null || key === null) return { body: '', headers: {} };
  return openAnswer(key, deliveryId, box.toString('base64'));
}

/** The event of a test delivery is in its facts: its answers are sealed with what follows from its data. */
export function keyOfTest({ data }: TestEvent): Buffer {
  return answerKeyOf(null, Buffer.from(data));
}

/**
 * A search in answers looks at so many deliveries for one page, less than a second's work; the next page goes on behind them. Answers are
 * sealed, so no index can be made of their text, and it would cost each attempt more than all the rest of its row.
 */
const LOOKED_AT_MAX = 10_000;
const LOOK_AT_ONCE = 500;

/**
 * Of a selection, newest first, the deliveries with an answer that contains `text`. `last`: where the search stopped before it had
 * looked at everything.
 */
export async function searchAnswers(
  manager: EntityManager,
  text: string,
  selection: DeliverySelection,
): Promise<{ found: DeliveryRow[]; last: DeliveryRow | null }> {
  const found: DeliveryRow[] = [];
  let after = selection.after;
  for (let lookedAt = 0; ; lookedAt += LOOK_AT_ONCE) {
    const page = selectDeliveries({ ...selection, after, limit: LOOK_AT_ONCE });
    const rows: DeliveryRow[] = await manager.query(page.text, page.values);
    found.push(...(await withAnswer(manager, text, rows)));
    const last = rows.at(-1);
    if (!last || rows.length < LOOK_AT_ONCE) return { found, last: null };
    if (found.length >= selection.limit || lookedAt + rows.length >= LOOKED_AT_MAX) return { found, last };
    after = { createdAt: last.created_at.toISOString(), id: last.id };
  }
}

async function withAnswer(manager: EntityManager, text: string, rows: DeliveryRow[]): Promise<DeliveryRow[]> {
  if (rows.length === 0) return [];
  const statement = selectAnswers(rows);
  const answers: { n: number; answer: Buffer; answer_key: Buffer | null }[] = await manager.query(
    statement.text,
    statement.values,
  );
  const hits = new Set<DeliveryRow>();
  for (const { n, answer, answer_key } of answers) {
    const row = rows[n - 1]!;
    const key = row.test_event === null ? answer_key : keyOfTest(JSON.parse(row.test_event) as TestEvent);
    if (answerIn(answer, key, row.id).body.includes(text)) hits.add(row);
  }
  return rows.filter((row) => hits.has(row));
}
