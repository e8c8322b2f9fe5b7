import { createHash, randomBytes } from 'node:crypto';
import { PLANS } from '#libs/api/src/account.dto';
import type { AuditAction } from '#libs/api/src/audit.dto';
import type { CreateInboundWebhookDto, InboundWebhookView, UpdateInboundWebhookDto } from '#libs/api/src/inbound-webhook.dto';
import { cursorOf, PAGE_LIMIT_DEFAULT, pageOf, positionIn, type Page, type PageQuery } from '#libs/api/src/page.dto';
import { newId } from '#libs/contracts/src/ids';
import { asAccount } from '#libs/postgres/src/database';
import { Problem } from '#libs/problem/src/problem';
import { Injectable } from '@nestjs/common';
import { DataSource, IsNull, type QueryDeepPartialEntity } from 'typeorm';
import type { AccountRow } from '../account/account.row.js';
import { Accounts } from '../account/accounts.js';
import { AuditLog } from '../audit/audit-log.js';
import { EventTypes } from '../event-type/event-types.js';
import { IdempotencyKeys } from '../idempotency/idempotency-keys.js';
import { Outbox } from '../outbox/outbox.js';
import { WebhookRules } from '../webhook/webhook-rules.js';
import { WebhookSecrets } from '../webhook/webhook-secrets.js';
import { inboundProblems } from './inbound-rules.js';
import { InboundWebhookRow } from './inbound-webhook.row.js';

type Change = QueryDeepPartialEntity<InboundWebhookRow>;

const TOKEN_BYTES = 32;
const MASK = '••••';

/**
 * Inbound webhooks: every change is in force when its method resolves, for ingestion reads the newest state at each request.
 * `publicUrl` is where the world reaches the gateway; the URL to post to begins with it.
 */
@Injectable()
export class InboundWebhooks {
  constructor(
    private readonly database: DataSource,
    private readonly accounts: Accounts,
    private readonly eventTypes: EventTypes,
    private readonly outbox: Outbox,
    private readonly secrets: WebhookSecrets,
    private readonly rules: WebhookRules,
    private readonly audit: AuditLog,
    private readonly idempotency: IdempotencyKeys,
  ) {}

  /** The token is in this answer, and nowhere else: its hash is what is kept. */
  async create(accountId: string, body: CreateInboundWebhookDto, publicUrl: string): Promise<InboundWebhookView> {
    const id = newId('in');
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    const tokenHash = createHash('sha256').update(token).digest('hex');
    const change = await this.changeOf(await this.accounts.row(accountId), id, body);
    const created = await asAccount(this.database, accountId, async (manager) => {
      const { plan } = await this.accounts.lockedRow(manager, accountId);
      const { webhooks: most } = PLANS[plan];
      if ((await manager.countBy(InboundWebhookRow, { accountId, deletedAt: IsNull() })) >= most) {
        const detail = `The ${plan} plan allows ${most} inbound webhooks. Delete one, or change the plan.`;
        throw new Problem('webhook_limit_reached', detail);
      }
      await manager.insert(InboundWebhookRow, { id, accountId, tokenHash, tokenLast4: token.slice(-4), ...change });
      await this.outbox.enqueue(manager, 'inbound_webhook', accountId, id);
      const row = await manager.findOneByOrFail(InboundWebhookRow, { accountId, id });
      await this.audit.record(manager, accountId, 'inbound_webhook.created', id, null, audited(row));
      const answer = { ...inboundWebhookView(row, publicUrl), url: `${publicUrl}/in/${token}` };
      await this.idempotency.remember(manager, answer);
      return answer;
    });
    await this.outbox.relay(accountId);
    return created;
  }

  /** Throws `inbound_webhook_not_found`; another account's is not found either. */
  get(accountId: string, id: string, publicUrl: string): Promise<InboundWebhookView> {
    return asAccount(this.database, accountId, async (manager) =>
      inboundWebhookView(
        found(await manager.findOneBy(InboundWebhookRow, { accountId, id, deletedAt: IsNull() }), id),
        publicUrl,
      ),
    );
  }

