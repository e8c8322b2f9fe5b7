import type { DeliveryStatus, DeliveryView } from '#libs/api/src/delivery.dto';
import type { LogDays } from '#libs/contracts/src/log-days';
import { MINUTE_MS } from '#libs/contracts/src/time';

/** A row of `deliveries`. */
export interface DeliveryRow {
  id: string;
  created_at: Date;
  account_id: string;
  webhook_id: string;
  event_id: string;
  event_type: string;
  event_seq: string;
  status: DeliveryStatus;
  reason: string | null;
  attempts: number;
  response_code: number | null;
  response_time_ms: number | null;
  next_attempt_at: Date | null;
  waiting_seq: string | null;
  updated_at: Date;
  is_test: boolean;
  replay_id: string | null;
  /** JSON of a BodyRecipe. */
  recipe: string | null;
  /** JSON of a TestEvent. */
  test_event: string | null;
  log_days: LogDays;
}

export function deliveryView(row: DeliveryRow): DeliveryView {
  return {
    id: row.id,
    webhook_id: row.webhook_id,
    event_id: row.event_id,
    event: row.event_type,
    status: row.status,
    response_code: row.response_code,
    response_time_ms: row.response_time_ms,
    retry_count: Math.max(0, row.attempts - 1),
    next_attempt_at: row.next_attempt_at?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
    is_test: row.is_test,
    ...(row.replay_id === null ? {} : { replay_of: row.replay_id }),
  };
}

/** Earliest time of a delivery's attempts: a clock that was set back must not hide one. */
export function attemptsSince({ created_at }: Pick<DeliveryRow, 'created_at'>): Date {
  return new Date(created_at.getTime() - MINUTE_MS);
}
