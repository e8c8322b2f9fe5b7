import type { Admission, ApiKeyView, CreateApiKeyDto, CreatedApiKeyView } from '#libs/api/src/api-key.dto';
import type { Page, PageQuery } from '#libs/api/src/page.dto';
import { call, type Nothing, type OfAccount } from './call.js';

const writes = { needs: 'keys:write' } as const;

/**
 * Resolves a key to its account, and counts the request against its minute; publishing has a minute of its own. Throws
 * `unauthorized`.
 */
export const admitKey = call<{ key: string; isPublishing: boolean }, Admission>('subscriptions.api_keys.admit');
export const admitOperator = call<object, Admission>('subscriptions.api_keys.admit_operator');

export const createApiKey = call<OfAccount<{ body: CreateApiKeyDto }>, CreatedApiKeyView>(
  'subscriptions.api_keys.create',
  writes,
);
export const listApiKeys = call<OfAccount<{ query: PageQuery }>, Page<ApiKeyView>>('subscriptions.api_keys.list', writes);
export const deleteApiKey = call<OfAccount<{ keyId: string }>, Nothing>('subscriptions.api_keys.delete', writes);
