import type {
  AccountView,
  CreateAccountDto,
  CreatedAccountView,
  OwnAccountView,
  UpdateAccountDto,
} from '#libs/api/src/account.dto';
import type { Page, PageQuery } from '#libs/api/src/page.dto';
import { call, type Nothing, type OfAccount } from './call.js';

const operator = { needs: 'operator' } as const;

export const createAccount = call<{ body: CreateAccountDto }, CreatedAccountView>('subscriptions.accounts.create', operator);
export const listAccounts = call<{ query: PageQuery }, Page<AccountView>>('subscriptions.accounts.list', operator);
export const getAccount = call<OfAccount, AccountView>('subscriptions.accounts.get', operator);
export const updateAccount = call<OfAccount<{ body: UpdateAccountDto }>, AccountView>('subscriptions.accounts.update', operator);
export const deleteAccount = call<OfAccount, Nothing>('subscriptions.accounts.delete', operator);
/** The account of the key itself, for any of its keys. */
export const getOwnAccount = call<OfAccount, OwnAccountView>('subscriptions.accounts.own', { needs: 'account' });
