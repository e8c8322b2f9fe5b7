import { PageQuery } from '#libs/api/src/page.dto';
import { CreateReplayDto, ReplayPreviewView, ReplayView } from '#libs/api/src/replay.dto';
import { cancelReplay, createReplay, getReplay, listReplays } from '#libs/contracts/src/calls/replays';
import { getWebhook } from '#libs/contracts/src/calls/webhooks';
import { Asker } from '#libs/service/src/ask';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { AccountId, Needs } from '../keys/caller.js';
import { Answers, AnswersPage, Problems } from '../route/describe.js';
import { createCheckedReplay } from './create-replay.js';

@ApiTags('Replays')
@Controller('api/v1')
export class ReplayController {
  constructor(private readonly asker: Asker) {}

  @Post('webhooks/:webhook_id/replays')
  @Needs(createReplay)
  @HttpCode(202)
  @ApiResponse({ status: 200, description: 'A dry run: the events that would be replayed', type: ReplayPreviewView })
  @Answers(202, 'Replays stored events to a webhook, also those from before it existed; fresh events overtake them', ReplayView)
  @Problems('webhook_not_found', 'conflict')
  createReplay(
    @AccountId() accountId: string,
    @Param('webhook_id') webhookId: string,
    @Body() body: CreateReplayDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    if (body.dry_run) void reply.status(200);
    return createCheckedReplay(this.asker, { accountId, webhookId, body });
  }

  @Get('webhooks/:webhook_id/replays')
  @Needs(listReplays)
  @AnswersPage("Lists a webhook's replays, newest first", ReplayView)
  @Problems('webhook_not_found')
  async listReplays(@AccountId() accountId: string, @Param('webhook_id') webhookId: string, @Query() query: PageQuery) {
    await this.asker.ask(getWebhook, { accountId, webhookId });
    return this.asker.ask(listReplays, { accountId, webhookId, query });
  }

  @Get('replays/:id')
  @Needs(getReplay)
  @Answers(200, 'Reads a replay and its progress', ReplayView)
  @Problems('replay_not_found')
  getReplay(@AccountId() accountId: string, @Param('id') replayId: string) {
    return this.asker.ask(getReplay, { accountId, replayId });
  }

  @Delete('replays/:id')
  @Needs(cancelReplay)
  @Answers(200, 'Cancels a replay: nothing new begins, and deliveries that wait for a retry go on', ReplayView)
  @Problems('replay_not_found', 'conflict')
  cancelReplay(@AccountId() accountId: string, @Param('id') replayId: string) {
    return this.asker.ask(cancelReplay, { accountId, replayId });
  }
}
