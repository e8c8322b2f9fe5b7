import type { ProblemCode } from '#libs/problem/src/problem';
import { utc } from './phrases.js';

/** An event that was not accepted. */
export interface Rejected {
  id: string;
  code: string;
  /** When it was sent again, and what event it became. */
  resentAtMs: number | null;
  resentAs: string | null;
}

const CORRECT: Partial<Record<ProblemCode, string>> = {
  body_too_large: 'Put what is large elsewhere and refer to it: an event is at most 256 KiB.',
  invalid_json: 'Send the body as JSON in UTF-8.',
  unknown_event_type: 'Correct the name of the type, or add it with POST /api/v1/event-types.',
  schema_mismatch: 'Correct the data, or the schema if it is wrong; where schema_mode is warn, such events are accepted.',
};

/** What a person can do about it. */
export function hint({ id, code, resentAtMs, resentAs }: Rejected): string {
  if (resentAtMs !== null) return `Nothing: it was sent again at ${utc(resentAtMs)}, as the event ${resentAs}.`;
  const correct = CORRECT[code as ProblemCode] ?? 'Correct what the reason names.';
  return `${correct} Then publish the event again, or send this one again: POST /api/v1/rejected-events/${id}/resend.`;
}
