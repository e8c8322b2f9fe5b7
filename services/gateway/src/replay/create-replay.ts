import type { CreateReplayDto, ReplayPreviewView, ReplayView } from '#libs/api/src/replay.dto';
import type { Asker } from '#libs/service/src/ask';

/** A million events are counted before the answer. */
const CREATE_TIMEOUT_MS = 10_000;

/** Begins a replay, or only counts. Which event types there are is known where webhooks are. */
export async function createReplay(
  asker: Asker,
  accountId: string,
  webhookId: string,
  body: CreateReplayDto,
): Promise<ReplayView | ReplayPreviewView> {
  if (body.events) await asker.ask('subscriptions.webhooks.check_events', { accountId, events: body.events });
  return asker.ask('delivery_log.replays.create', { accountId, webhookId, body }, CREATE_TIMEOUT_MS);
}
