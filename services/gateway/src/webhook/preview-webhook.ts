import type { PreviewWebhookDto, WebhookPreviewView } from '#libs/api/src/webhook-preview.dto';
import { getEvent, getValuesBefore } from '#libs/contracts/src/calls/events';
import { previewWebhook } from '#libs/contracts/src/calls/webhooks';
import { changedPaths } from '#libs/matching/src/changed';
import { patternsOf } from '#libs/matching/src/event-pattern';
import { explainFilter } from '#libs/matching/src/filter-explanation';
import type { FilterSubject } from '#libs/matching/src/filter';
import { Problem } from '#libs/problem/src/problem';
import type { Asker } from '#libs/service/src/ask';

const ACTUAL_LENGTH_MAX = 1_000;

/** Tries patterns and a filter on an event as dispatch would match it, and explains the result. */
export async function previewOnEvent(asker: Asker, accountId: string, body: PreviewWebhookDto): Promise<WebhookPreviewView> {
  const { events, filter, sample } = await asker.ask(previewWebhook, { accountId, body });
  const subject: FilterSubject = sample
    ? { id: '', timestamp: new Date().toISOString(), ...sample }
    : await storedSubject(asker, accountId, body.event_id!, filter ? changedPaths(filter) : []);
  const pattern = patternsOf(subject.event).find((one) => events.includes(one)) ?? null;
  const explained = filter && explainFilter(filter, subject, '/filter');
  return {
    matches: pattern !== null && (explained === null || explained.passes),
    event: subject.event,
    event_id: body.event_id ?? null,
    subscribed: pattern !== null,
    pattern,
    filter: explained && {
      ...explained,
      clauses: explained.clauses.map(({ actual, ...clause }) => ({ ...clause, actual: short(actual) })),
    },
  };
}

/** A stored event, with its record's previous values for `paths`. */
async function storedSubject(asker: Asker, accountId: string, eventId: string, paths: string[]): Promise<FilterSubject> {
  const { id, event, timestamp, data } = await asker.ask(getEvent, { accountId, eventId });
  if (data === null) throw new Problem('conflict', 'The payload of this event was erased. Choose another event.');
  const before = paths.length === 0 ? {} : await asker.ask(getValuesBefore, { accountId, eventId, paths });
  return { id, event, timestamp, data: data as Record<string, unknown>, before: new Map(Object.entries(before)) };
}

function short(value: unknown): unknown {
  const text = JSON.stringify(value) ?? '';
  return text.length > ACTUAL_LENGTH_MAX ? text.slice(0, ACTUAL_LENGTH_MAX) : value;
}
