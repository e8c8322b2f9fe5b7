import type { AutoPauseDto, AutoPauseView } from '#libs/api/src/webhook.dto';
import { Problem } from '#libs/problem/src/problem';
import type { Profile } from '#libs/profiles/src/profile';
import type { AutoPause } from '../state/webhook.row.js';

/**
 * Lays a client's settings over the present ones, and those over the profile's. Throws `validation_failed` where neither has a
 * number of failures.
 */
export function resolveAutoPause(
  asked: AutoPauseDto | null | undefined,
  present: AutoPause | null,
  { autoPause }: Profile,
): AutoPause | null {
  if (asked === null) return null;
  const afterFailures = asked?.after_failures ?? present?.afterFailures ?? autoPause.afterFailures;
  if (afterFailures === null) {
    if (asked === undefined) return null;
    throw Problem.invalid({ pointer: '/auto_pause/after_failures', detail: "is required: this account's profile has none" });
  }
  return {
    afterFailures,
    action: asked?.action ?? present?.action ?? autoPause.action,
    isProbed: asked?.probe ?? present?.isProbed ?? true,
  };
}

export function autoPauseView(setting: AutoPause | null): AutoPauseView | null {
  return setting && { after_failures: setting.afterFailures, action: setting.action, probe: setting.isProbed };
}
