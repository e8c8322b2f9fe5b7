import type { PlanName } from './account.dto.js';
import { choiceElement, ListOf, Name, Time } from './fields.js';
import { Shown } from './shown.js';

/** Rights of a key: to read or write one group of resources, or everything of its account. */
const SCOPES = [
  '*',
  'webhooks:read',
  'webhooks:write',
  'events:read',
  'events:write',
  'events:erase',
  'deliveries:read',
  'deliveries:write',
  'keys:write',
  'audit:read',
] as const;
export type Scope = (typeof SCOPES)[number];

/** `tdk_<id>_<secret>`: 12 and 43 letters and digits. */
export const API_KEY_PATTERN = /^tdk_([0-9A-Za-z]{12})_[0-9A-Za-z]{43}$/;

const SCOPES_SHOWN = 'Scopes: a write scope includes the read scope of its group, and `*` is every scope.';

export class CreateApiKeyDto {
  @Name(100, 'Name of the key, for people.')
  name!: string;

  @ListOf(choiceElement(SCOPES), [1, SCOPES.length], SCOPES_SHOWN)
  scopes!: Scope[];

  @Time('When the key stops working. Without it the key does not expire.', { optional: true })
  expires_at?: string;
}

export class ApiKeyView {
  @Shown.text('Id of the key: the 12 characters after `tdk_`.')
  id!: string;
  @Shown.text('Name of the key.')
  name!: string;
  @Shown.someOf(SCOPES, SCOPES_SHOWN)
  scopes!: Scope[];
  @Shown.time('When it stops working.', { nullable: 'it does not expire' })
  expires_at!: string | null;
  @Shown.time('When it was last used, right to about a minute.', { nullable: 'never' })
  last_used_at!: string | null;
  @Shown.time('When it was created.')
  created_at!: string;
}

export class CreatedApiKeyView extends ApiKeyView {
  @Shown.text('The key itself. It is shown only in this answer.')
  key!: string;
}

/** The key's owner, and the rest of its minute. */
export interface Admission {
  keyId: string;
  accountId: string;
  scopes: Scope[];
  plan: PlanName;
  limit: number;
  remaining: number;
  resetSeconds: number;
  isAllowed: boolean;
}
