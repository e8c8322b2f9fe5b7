import { PageQuery } from '#libs/api/src/page.dto';
import { CreateReplayDto } from '#libs/api/src/replay.dto';
import { Asker } from '#libs/service/src/ask';
import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { createReplay } from '../replay/create-replay.js';
import { AccountId, Needs } from '../keys/caller.js';
import { Answers, AnswersPage, AnswersReplay } from './answers.js';
import { Body, Id, Query } from './request-parts.js';

@Needs('deliveries:write')
@Controller()
export class ReplaysGrpc {
  constructor(private readonly asker: Asker) {}

  @GrpcMethod('Replays')
  @AnswersReplay()
  createReplay(@AccountId() accountId: string, @Id('webhook_id') webhookId: string, @Body('webhook_id') body: CreateReplayDto) {
    return createReplay(this.asker, accountId, webhookId, body);
  }

  @GrpcMethod('Replays')
  @Needs('deliveries:read')
  @AnswersPage('replays')
  async listReplays(@AccountId() accountId: string, @Id('webhook_id') webhookId: string, @Query('webhook_id') query: PageQuery) {
    await this.asker.ask('subscriptions.webhooks.get', { accountId, webhookId });
    return this.asker.ask('delivery_log.replays.list', { accountId, webhookId, query });
  }

  @GrpcMethod('Replays')
  @Needs('deliveries:read')
  @Answers('replay')
  getReplay(@AccountId() accountId: string, @Id() replayId: string) {
    return this.asker.ask('delivery_log.replays.get', { accountId, replayId });
  }

  @GrpcMethod('Replays')
  @Answers('replay')
  cancelReplay(@AccountId() accountId: string, @Id() replayId: string) {
    return this.asker.ask('delivery_log.replays.cancel', { accountId, replayId });
  }
}
