import type { Page, PageQuery } from '#libs/api/src/page.dto';
import type { CreateReplayDto, ReplayPreviewView, ReplayView } from '#libs/api/src/replay.dto';
import { WAITS_MAX_MS } from '#libs/contracts/src/streams';
import { DAY_MS } from '#libs/contracts/src/time';
import type { WebhookState } from '#libs/contracts/src/webhook-state';
import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { asAccount } from '#libs/postgres/src/database';
import { mapPage, readPage } from '#libs/postgres/src/read-page';
import { firstRow, rows } from '#libs/postgres/src/rows';
import { Problem } from '#libs/problem/src/problem';
import { requestContext } from '#libs/service/src/request-context';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { newJobId, streamEnds, type JobKind } from '../job/new-job.js';
import { ReplayQueue } from './replay-queue.js';
import { countsOf, NO_DELIVERIES, replayView, type ReplayRow } from './replay.row.js';
import { ReplayedWebhooks } from './replayed-webhooks.js';
import { countSelected, newestSelected, type Counts, type Selection } from './select-events.js';

const REPLAYS: JobKind = { table: 'replays', prefix: 'rpl', runningMax: 10 };
/** Less than the gateway waits, so that no replay is stored after its client has heard of a failure. */
const COUNTED_WITHIN_MS = 8_000;
const QUERY_CANCELED = '57014';
const SAMPLE_MAX = 10;
/** Newest events that are searched for the sample. */
const SEARCHED_FOR_SAMPLE_MAX = 100;

/**
 * Replays as a client asks for them, the first of three steps. ReplayRunner then looks at the selected events turn by turn and puts
 * deliveries into REPLAYS (ReplayQueue). Dispatch makes their attempts, and the runner completes the replay.
 */
@Injectable()
export class Replays {
  constructor(
    private readonly database: DataSource,
    private readonly connection: JetStreamConnection,
    private readonly webhooks: ReplayedWebhooks,
    private readonly queue: ReplayQueue,
  ) {}

  /** A dry run stores nothing. Throws `webhook_not_found`, `validation_failed`, or `conflict` for a disabled webhook. */
  async create(accountId: string, webhookId: string, body: CreateReplayDto): Promise<ReplayView | ReplayPreviewView> {
    const { seqs, nowMs } = await streamEnds(this.connection, 'EVENTS', 'FACTS');
    const [eventsSeq, factsSeq] = seqs as [number, number];
    const webhook = await this.webhooks.find(accountId, webhookId);
    if (webhook === null) throw new Problem('webhook_not_found', 'There is no such webhook.');
    if (webhook.status === 'disabled') throw new Problem('conflict', 'The webhook is disabled. Resume it first.');
    const selection: Selection = {
      account_id: accountId,
      webhook_id: webhookId,
      ...timesOf(body, nowMs),
      statuses: body.status === undefined ? null : [...new Set([body.status].flat())],
      events: [...new Set(body.events ?? webhook.events)],
      events_seq: String(eventsSeq),
    };
    const counts = await this.count(selection);
    if (body.dry_run) return this.preview(webhook, selection, counts);
    return this.store(selection, { total: totalOf(counts), rate: body.rate_per_second ?? null, factsSeq, nowMs });
  }

  /** Newest first. */
  async list(accountId: string, webhookId: string, query: PageQuery): Promise<Page<ReplayView>> {
    const select = 'SELECT * FROM delivery_log.replays WHERE account_id = $1 AND webhook_id = $2';
    const list = { scope: ['replays', accountId, webhookId], select, params: [accountId, webhookId] };
    return asAccount(this.database, accountId, async (manager) => {
      const page = await readPage<ReplayRow>(manager, list, query);
      const counts = await countsOf(manager, page.data);
      return mapPage(page, (row) => replayView(row, counts.get(row.id) ?? NO_DELIVERIES));
    });
  }

  /** Throws `replay_not_found`, for another account's replay too. */
  get(accountId: string, id: string): Promise<ReplayView> {
    return asAccount(this.database, accountId, async (manager) => {
      const text = 'SELECT * FROM delivery_log.replays WHERE account_id = $1 AND id = $2';
      const row = await firstRow<ReplayRow>(manager, text, [accountId, id]);
      if (row === null) throw new Problem('replay_not_found', 'There is no such replay.');
      const counts = await countsOf(manager, [row]);
      return replayView(row, counts.get(id) ?? NO_DELIVERIES);
    });
  }

