import type { CreateReplayDto, ReplayPreviewView, ReplayView } from '#libs/api/src/replay.dto';
import { WAITS_MAX_MS } from '#libs/contracts/src/streams';
import type { WebhookState } from '#libs/contracts/src/webhook-state';
import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { asAccount } from '#libs/postgres/src/database';
import { Problem } from '#libs/problem/src/problem';
import { requestContext } from '#libs/service/src/request-context';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { jobIdFor } from '../job/job-id.js';
import { streamEnds } from '../job/stream-ends.js';
import { Filtering } from './filtering.js';
import { Replays } from './replays.js';
import { countSelected, newestSelected, type Counts, type Selection } from './selection.js';
import { WebhookStates } from './webhook-states.js';

const DAY_MS = 24 * 60 * 60 * 1_000;
/** Of an account, at the same time. */
const RUNNING_MAX = 10;
/** Less than the gateway waits: a replay is not made of which its client has heard that it failed. */
const COUNTED_WITHIN_MS = 8_000;
const QUERY_CANCELED = '57014';
const SAMPLE_MAX = 10;
/** Among so many of the newest, those for the sample are looked for. */
const SAMPLED_MAX = 100;

/** Replays as a client asks for them. */
@Injectable()
export class NewReplays {
  constructor(
    private readonly database: DataSource,
    private readonly connection: JetStreamConnection,
    private readonly states: WebhookStates,
    private readonly filtering: Filtering,
    private readonly replays: Replays,
  ) {}

  /** Throws `webhook_not_found`, `conflict` for a disabled webhook, `validation_failed`. A dry run stores nothing. */
  async create(accountId: string, webhookId: string, body: CreateReplayDto): Promise<ReplayView | ReplayPreviewView> {
    const { seqs, nowMs } = await streamEnds(this.connection, 'EVENTS', 'FACTS');
    const [eventsSeq, factsSeq] = seqs as [number, number];
    const state = await this.states.find(accountId, webhookId);
    if (state === null) throw new Problem('webhook_not_found', 'There is no such webhook.');
    if (state.status === 'disabled') throw new Problem('conflict', 'The webhook is disabled. Resume it first.');
    const selection: Selection = {
      account_id: accountId,
      webhook_id: webhookId,
      ...timesOf(body, nowMs),
      statuses: body.status === undefined ? null : [...new Set([body.status].flat())],
      events: [...new Set(body.events ?? state.events)],
      events_seq: String(eventsSeq),
    };
    const counts = await this.count(selection);
    if (body.dry_run) return this.preview(state, selection, counts);
    const total = totalOf(counts);
    return this.insert(selection, { total, rate: body.rate_per_second ?? null, factsSeq, nowMs });
  }

  private async preview(state: WebhookState, selection: Selection, counts: Counts): Promise<ReplayPreviewView> {
    const { account_id: accountId, webhook_id, since, until, statuses, events } = selection;
    const newest = await asAccount(this.database, accountId, (manager) =>
      newestSelected(manager, selection, [...counts.keys()], SAMPLED_MAX),
    );
    const passing = await this.filtering.passing(state, newest);
    const sample = passing.slice(0, SAMPLE_MAX).map(({ id, type, occurred_at, key }) => {
      return { event_id: id, event: type, timestamp: occurred_at, ...(key === null ? {} : { key }) };
    });
    return {
      webhook_id,
      since: since.toISOString(),
      until: until.toISOString(),
      statuses,
      events,
      total: totalOf(counts),
      sample,
    };
  }

  private async count(selection: Selection): Promise<Counts> {
    try {
      return await asAccount(this.database, selection.account_id, async (manager) => {
        await manager.query(`SET LOCAL statement_timeout = ${COUNTED_WITHIN_MS}`);
        return countSelected(manager, selection);
      });
    } catch (error) {
      if ((error as { driverError?: { code?: string } }).driverError?.code !== QUERY_CANCELED) throw error;
      throw new Problem('unavailable', 'The events of this time could not be counted in time. Ask for a shorter time.');
    }
  }

  private async insert(
    selection: Selection,
    { total, rate, factsSeq, nowMs }: { total: number; rate: number | null; factsSeq: number; nowMs: number },
  ): Promise<ReplayView> {
    const { account_id: accountId, webhook_id, since, until, statuses, events, events_seq } = selection;
    const replayId = await asAccount(this.database, accountId, async (manager) => {
      const { id, isKnown } = await jobIdFor(manager, { table: 'replays', prefix: 'rpl' }, accountId, nowMs);
      if (isKnown) return id;
      await refuseTooMany(manager, accountId);
      await manager.query(
        `INSERT INTO delivery_log.replays (id, account_id, webhook_id, created_at, created_by, since, until, statuses, events,
           rate_per_second, events_seq, facts_seq, total, position_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $6)`,
        [
          id, accountId, webhook_id, new Date(nowMs), requestContext()?.actor ?? 'tidings', since, until, statuses, events,
          rate, events_seq, factsSeq, total,
        ], // prettier-ignore
      );
      return id;
    });
    return this.replays.get(accountId, replayId);
  }
}

function totalOf(counts: Counts): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

async function refuseTooMany(manager: EntityManager, accountId: string): Promise<void> {
  const [{ running }]: [{ running: number }] = await manager.query(
    `SELECT count(*)::int AS running FROM delivery_log.replays WHERE account_id = $1 AND status = 'running'`,
    [accountId],
  );
  if (running >= RUNNING_MAX)
    throw new Problem('conflict', `${running} replays of this account are running. Wait for one of them, or cancel it.`);
}

/** Throws `validation_failed`. What was stored in this very millisecond belongs to it. */
function timesOf(body: CreateReplayDto, nowMs: number): { since: Date; until: Date } {
  const sinceMs = Date.parse(body.since);
  const untilMs = Math.min(body.until === undefined ? Infinity : Date.parse(body.until), nowMs + 1);
  const days = WAITS_MAX_MS / DAY_MS;
  if (sinceMs < nowMs - days * DAY_MS) refuse('/since', `must be within the last ${days} days: older events are not kept`);
  if (sinceMs > nowMs) refuse('/since', 'must not be in the future');
  if (untilMs <= sinceMs) refuse('/until', 'must be later than since');
  return { since: new Date(sinceMs), until: new Date(untilMs) };
}

function refuse(pointer: string, detail: string): never {
  throw new Problem('validation_failed', `${pointer}: ${detail}`, { errors: [{ pointer, detail }] });
}