  async list(
    accountId: string,
    { limit = PAGE_LIMIT_DEFAULT, cursor }: PageQuery,
    publicUrl: string,
  ): Promise<Page<InboundWebhookView>> {
    const scope = ['inbound_webhooks', accountId];
    const [createdAt, id] = positionIn(cursor, scope) ?? [];
    const rows = await asAccount(this.database, accountId, (manager) =>
      manager
        .createQueryBuilder(InboundWebhookRow, 'inbound')
        .where('inbound.accountId = :accountId AND inbound.deletedAt IS NULL', { accountId })
        .andWhere(createdAt === undefined ? 'TRUE' : '(inbound.createdAt, inbound.id) < (:createdAt, :id)', { createdAt, id })
        .orderBy('inbound.createdAt', 'DESC')
        .addOrderBy('inbound.id', 'DESC')
        .limit(limit + 1)
        .getMany(),
    );
    const cursorAt = (last: InboundWebhookRow): string => cursorOf(scope, [last.createdAt.toISOString(), last.id]);
    return pageOf(rows, limit, (row) => inboundWebhookView(row, publicUrl), cursorAt);
  }

  async update(accountId: string, id: string, body: UpdateInboundWebhookDto, publicUrl: string): Promise<InboundWebhookView> {
    const change = await this.changeOf(await this.accounts.row(accountId), id, body);
    return this.change(accountId, id, 'inbound_webhook.updated', change, publicUrl);
  }

  /** What is posted to it from now on is posted to nobody. */
  async delete(accountId: string, id: string): Promise<void> {
    await this.change(accountId, id, 'inbound_webhook.deleted', { deletedAt: new Date() }, '');
  }

  /** Throws `validation_failed`. */
  private async changeOf(account: AccountRow, id: string, body: UpdateInboundWebhookDto): Promise<Change> {
    this.rules.refuse(inboundProblems(body, await this.eventTypes.catalog(account)));
    const { name, event, verification, mapping } = body;
    return {
      ...(name === undefined ? {} : { name }),
      ...(event === undefined ? {} : { event }),
      ...(mapping === undefined ? {} : { mapping }),
      ...(verification === undefined ? {} : { verification: verification && this.sealed(account, id, verification) }),
    };
  }

  private sealed(
    account: AccountRow,
    id: string,
    { scheme, header, secret }: NonNullable<CreateInboundWebhookDto['verification']>,
  ): InboundWebhookRow['verification'] {
    return {
      scheme,
      header: scheme === 'standard' ? null : header!,
      secret: this.secrets.seal(account, id, 'verification', secret),
    };
  }

  private async change(
    accountId: string,
    id: string,
    action: AuditAction,
    change: Change,
    publicUrl: string,
  ): Promise<InboundWebhookView> {
    const changed = await asAccount(this.database, accountId, async (manager) => {
      const where = { accountId, id };
      const lock = { mode: 'pessimistic_write' as const };
      const row = found(await manager.findOne(InboundWebhookRow, { where: { ...where, deletedAt: IsNull() }, lock }), id);
      await manager.update(InboundWebhookRow, where, { ...change, revision: () => 'revision + 1' });
      await this.outbox.enqueue(manager, 'inbound_webhook', accountId, id);
      const after = await manager.findOneByOrFail(InboundWebhookRow, where);
      await this.audit.record(manager, accountId, action, id, audited(row), after.deletedAt === null ? audited(after) : null);
      return inboundWebhookView(after, publicUrl);
    });
    await this.outbox.relay(accountId);
    return changed;
  }
}

function found(row: InboundWebhookRow | null, id: string): InboundWebhookRow {
  if (row) return row;
  throw new Problem('inbound_webhook_not_found', `There is no inbound webhook ${id}.`);
}

/** As the audit log compares it: a new secret is another sealed one, and shown as a change of `verification` without a value. */
function audited(row: InboundWebhookRow): object {
  return { ...inboundWebhookView(row, ''), verification: row.verification };
}

function inboundWebhookView(row: InboundWebhookRow, publicUrl: string): InboundWebhookView {
  const { id, name, event, verification, mapping } = row;
  return {
    id,
    name,
    event,
    url: `${publicUrl}/in/${MASK}${row.tokenLast4}`,
    verification: verification && { scheme: verification.scheme, header: verification.header },
    mapping,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}