  /**
   * Cancels a replay: from the answer on no further delivery begins. A turn under way takes back what it publishes. Should its process
   * die, the replay stays open and the next turn does so. Throws `replay_not_found`, or `conflict` when it is completed.
   */
  async cancel(accountId: string, id: string): Promise<ReplayView> {
    const cancelled = await asAccount(this.database, accountId, (manager) =>
      firstRow<ReplayRow>(
        manager,
        `UPDATE delivery_log.replays
         SET status = 'cancelled', reason = 'by_user', cancelled_by = $3, finished_at = now(), updated_at = now(), is_open = true,
             next_turn_at = CASE WHEN is_open THEN next_turn_at ELSE now() END
         WHERE account_id = $1 AND id = $2 AND status = 'running' RETURNING *`,
        [accountId, id, requestContext()?.actor],
      ),
    );
    // When NATS is away, the next turn takes them back.
    if (cancelled) await this.queue.takeBack(cancelled).catch(() => undefined);
    const view = await this.get(accountId, id);
    if (view.status === 'completed') throw new Problem('conflict', 'The replay is completed. There is nothing to cancel.');
    return view;
  }

  private async count(selection: Selection): Promise<Counts> {
    try {
      return await asAccount(this.database, selection.account_id, async (manager: EntityManager) => {
        await rows(manager, `SET LOCAL statement_timeout = ${COUNTED_WITHIN_MS}`);
        return countSelected(manager, selection);
      });
    } catch (error) {
      if ((error as { driverError?: { code?: string } }).driverError?.code !== QUERY_CANCELED) throw error;
      throw new Problem('unavailable', 'Counting the events of this time range took too long. Ask for a shorter range.');
    }
  }

  private async preview(webhook: WebhookState, selection: Selection, counts: Counts): Promise<ReplayPreviewView> {
    const { account_id: accountId, webhook_id, since, until, statuses, events } = selection;
    const newest = await asAccount(this.database, accountId, (manager) =>
      newestSelected(manager, selection, [...counts.keys()], SEARCHED_FOR_SAMPLE_MAX),
    );
    const passing = await this.webhooks.passingFilter(webhook, newest);
    const sample = passing.slice(0, SAMPLE_MAX).map(({ id, type, occurred_at, key }) => {
      return { event_id: id, event: type, timestamp: occurred_at, ...(key === null ? {} : { key }) };
    });
    const times = { since: since.toISOString(), until: until.toISOString() };
    return { webhook_id, ...times, statuses, events, total: totalOf(counts), sample };
  }

  private async store(
    selection: Selection,
    { total, rate, factsSeq, nowMs }: { total: number; rate: number | null; factsSeq: number; nowMs: number },
  ): Promise<ReplayView> {
    const { account_id: accountId, webhook_id, since, until, statuses, events, events_seq } = selection;
    const replayId = await asAccount(this.database, accountId, async (manager) => {
      const { id, isKnown } = await newJobId(manager, REPLAYS, accountId, nowMs);
      if (isKnown) return id;
      await rows(
        manager,
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
    return this.get(accountId, replayId);
  }
}

function totalOf(counts: Counts): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

/** Resolves the time range, up to and including this millisecond. Throws `validation_failed`. */
function timesOf(body: CreateReplayDto, nowMs: number): { since: Date; until: Date } {
  const sinceMs = Date.parse(body.since);
  const untilMs = Math.min(body.until === undefined ? Infinity : Date.parse(body.until), nowMs + 1);
  const days = WAITS_MAX_MS / DAY_MS;
  const mistake = (pointer: string, detail: string): Problem => Problem.invalid({ pointer, detail });
  if (sinceMs < nowMs - WAITS_MAX_MS) throw mistake('/since', `must be within the last ${days} days: older events are not kept`);
  if (sinceMs > nowMs) throw mistake('/since', 'must not be in the future');
  if (untilMs <= sinceMs) throw mistake('/until', 'must be later than since');
  return { since: new Date(sinceMs), until: new Date(untilMs) };
}
