import type { CreateReplayDto, ReplayPreviewView, ReplayView } from '#libs/api/src/replay.dto';
import { createReplay } from '#libs/contracts/src/calls/replays';
import { checkEvents } from '#libs/contracts/src/calls/webhooks';
import type { Asker } from '#libs/service/src/ask';

/** Begins a replay, or counts its events. Subscriptions checks the event types: only it knows the account's catalog. */
export async function createCheckedReplay(
  asker: Asker,
  request: { accountId: string; webhookId: string; body: CreateReplayDto },
): Promise<ReplayView | ReplayPreviewView> {
  const { events } = request.body;
  if (events) await asker.ask(checkEvents, { accountId: request.accountId, events });
  return asker.ask(createReplay, request);
}
