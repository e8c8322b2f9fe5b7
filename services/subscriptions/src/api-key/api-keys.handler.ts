import type { Admission, ApiKeyView, CreateApiKeyDto, CreatedApiKeyView } from '#libs/api/src/api-key.dto';
import type { Page, PageQuery } from '#libs/api/src/page.dto';
import { admitKey, admitOperator, createApiKey, deleteApiKey, listApiKeys } from '#libs/contracts/src/calls/api-keys';
import type { Nothing, OfAccount, PayloadOf } from '#libs/contracts/src/calls/call';
import { Answers } from '#libs/service/src/answers';
import { Controller } from '@nestjs/common';
import { Admissions } from './admissions.js';
import { ApiKeys } from './api-keys.js';

@Controller()
export class ApiKeysHandler {
  constructor(
    private readonly keys: ApiKeys,
    private readonly admissions: Admissions,
  ) {}

  @Answers(admitKey)
  admit({ key, isPublishing }: PayloadOf<typeof admitKey>): Promise<Admission> {
    return this.admissions.admit(key, isPublishing);
  }

  @Answers(admitOperator)
  admitOperator(): Promise<Admission> {
    return this.admissions.admitOperator();
  }

  @Answers(createApiKey)
  create({ accountId, body }: OfAccount<{ body: CreateApiKeyDto }>): Promise<CreatedApiKeyView> {
    return this.keys.create(accountId, body);
  }

  @Answers(listApiKeys)
  list({ accountId, query }: OfAccount<{ query: PageQuery }>): Promise<Page<ApiKeyView>> {
    return this.keys.list(accountId, query);
  }

  @Answers(deleteApiKey)
  async delete({ accountId, keyId }: OfAccount<{ keyId: string }>): Promise<Nothing> {
    await this.keys.delete(accountId, keyId);
    return {};
  }
}
