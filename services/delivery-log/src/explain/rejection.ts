import type { ProblemCode } from '#libs/problem/src/problem';

const WHAT_TO_DO: Partial<Record<ProblemCode, string>> = {
  body_too_large: 'Put what is large elsewhere and refer to it: an event is at most 256 KiB. Then publish it again.',
  invalid_json: 'Send the body as JSON in UTF-8, and publish the event again.',
  unknown_event_type: 'Correct the name of the type, or add it with POST /api/v1/event-types. Then publish the event again.',
  schema_mismatch:
    'Correct the data, or the schema if it is wrong; with schema_mode warn such events are accepted. Then publish the event again.',
};

/** What a person can do about an event that was refused with this code. */
export function whatToDo(code: string): string {
  return WHAT_TO_DO[code as ProblemCode] ?? 'Correct what the reason names, and publish the event again.';
}
