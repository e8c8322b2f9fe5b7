import { PageQuery } from '#libs/api/src/page.dto';
import { Asker } from '#libs/service/src/ask';
import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { AccountId, Needs } from '../keys/caller.js';
import { AnswersPage } from './answers.js';
import { Query } from './request-parts.js';

@Needs('audit:read')
@Controller()
export class AuditLogGrpc {
  constructor(private readonly asker: Asker) {}

  @GrpcMethod('AuditLog')
  @AnswersPage('entries')
  listAuditEntries(@AccountId() accountId: string, @Query() query: PageQuery) {
    return this.asker.ask('subscriptions.audit_log.list', { accountId, query });
  }
}
