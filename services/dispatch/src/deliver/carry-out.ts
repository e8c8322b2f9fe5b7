import { done, later, type Verdict } from '#libs/jetstream/src/consume';
import type { Delivery } from '../delivery/delivery.js';
import { nextStep, type Source, type Step } from '../delivery/next-step.js';
import type { WebhookDirectory } from '../directory/webhook-directory.js';
import type { Webhook } from '../directory/webhook.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Settle } from './settle.js';

/** An attempt, for which each source of messages has its own way. */
type Attempt = Extract<Step, { kind: 'deliver' }> & { webhook: Webhook };
/** A step that is the same wherever the message comes from. */
type Routine = Exclude<Step, { kind: 'deliver' }>;

/**
 * Decides what a message from `source` means now. The caller works on the delivery alone. `isProbing`: a paused webhook
 * lets this one delivery go.
 */
export function decide(
  { directory, ledger }: { directory: WebhookDirectory; ledger: Ledger },
  source: Source,
  delivery: Delivery,
  isProbing = false,
): Attempt | Routine {
  const webhook = directory.findWebhook(delivery.webhookId);
  const status = webhook?.state.status ?? null;
  const step = nextStep(source, delivery, ledger.findEntryFor(delivery), isProbing && status === 'paused' ? 'active' : status);
  // Without a webhook the step is never an attempt.
  return step.kind === 'deliver' ? { ...step, webhook: webhook! } : step;
}

/** Makes the step durable. Its message is done with, unless it stays. */
export async function carryOut(settle: Settle, delivery: Delivery, step: Routine): Promise<Verdict> {
  switch (step.kind) {
    case 'schedule_again':
      await settle.schedule(step.next);
      return done;
    case 'cancel':
      await settle.cancelled(delivery, step.reason);
      return done;
    case 'stay':
      return later(1);
    case 'drop':
      return done;
  }
}
