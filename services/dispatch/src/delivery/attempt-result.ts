import type { AttemptRecord, BodyRecipe } from '#libs/contracts/src/fact';
import type { AttemptOutcome, AttemptTimes } from './delivery.js';

/** A finished attempt: its outcome, and the record for the log. */
export interface AttemptResult extends AttemptTimes {
  outcome: AttemptOutcome;
  record: AttemptRecord;
  recipe: BodyRecipe;
}
