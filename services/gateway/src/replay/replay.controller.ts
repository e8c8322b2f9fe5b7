import { PageQuery } from '#libs/api/src/page.dto';
import { CreateReplayDto, ReplayPreviewView, ReplayView } from '#libs/api/src/replay.dto';
import { Asker } from '#libs/service/src/ask';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { AccountId, Needs } from '../keys/caller.js';
import { Answers, AnswersPage, Problems } from '../openapi/describe.js';
import { createReplay } from './create-replay.js';

@ApiTags('Replays')
@Needs('deliveries:write')
@Controller('api/v1')
export class ReplaysController {
  constructor(private readonly asker: Asker) {}

  @Post('webhooks/:id/replays')
  @HttpCode(202)
  @ApiResponse({ status: 200, description: 'A dry run: what would be replayed', type: ReplayPreviewView })
  @Answers(202, 'Replays stored events to a webhook, also those from before it existed; fresh events overtake them', ReplayView)
  @Problems('webhook_not_found', 'conflict')
  createReplay(
    @AccountId() accountId: string,
    @Param('id') webhookId: string,
    @Body() body: CreateReplayDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    if (body.dry_run) void reply.status(200);
    return createReplay(this.asker, accountId, webhookId, body);
  }

  @Get('webhooks/:id/replays')
  @Needs('deliveries:read')
  @AnswersPage('Lists the replays of a webhook, newest first', ReplayView)
  @Problems('webhook_not_found')
  async listReplays(@AccountId() accountId: string, @Param('id') webhookId: string, @Query() query: PageQuery) {
    await this.asker.ask('subscriptions.webhooks.get', { accountId, webhookId });
    return this.asker.ask('delivery_log.replays.list', { accountId, webhookId, query });
  }

  @Get('replays/:id')
  @Needs('deliveries:read')
  @Answers(200, 'Tells how far a replay is', ReplayView)
  @Problems('replay_not_found')
  getReplay(@AccountId() accountId: string, @Param('id') replayId: string) {
    return this.asker.ask('delivery_log.replays.get', { accountId, replayId });
  }

  @Delete('replays/:id')
  @Answers(200, 'Cancels a replay: what has not begun does not; what waits for its retry goes on', ReplayView)
  @Problems('replay_not_found', 'conflict')
  cancelReplay(@AccountId() accountId: string, @Param('id') replayId: string) {
    return this.asker.ask('delivery_log.replays.cancel', { accountId, replayId });
  }
}
