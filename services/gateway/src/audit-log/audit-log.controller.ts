import { AuditEntryView } from '#libs/api/src/audit.dto';
import { PageQuery } from '#libs/api/src/page.dto';
import { listAuditEntries } from '#libs/contracts/src/calls/audit-log';
import { Asker } from '#libs/service/src/ask';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AccountId, Needs } from '../keys/caller.js';
import { AnswersPage } from '../route/describe.js';

@ApiTags('Audit log')
@Controller('api/v1/audit-log')
export class AuditLogController {
  constructor(private readonly asker: Asker) {}

  @Get()
  @Needs(listAuditEntries)
  @AnswersPage('Lists changes and who made them, newest first', AuditEntryView)
  listAuditEntries(@AccountId() accountId: string, @Query() query: PageQuery) {
    return this.asker.ask(listAuditEntries, { accountId, query });
  }
}
