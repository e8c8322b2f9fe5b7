import { ApiKeyView, CreateApiKeyDto, CreatedApiKeyView } from '#libs/api/src/api-key.dto';
import { PageQuery } from '#libs/api/src/page.dto';
import { Asker } from '#libs/service/src/ask';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AccountId, Needs } from '../keys/caller.js';
import { Answers, AnswersPage, Problems } from '../openapi/describe.js';

@ApiTags('API keys')
@Needs('keys:write')
@Controller('api/v1/api-keys')
export class ApiKeysController {
  constructor(private readonly asker: Asker) {}

  @Post()
  @Answers(201, 'Creates an API key', CreatedApiKeyView)
  createApiKey(@AccountId() accountId: string, @Body() body: CreateApiKeyDto) {
    return this.asker.ask('subscriptions.api_keys.create', { accountId, body });
  }

  @Get()
  @AnswersPage('Lists API keys, newest first', ApiKeyView)
  listApiKeys(@AccountId() accountId: string, @Query() query: PageQuery) {
    return this.asker.ask('subscriptions.api_keys.list', { accountId, query });
  }

  @Delete(':id')
  @HttpCode(204)
  @Answers(204, 'Deletes an API key')
  @Problems('api_key_not_found')
  async deleteApiKey(@AccountId() accountId: string, @Param('id') keyId: string): Promise<void> {
    await this.asker.ask('subscriptions.api_keys.delete', { accountId, keyId });
  }
}
