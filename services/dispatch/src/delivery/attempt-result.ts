import type { AttemptRecord, BodyRecipe } from '#libs/contracts/src/fact';
import type { AttemptOutcome } from './delivery.js';

/** A finished attempt: its outcome, and the record for the log. */
export interface AttemptResult {
  outcome: AttemptOutcome;
  record: AttemptRecord;
  recipe: BodyRecipe;
  startedAtMs: number;
  endedAtMs: number;
}
