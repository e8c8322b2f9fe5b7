import type { AuditEntryView } from '#libs/api/src/audit.dto';
import type { Page, PageQuery } from '#libs/api/src/page.dto';
import { listAuditEntries } from '#libs/contracts/src/calls/audit-log';
import type { OfAccount } from '#libs/contracts/src/calls/call';
import { Answers } from '#libs/service/src/answers';
import { Controller } from '@nestjs/common';
import { AuditLog } from './audit-log.js';

@Controller()
export class AuditLogHandler {
  constructor(private readonly audit: AuditLog) {}

  @Answers(listAuditEntries)
  list({ accountId, query }: OfAccount<{ query: PageQuery }>): Promise<Page<AuditEntryView>> {
    return this.audit.list(accountId, query);
  }
}
