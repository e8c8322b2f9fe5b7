import { ApiKeyView, CreateApiKeyDto, CreatedApiKeyView } from '#libs/api/src/api-key.dto';
import { PageQuery } from '#libs/api/src/page.dto';
import { Asker } from '#libs/service/src/ask';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AccountId, Needs } from '../keys/caller.js';
import { Answers, AnswersPage } from '../openapi/describe.js';

@ApiTags('API keys')
@Needs('keys:write')
@Controller('api/v1/api-keys')
export class ApiKeysController {
  constructor(private readonly asker: Asker) {}

  @Post()
  @Answers(201, 'Creates an API key', CreatedApiKeyView)
  create(@AccountId() accountId: string, @Body() body: CreateApiKeyDto) {
    return this.asker.ask('subscriptions.api_keys.create', { accountId, body });
  }

  @Get()
  @AnswersPage('Lists API keys, newest first', ApiKeyView)
  list(@AccountId() accountId: string, @Query() query: PageQuery) {
    return this.asker.ask('subscriptions.api_keys.list', { accountId, query });
  }

  @Delete(':id')
  @HttpCode(204)
  @Answers(204, 'Deletes an API key')
  async delete(@AccountId() accountId: string, @Param('id') keyId: string): Promise<void> {
    await this.asker.ask('subscriptions.api_keys.delete', { accountId, keyId });
  }
}
