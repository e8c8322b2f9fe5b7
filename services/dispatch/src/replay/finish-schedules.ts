import { nextTryOf } from '../delivery/delivery.js';
import type { OneAtATime } from '../deliver/one-at-a-time.js';
import type { Settle } from '../deliver/settle.js';
import type { Ledger } from '../ledger/ledger.js';

/** Longer than a message waits for its ack: a redelivery has come by then. */
const COME_AGAIN_MS = 15_000;

/**
 * Makes retries that are missing. A process died between an attempt and its retry, and then the replay was cancelled, which
 * took back the message that would have come again. The delivery has begun, and goes on.
 */
export async function finishSchedules({
  ledger,
  oneAtATime,
  settle,
}: {
  ledger: Ledger;
  oneAtATime: OneAtATime;
  settle: Settle;
}): Promise<void> {
  const untilMs = Date.now() - COME_AGAIN_MS;
  for (const fact of ledger.unscheduledReplays(untilMs)) {
    const next = nextTryOf(fact);
    await oneAtATime.alone(next, async () => {
      if (ledger.unscheduledReplays(untilMs).includes(fact)) await settle.schedule(next);
    });
  }
}
