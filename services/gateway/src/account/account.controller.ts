import { AccountView, CreateAccountDto, CreatedAccountView, OwnAccountView, UpdateAccountDto } from '#libs/api/src/account.dto';
import { PageQuery } from '#libs/api/src/page.dto';
import {
  createAccount,
  deleteAccount,
  getAccount,
  getOwnAccount,
  listAccounts,
  updateAccount,
} from '#libs/contracts/src/calls/accounts';
import { Asker } from '#libs/service/src/ask';
import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AccountId, Needs } from '../keys/caller.js';
import { Answers, AnswersPage, Problems } from '../route/describe.js';

@ApiTags('Accounts')
@Controller('api/v1')
export class AccountController {
  constructor(private readonly asker: Asker) {}

  @Get('account')
  @Needs(getOwnAccount)
  @Answers(200, "Reads the key's own account: its profile, plan, limits and use", OwnAccountView)
  getOwnAccount(@AccountId() accountId: string) {
    return this.asker.ask(getOwnAccount, { accountId });
  }

  @Post('accounts')
  @Needs(createAccount)
  @Answers(201, 'Creates an account, with its first API key', CreatedAccountView)
  createAccount(@Body() body: CreateAccountDto) {
    return this.asker.ask(createAccount, { body });
  }

  @Get('accounts')
  @Needs(listAccounts)
  @AnswersPage('Lists accounts, newest first', AccountView)
  listAccounts(@Query() query: PageQuery) {
    return this.asker.ask(listAccounts, { query });
  }

  @Get('accounts/:id')
  @Needs(getAccount)
  @Answers(200, 'Reads an account', AccountView)
  @Problems('account_not_found')
  getAccount(@Param('id') accountId: string) {
    return this.asker.ask(getAccount, { accountId });
  }

  @Patch('accounts/:id')
  @Needs(updateAccount)
  @Answers(200, 'Changes an account', AccountView)
  @Problems('account_not_found')
  updateAccount(@Param('id') accountId: string, @Body() body: UpdateAccountDto) {
    return this.asker.ask(updateAccount, { accountId, body });
  }

  @Delete('accounts/:id')
  @Needs(deleteAccount)
  @HttpCode(204)
  @Answers(204, 'Deletes an account with its keys and webhooks')
  @Problems('account_not_found')
  async deleteAccount(@Param('id') accountId: string): Promise<void> {
    await this.asker.ask(deleteAccount, { accountId });
  }
}
