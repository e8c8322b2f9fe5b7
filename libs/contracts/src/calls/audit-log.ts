import type { AuditEntryView } from '#libs/api/src/audit.dto';
import type { Page, PageQuery } from '#libs/api/src/page.dto';
import { call, type OfAccount } from './call.js';

export const listAuditEntries = call<OfAccount<{ query: PageQuery }>, Page<AuditEntryView>>('subscriptions.audit_log.list', {
  needs: 'audit:read',
});
