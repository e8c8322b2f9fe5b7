import type { DeliveryState } from '#libs/contracts/src/delivery-state';
import type { Sql } from '#libs/postgres/src/rows';
import { insertRows, timeOf, type Columns } from '../insert-rows.js';
import type { AttemptRow, DecisionRow } from './fold-facts.js';
import { SETTLED_SQL } from './settled.js';

const DELIVERY_COLUMNS: Columns<DeliveryState> = {
  created_at: ['timestamptz', (row) => timeOf(row.createdAtMs)],
  id: ['text', (row) => row.id],
  account_id: ['text', (row) => row.accountId],
  webhook_id: ['text', (row) => row.webhookId],
  event_id: ['text', (row) => row.eventId],
  event_type: ['text', (row) => row.eventType],
  event_seq: ['bigint', (row) => row.eventSeq],
  status: ['text', (row) => row.status],
  reason: ['text', (row) => row.reason],
  attempts: ['smallint', (row) => row.attempts],
  response_code: ['smallint', (row) => row.responseCode],
  response_time_ms: ['integer', (row) => row.responseTimeMs],
  next_attempt_at: ['timestamptz', (row) => timeOf(row.nextAttemptAtMs)],
  waiting_seq: ['bigint', (row) => row.waitingSeq],
  updated_at: ['timestamptz', (row) => timeOf(row.updatedAtMs)],
  is_test: ['boolean', (row) => row.isTest],
  replay_id: ['text', (row) => row.replayId],
  recipe: ['text', (row) => jsonOf(row.recipe)],
  test_event: ['text', (row) => jsonOf(row.testEvent)],
  is_manual: ['boolean', (row) => row.isManual],
  log_days: ['smallint', (row) => row.logDays],
};

const SETTLED_COLUMNS = ['status', 'reason', 'next_attempt_at', 'waiting_seq', 'is_manual'];

/** Merges states into the stored deliveries as `foldFacts` merges them: what a later state leaves null stays. */
export function writeDeliveries(sql: Sql, rows: DeliveryState[]): Promise<void> {
  const onConflict = `(id, created_at, log_days) DO UPDATE SET
    ${SETTLED_COLUMNS.map((column) => `${column} = CASE WHEN ${SETTLED_SQL} THEN known.${column} ELSE excluded.${column} END`).join(', ')},
    attempts = greatest(known.attempts, excluded.attempts),
    response_code = CASE WHEN excluded.recipe IS NULL THEN known.response_code ELSE excluded.response_code END,
    response_time_ms = CASE WHEN excluded.recipe IS NULL THEN known.response_time_ms ELSE excluded.response_time_ms END,
    updated_at = greatest(known.updated_at, excluded.updated_at),
    is_test = known.is_test OR excluded.is_test,
    recipe = coalesce(excluded.recipe, known.recipe),
    test_event = coalesce(excluded.test_event, known.test_event)`;
  return insertRows(sql, 'deliveries', DELIVERY_COLUMNS, rows, onConflict);
}

const ATTEMPT_COLUMNS: Columns<AttemptRow> = {
  at: ['timestamptz', (row) => timeOf(row.atMs)],
  fact_id: ['text', (row) => row.factId],
  delivery_id: ['text', (row) => row.deliveryId],
  account_id: ['text', (row) => row.accountId],
  number: ['smallint', (row) => row.number],
  trigger: ['text', (row) => row.trigger],
  status_code: ['smallint', (row) => row.statusCode],
  error: ['text', (row) => row.error],
  response_time_ms: ['integer', (row) => row.responseTimeMs],
  next_attempt_at: ['timestamptz', (row) => timeOf(row.nextAttemptAtMs)],
  answer: ['bytea', (row) => (row.answer === null ? null : Buffer.from(row.answer, 'base64'))],
  request_headers: ['text', (row) => JSON.stringify(row.requestHeaders)],
  url: ['text', (row) => row.url],
  method: ['text', (row) => row.method],
  is_resent: ['boolean', (row) => row.isResent === true],
  log_days: ['smallint', (row) => row.logDays],
};

export function writeAttempts(sql: Sql, rows: AttemptRow[]): Promise<void> {
  return insertRows(sql, 'attempts', ATTEMPT_COLUMNS, rows);
}

const DECISION_COLUMNS: Columns<DecisionRow> = {
  at: ['timestamptz', (row) => timeOf(row.atMs)],
  delivery_id: ['text', (row) => row.deliveryId],
  account_id: ['text', (row) => row.accountId],
  kind: ['text', (row) => row.kind],
  reason: ['text', (row) => row.reason],
  number: ['integer', (row) => row.number],
  is_manual: ['boolean', (row) => row.isManual],
  log_days: ['smallint', (row) => row.logDays],
};

export function writeDecisions(sql: Sql, rows: DecisionRow[]): Promise<void> {
  return insertRows(sql, 'decisions', DECISION_COLUMNS, rows);
}

function jsonOf(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value);
}
