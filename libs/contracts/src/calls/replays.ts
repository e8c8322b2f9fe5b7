import type { Page, PageQuery } from '#libs/api/src/page.dto';
import type { CreateReplayDto, ReplayPreviewView, ReplayView } from '#libs/api/src/replay.dto';
import { call, type OfAccount } from './call.js';

const reads = { needs: 'deliveries:read' } as const;
const writes = { needs: 'deliveries:write' } as const;

/** A million events are counted before the answer. */
const CREATE_TIMEOUT_MS = 10_000;

export const createReplay = call<OfAccount<{ webhookId: string; body: CreateReplayDto }>, ReplayView | ReplayPreviewView>(
  'delivery_log.replays.create',
  { ...writes, timeoutMs: CREATE_TIMEOUT_MS },
);
export const listReplays = call<OfAccount<{ webhookId: string; query: PageQuery }>, Page<ReplayView>>(
  'delivery_log.replays.list',
  reads,
);
export const getReplay = call<OfAccount<{ replayId: string }>, ReplayView>('delivery_log.replays.get', reads);
export const cancelReplay = call<OfAccount<{ replayId: string }>, ReplayView>('delivery_log.replays.cancel', writes);
