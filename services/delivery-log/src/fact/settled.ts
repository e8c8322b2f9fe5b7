import type { DeliveryStatus } from '#libs/api/src/delivery.dto';

/** An end of a delivery. */
type End = Extract<DeliveryStatus, 'success' | 'failed' | 'cancelled'>;

/**
 * Statuses that may still replace an end. A fact may reach the log long after the end of its delivery, written by an owner that
 * stood still and was replaced. Such a fact changes nothing. Only a success says more than another end. A person's request always counts.
 */
const REPLACED_BY: Record<End, DeliveryStatus[]> = {
  success: [],
  failed: ['success'],
  cancelled: ['success'],
};

/** Whether the known status stays when a later fact tells another. */
export function isSettledBy(known: DeliveryStatus, later: DeliveryStatus, isManual: boolean): boolean {
  return known in REPLACED_BY && !isManual && !REPLACED_BY[known as End].includes(later);
}

/** The same rule as SQL, for ON CONFLICT: `known` is the stored row, `excluded` the later one. */
export const SETTLED_SQL = `(NOT excluded.is_manual AND CASE known.status ${Object.entries(REPLACED_BY)
  .map(([end, statuses]) => `WHEN '${end}' THEN NOT excluded.status = ANY('{${statuses.join(',')}}')`)
  .join(' ')} ELSE FALSE END)`;
