import type { EventExplanationView } from '#libs/api/src/explain.dto';
import type { PayloadOf } from '#libs/contracts/src/calls/call';
import { explainEvent, getReceivedAt } from '#libs/contracts/src/calls/events';
import { Answers } from '#libs/service/src/answers';
import { Controller } from '@nestjs/common';
import { Explanations } from './explanations.js';

@Controller()
export class ExplanationsHandler {
  constructor(private readonly explanations: Explanations) {}

  @Answers(getReceivedAt)
  getReceivedAt({ accountId, eventId }: PayloadOf<typeof getReceivedAt>): Promise<{ receivedAtMs: number }> {
    return this.explanations.getReceivedAt(accountId, eventId);
  }

  @Answers(explainEvent)
  get({ accountId, eventId, webhooks, isInFull }: PayloadOf<typeof explainEvent>): Promise<EventExplanationView> {
    return this.explanations.get(accountId, eventId, webhooks, isInFull);
  }
}
