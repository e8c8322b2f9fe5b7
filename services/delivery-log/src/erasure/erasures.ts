import type { CreateErasureDto, ErasureKind, ErasureView } from '#libs/api/src/erasure.dto';
import type { Page, PageQuery } from '#libs/api/src/page.dto';
import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { asAccount } from '#libs/postgres/src/database';
import { mapPage, readPage } from '#libs/postgres/src/read-page';
import { firstRow, rows, type Sql } from '#libs/postgres/src/rows';
import { Problem } from '#libs/problem/src/problem';
import { requestContext } from '#libs/service/src/request-context';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { newJobId, streamEnds, type JobKind } from '../job/new-job.js';

interface Row {
  id: string;
  kind: ErasureKind;
  events: number;
  rejected_events: number;
  created_by: string;
  created_at: Date;
  finished_at: Date | null;
}

/** An erasure by e-mail reads every event of its account, so an account may run only this many. */
const ERASURES: JobKind = { table: 'erasures', prefix: 'ers', runningMax: 100 };

/**
 * Erasures as a client asks for them, the first of three steps. ErasureRunner then looks for the events (affected.ts) and names them
 * in ERASED. The projection of ERASED removes them from the streams and empties their rows (erase.ts).
 */
@Injectable()
export class Erasures {
  constructor(
    private readonly database: DataSource,
    private readonly connection: JetStreamConnection,
  ) {}

  /** Erases events accepted until now. Throws `validation_failed`, or `event_not_found` for an unknown event. */
  async create(accountId: string, body: CreateErasureDto): Promise<ErasureView> {
    const { kind, about } = targetOf(body);
    const { seqs, nowMs } = await streamEnds(this.connection, 'EVENTS', 'REJECTED', 'FACTS');
    return asAccount(this.database, accountId, async (manager) => {
      if (kind === 'event') await refuseUnknown(manager, accountId, about);
      const { id, isKnown } = await newJobId(manager, ERASURES, accountId, nowMs);
      if (!isKnown) {
        await rows(
          manager,
          `INSERT INTO delivery_log.erasures (id, account_id, created_at, created_by, kind, about, events_seq, rejected_seq, facts_seq)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
          [id, accountId, new Date(nowMs), requestContext()?.actor ?? 'tidings', kind, about, ...seqs],
        );
      }
      return getView(manager, accountId, id);
    });
  }

  /** Newest first. */
  async list(accountId: string, query: PageQuery): Promise<Page<ErasureView>> {
    const select = 'SELECT * FROM delivery_log.erasures WHERE account_id = $1';
    const list = { scope: ['erasures', accountId], select, params: [accountId] };
    return mapPage(await asAccount(this.database, accountId, (manager) => readPage<Row>(manager, list, query)), erasureView);
  }

  /** Throws `erasure_not_found`, for another account's erasure too. */
  get(accountId: string, id: string): Promise<ErasureView> {
    return asAccount(this.database, accountId, (manager) => getView(manager, accountId, id));
  }
}

function targetOf({ event_id, record_key, email }: CreateErasureDto): { kind: ErasureKind; about: string } {
  const given = Object.entries({ event: event_id, record_key, email }).filter(([, about]) => about !== undefined);
  const [kind, about] = given[0] ?? [];
  if (given.length === 1) return { kind: kind as ErasureKind, about: about! };
  throw Problem.invalid({ pointer: '', detail: 'give exactly one of event_id, record_key and email' });
}

/** An event that the log has not read yet is unknown, as everywhere. */
async function refuseUnknown(sql: Sql, accountId: string, eventId: string): Promise<void> {
  const known = await firstRow(
    sql,
    `(SELECT 1 FROM delivery_log.events WHERE account_id = $1 AND id = $2 LIMIT 1)
     UNION ALL (SELECT 1 FROM delivery_log.rejected_events WHERE account_id = $1 AND event_id = $2 LIMIT 1)`,
    [accountId, eventId],
  );
  if (known === null) throw new Problem('event_not_found', 'There is no such event.');
}

async function getView(sql: Sql, accountId: string, id: string): Promise<ErasureView> {
  const row = await firstRow<Row>(sql, 'SELECT * FROM delivery_log.erasures WHERE account_id = $1 AND id = $2', [accountId, id]);
  if (row === null) throw new Problem('erasure_not_found', 'There is no such erasure.');
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
