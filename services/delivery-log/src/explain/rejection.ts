import type { ProblemCode } from '#libs/problem/src/problem';
import { utc } from './phrases.js';

/** A rejected event. */
export interface Rejected {
  id: string;
  code: string;
  /** Time at which it was sent again; null when it was not. */
  resentAtMs: number | null;
  /** Id of the event that it became. */
  resentAs: string | null;
}

const CORRECT: Partial<Record<ProblemCode, string>> = {
  body_too_large: 'Store large content elsewhere and refer to it: an event has at most 256 KiB.',
  invalid_json: 'Send the body as JSON in UTF-8.',
  unknown_event_type: 'Correct the name of the type, or add the type with POST /api/v1/event-types.',
  schema_mismatch: 'Correct the data, or the schema if it is wrong. With the schema_mode warn such events are accepted.',
};

/** Says what a person can do about a rejected event. */
export function hint({ id, code, resentAtMs, resentAs }: Rejected): string {
  if (resentAtMs !== null) return `Nothing to do. It was sent again at ${utc(resentAtMs)} as the event ${resentAs}.`;
  const correct = CORRECT[code as ProblemCode] ?? 'Correct the mistake that the reason names.';
  return `${correct} Then publish the event again, or resend this one with POST /api/v1/rejected-events/${id}/resend.`;
}
