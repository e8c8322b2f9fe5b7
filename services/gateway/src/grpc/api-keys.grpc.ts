import { CreateApiKeyDto } from '#libs/api/src/api-key.dto';
import { PageQuery } from '#libs/api/src/page.dto';
import { Asker } from '#libs/service/src/ask';
import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { AccountId, Needs } from '../keys/caller.js';
import { Answers, AnswersPage } from './answers.js';
import { Body, Id, Query } from './request-parts.js';

@Needs('keys:write')
@Controller()
export class ApiKeysGrpc {
  constructor(private readonly asker: Asker) {}

  @GrpcMethod('ApiKeys')
  @Answers('api_key')
  createApiKey(@AccountId() accountId: string, @Body() body: CreateApiKeyDto) {
    return this.asker.ask('subscriptions.api_keys.create', { accountId, body });
  }

  @GrpcMethod('ApiKeys')
  @AnswersPage('api_keys')
  listApiKeys(@AccountId() accountId: string, @Query() query: PageQuery) {
    return this.asker.ask('subscriptions.api_keys.list', { accountId, query });
  }

  @GrpcMethod('ApiKeys')
  deleteApiKey(@AccountId() accountId: string, @Id() keyId: string) {
    return this.asker.ask('subscriptions.api_keys.delete', { accountId, keyId });
  }
}
