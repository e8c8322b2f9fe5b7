import type { DeliveryFact, FactBatch } from '#libs/contracts/src/fact';
import { LOG_DAYS_MAX, logDaysIn } from '#libs/contracts/src/log-days';
import type { JsMsg } from '@nats-io/jetstream';
import type { Kept } from '../retention/days.js';

/** Facts of each message that was read: a batch needs them for its days, and again for its rows. */
const known = new WeakMap<JsMsg, DeliveryFact[]>();

/**
 * Reads the facts of a message in FACTS. Skips and reports a batch of an unknown version: waiting for it would stop everybody's
 * log. The batch stays in the stream, so a rebuild by a version that knows it still reads it.
 */
export function factsIn(msg: JsMsg, onUnreadable: (seq: number) => void): DeliveryFact[] {
  const read = known.get(msg);
  if (read) return read;
  const facts = parse(msg);
  if (facts === null) onUnreadable(msg.info.streamSequence);
  known.set(msg, facts ?? []);
  return facts ?? [];
}

function parse(msg: JsMsg): DeliveryFact[] | null {
  try {
    const batch = msg.json<FactBatch>();
    return batch.v === 1 && Array.isArray(batch.facts) ? batch.facts : null;
  } catch {
    return null;
  }
}

/** Days of the rows that a fact makes: its delivery, its attempt or decision, and the hour that counts it. */
export function daysOf(fact: DeliveryFact): Kept[] {
  const logDays = logDaysIn(fact.logDays);
  const attempt = 'attempt' in fact ? fact.attempt : null;
  const times = [fact.createdAtMs, fact.atMs, ...(attempt === null ? [] : [attempt.atMs])];
  return [...times.map((atMs) => ({ logDays, atMs })), { logDays: LOG_DAYS_MAX, atMs: fact.atMs }];
}
