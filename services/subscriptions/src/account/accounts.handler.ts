import type {
  AccountView,
  CreateAccountDto,
  CreatedAccountView,
  OwnAccountView,
  UpdateAccountDto,
} from '#libs/api/src/account.dto';
import type { Page, PageQuery } from '#libs/api/src/page.dto';
import {
  createAccount,
  deleteAccount,
  getAccount,
  getOwnAccount,
  listAccounts,
  updateAccount,
} from '#libs/contracts/src/calls/accounts';
import type { Nothing, OfAccount } from '#libs/contracts/src/calls/call';
import { Answers } from '#libs/service/src/answers';
import { Controller } from '@nestjs/common';
import { Accounts } from './accounts.js';
import { OwnAccount } from './own-account.js';

@Controller()
export class AccountsHandler {
  constructor(
    private readonly accounts: Accounts,
    private readonly ownAccount: OwnAccount,
  ) {}

  @Answers(getOwnAccount)
  getOwn({ accountId }: OfAccount): Promise<OwnAccountView> {
    return this.ownAccount.get(accountId);
  }

  @Answers(createAccount)
  create({ body }: { body: CreateAccountDto }): Promise<CreatedAccountView> {
    return this.accounts.create(body);
  }

  @Answers(listAccounts)
  list({ query }: { query: PageQuery }): Promise<Page<AccountView>> {
    return this.accounts.list(query);
  }

  @Answers(getAccount)
  get({ accountId }: OfAccount): Promise<AccountView> {
    return this.accounts.get(accountId);
  }

  @Answers(updateAccount)
  update({ accountId, body }: OfAccount<{ body: UpdateAccountDto }>): Promise<AccountView> {
    return this.accounts.update(accountId, body);
  }

  @Answers(deleteAccount)
  async delete({ accountId }: OfAccount): Promise<Nothing> {
    await this.accounts.delete(accountId);
    return {};
  }
}
