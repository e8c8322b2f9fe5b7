import { answerKeyOf } from '#libs/contracts/src/answer-key';
import { rows as run, type Sql } from '#libs/postgres/src/rows';
import { openAnswer, type Answer } from '#libs/signing/src/sealed-answer';
import type { TestEvent } from '#libs/contracts/src/fact';
import type { DeliveryRow } from './delivery.row.js';
import { selectAnswers, selectDeliveries, type DeliverySelection } from './delivery-queries.js';

/** Opens a receiver's answer. Returns an empty one when there was none, or when its key was erased with the event. */
export function answerIn(box: Buffer | null, key: Buffer | null, deliveryId: string): Answer {
  if (box === null || key === null) return { body: '', headers: {} };
  return openAnswer(key, deliveryId, box.toString('base64'));
}

/** Key of a test's answers. A test's event is only in its facts, so the key is derived from its data. */
export function keyOfTest({ data }: TestEvent): Buffer {
  return answerKeyOf(null, Buffer.from(data));
}

/**
 * Deliveries that one page of a search looks at, less than a second's work. The next page goes on after them. Answers are sealed, so
 * their text has no index. Such an index would also cost each attempt more than the rest of its row.
 */
const LOOKED_AT_MAX = 10_000;
const LOOK_AT_ONCE = 500;

/**
 * Finds the deliveries of a selection whose answer contains `text`, newest first. `last` is where the search stopped; null when it
 * has looked at everything.
 */
export async function searchAnswers(
  sql: Sql,
  text: string,
  selection: DeliverySelection,
): Promise<{ found: DeliveryRow[]; last: DeliveryRow | null }> {
  const found: DeliveryRow[] = [];
  let after = selection.after;
  for (let lookedAt = 0; ; lookedAt += LOOK_AT_ONCE) {
    const page = selectDeliveries({ ...selection, after, limit: LOOK_AT_ONCE });
    const rows = await run<DeliveryRow>(sql, page.text, page.values);
    found.push(...(await withAnswer(sql, text, rows)));
    const last = rows.at(-1);
    if (!last || rows.length < LOOK_AT_ONCE) return { found, last: null };
    if (found.length >= selection.limit || lookedAt + rows.length >= LOOKED_AT_MAX) return { found, last };
    after = { createdAt: last.created_at.toISOString(), id: last.id };
  }
}

async function withAnswer(sql: Sql, text: string, rows: DeliveryRow[]): Promise<DeliveryRow[]> {
  if (rows.length === 0) return [];
  const statement = selectAnswers(rows);
  const answers = await run<{ n: number; answer: Buffer; answer_key: Buffer | null }>(sql, statement.text, statement.values);
  const hits = new Set<DeliveryRow>();
  for (const { n, answer, answer_key } of answers) {
    const row = rows[n - 1]!;
    const key = row.test_event === null ? answer_key : keyOfTest(JSON.parse(row.test_event) as TestEvent);
    if (answerIn(answer, key, row.id).body.includes(text)) hits.add(row);
  }
  return rows.filter((row) => hits.has(row));
}
