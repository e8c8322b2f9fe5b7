import type { CreateErasureDto, ErasureKind, ErasureView } from '#libs/api/src/erasure.dto';
import { cursorOf, PAGE_LIMIT_DEFAULT, pageOf, positionIn, type Page, type PageQuery } from '#libs/api/src/page.dto';
import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { asAccount } from '#libs/postgres/src/database';
import { Problem } from '#libs/problem/src/problem';
import { requestContext } from '#libs/service/src/request-context';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { jobIdFor } from '../job/job-id.js';
import { streamEnds } from '../job/stream-ends.js';

interface Row {
  id: string;
  kind: ErasureKind;
  events: number;
  rejected_events: number;
  created_by: string;
  created_at: Date;
  finished_at: Date | null;
}

/** Of an account, at the same time: each by e-mail reads every event there is. */
const RUNNING_MAX = 100;

/** Erasures as a client asks for them; ErasureRunner does them. */
@Injectable()
export class Erasures {
  constructor(
    private readonly database: DataSource,
    private readonly connection: JetStreamConnection,
  ) {}

  /** Of what was accepted until now. Throws `validation_failed`, and `event_not_found` for an event that there is not. */
  async create(accountId: string, body: CreateErasureDto): Promise<ErasureView> {
    const { kind, about } = whatOf(body);
    const { seqs, nowMs } = await streamEnds(this.connection, 'EVENTS', 'REJECTED', 'FACTS');
    return asAccount(this.database, accountId, async (manager) => {
      if (kind === 'event') await refuseUnknown(manager, accountId, about);
      const { id, isKnown } = await jobIdFor(manager, { table: 'erasures', prefix: 'ers' }, accountId, nowMs);
      if (!isKnown) {
        await refuseTooMany(manager, accountId);
        await manager.query(
          `INSERT INTO delivery_log.erasures (id, account_id, created_at, created_by, kind, about, events_seq, rejected_seq, facts_seq)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
          [id, accountId, new Date(nowMs), requestContext()?.actor ?? 'tidings', kind, about, ...seqs],
        );
      }
      return find(manager, accountId, id);
    });
  }

  /** Newest first. */
  async list(accountId: string, { limit = PAGE_LIMIT_DEFAULT, cursor }: PageQuery): Promise<Page<ErasureView>> {
    const scope = ['erasures', accountId];
    const [createdAt, id] = positionIn(cursor, scope) ?? [null, null];
    const rows: Row[] = await asAccount(this.database, accountId, (manager) =>
      manager.query(
        `SELECT * FROM delivery_log.erasures WHERE account_id = $1 AND ($2::timestamptz IS NULL OR (created_at, id) < ($2, $3))
         ORDER BY created_at DESC, id DESC LIMIT $4`,
        [accountId, createdAt, id, limit + 1],
      ),
    );
    return pageOf(rows, limit, erasureView, (last) => cursorOf(scope, [last.created_at.toISOString(), last.id]));
  }

  /** Throws `erasure_not_found`, for another account's as well. */
  get(accountId: string, id: string): Promise<ErasureView> {
    return asAccount(this.database, accountId, (manager) => find(manager, accountId, id));
  }
}

function whatOf({ event_id, record_key, email }: CreateErasureDto): { kind: ErasureKind; about: string } {
  const given = Object.entries({ event: event_id, record_key, email }).filter(([, about]) => about !== undefined);
  const [kind, about] = given[0] ?? [];
  if (given.length === 1) return { kind: kind as ErasureKind, about: about! };
  const detail = 'give one of event_id, record_key and email';
  throw new Problem('validation_failed', detail, { errors: [{ pointer: '', detail }] });
}

/** The log may be behind: then, as everywhere, there is no such event yet. */
async function refuseUnknown(manager: EntityManager, accountId: string, eventId: string): Promise<void> {
  const known: unknown[] = await manager.query(
    `(SELECT 1 FROM delivery_log.events WHERE account_id = $1 AND id = $2 LIMIT 1)
     UNION ALL (SELECT 1 FROM delivery_log.rejected_events WHERE account_id = $1 AND event_id = $2 LIMIT 1)`,
    [accountId, eventId],
  );
  if (known.length === 0) throw new Problem('event_not_found', 'There is no such event.');
}

async function refuseTooMany(manager: EntityManager, accountId: string): Promise<void> {
  const [{ running }]: [{ running: number }] = await manager.query(
    'SELECT count(*)::int AS running FROM delivery_log.erasures WHERE account_id = $1 AND finished_at IS NULL',
    [accountId],
  );
  if (running >= RUNNING_MAX)
    throw new Problem('conflict', `${running} erasures of this account are running. Wait for one of them.`);
}

async function find(manager: EntityManager, accountId: string, id: string): Promise<ErasureView> {
  const [row]: Row[] = await manager.query('SELECT * FROM delivery_log.erasures WHERE account_id = $1 AND id = $2', [
    accountId,
    id,
  ]);
  if (!row) throw new Problem('erasure_not_found', 'There is no such erasure.');
  return erasureView(row);
}

function erasureView({ id, kind, events, rejected_events, created_by, created_at, finished_at }: Row): ErasureView {
  return {
    id,
    by: kind,
    status: finished_at === null ? 'running' : 'completed',
    events,
    rejected_events,
    created_by,
    created_at: created_at.toISOString(),
    finished_at: finished_at?.toISOString() ?? null,
  };
}
