import { ApiKeyView, CreateApiKeyDto, CreatedApiKeyView } from '#libs/api/src/api-key.dto';
import { PageQuery } from '#libs/api/src/page.dto';
import { createApiKey, deleteApiKey, listApiKeys } from '#libs/contracts/src/calls/api-keys';
import { Asker } from '#libs/service/src/ask';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AccountId, Needs } from '../keys/caller.js';
import { Answers, AnswersPage, Problems } from '../route/describe.js';

@ApiTags('API keys')
@Controller('api/v1/api-keys')
export class ApiKeyController {
  constructor(private readonly asker: Asker) {}

  @Post()
  @Needs(createApiKey)
  @Answers(201, 'Creates an API key', CreatedApiKeyView)
  createApiKey(@AccountId() accountId: string, @Body() body: CreateApiKeyDto) {
    return this.asker.ask(createApiKey, { accountId, body });
  }

  @Get()
  @Needs(listApiKeys)
  @AnswersPage('Lists API keys, newest first', ApiKeyView)
  listApiKeys(@AccountId() accountId: string, @Query() query: PageQuery) {
    return this.asker.ask(listApiKeys, { accountId, query });
  }

  @Delete(':id')
  @Needs(deleteApiKey)
  @HttpCode(204)
  @Answers(204, 'Deletes an API key')
  @Problems('api_key_not_found', 'conflict')
  async deleteApiKey(@AccountId() accountId: string, @Param('id') keyId: string): Promise<void> {
    await this.asker.ask(deleteApiKey, { accountId, keyId });
  }
}
