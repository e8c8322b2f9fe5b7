import type { Page } from '#libs/api/src/page.dto';
import type { ReplayPreviewView, ReplayView } from '#libs/api/src/replay.dto';
import type { PayloadOf } from '#libs/contracts/src/calls/call';
import { cancelReplay, createReplay, getReplay, listReplays } from '#libs/contracts/src/calls/replays';
import { Answers } from '#libs/service/src/answers';
import { Controller } from '@nestjs/common';
import { Replays } from './replays.js';

@Controller()
export class ReplaysHandler {
  constructor(private readonly replays: Replays) {}

  @Answers(createReplay)
  create({ accountId, webhookId, body }: PayloadOf<typeof createReplay>): Promise<ReplayView | ReplayPreviewView> {
    return this.replays.create(accountId, webhookId, body);
  }

  @Answers(listReplays)
  list({ accountId, webhookId, query }: PayloadOf<typeof listReplays>): Promise<Page<ReplayView>> {
    return this.replays.list(accountId, webhookId, query);
  }

  @Answers(getReplay)
  get({ accountId, replayId }: PayloadOf<typeof getReplay>): Promise<ReplayView> {
    return this.replays.get(accountId, replayId);
  }

  @Answers(cancelReplay)
  cancel({ accountId, replayId }: PayloadOf<typeof cancelReplay>): Promise<ReplayView> {
    return this.replays.cancel(accountId, replayId);
  }
}
