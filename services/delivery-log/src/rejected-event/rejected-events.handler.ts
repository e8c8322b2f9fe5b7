import type { RejectedEventDetailView, RejectedEventView } from '#libs/api/src/event.dto';
import type { Page } from '#libs/api/src/page.dto';
import type { PayloadOf } from '#libs/contracts/src/calls/call';
import { getRejectedEvent, listRejectedEvents } from '#libs/contracts/src/calls/rejected-events';
import { Answers } from '#libs/service/src/answers';
import { Controller } from '@nestjs/common';
import { RejectedEvents } from './rejected-events.js';

@Controller()
export class RejectedEventsHandler {
  constructor(private readonly rejected: RejectedEvents) {}

  @Answers(listRejectedEvents)
  list({ accountId, query }: PayloadOf<typeof listRejectedEvents>): Promise<Page<RejectedEventView>> {
    return this.rejected.list(accountId, query);
  }

  @Answers(getRejectedEvent)
  get({ accountId, rejectedId }: PayloadOf<typeof getRejectedEvent>): Promise<RejectedEventDetailView> {
    return this.rejected.get(accountId, rejectedId);
  }
}
