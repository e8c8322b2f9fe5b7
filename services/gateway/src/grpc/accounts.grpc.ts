import { CreateAccountDto, UpdateAccountDto } from '#libs/api/src/account.dto';
import { PageQuery } from '#libs/api/src/page.dto';
import { Asker } from '#libs/service/src/ask';
import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { Needs } from '../keys/caller.js';
import { Answers, AnswersPage } from './answers.js';
import { Body, Id, Query } from './request-parts.js';

@Needs('operator')
@Controller()
export class AccountsGrpc {
  constructor(private readonly asker: Asker) {}

  @GrpcMethod('Accounts')
  @Answers('account')
  createAccount(@Body() body: CreateAccountDto) {
    return this.asker.ask('subscriptions.accounts.create', { body });
  }

  @GrpcMethod('Accounts')
  @AnswersPage('accounts')
  listAccounts(@Query() query: PageQuery) {
    return this.asker.ask('subscriptions.accounts.list', { query });
  }

  @GrpcMethod('Accounts')
  @Answers('account')
  getAccount(@Id() accountId: string) {
    return this.asker.ask('subscriptions.accounts.get', { accountId });
  }

  @GrpcMethod('Accounts')
  @Answers('account')
  updateAccount(@Id() accountId: string, @Body() body: UpdateAccountDto) {
    return this.asker.ask('subscriptions.accounts.update', { accountId, body });
  }

  @GrpcMethod('Accounts')
  deleteAccount(@Id() accountId: string) {
    return this.asker.ask('subscriptions.accounts.delete', { accountId });
  }
}
