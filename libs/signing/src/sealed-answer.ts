import { open, seal } from './envelope-encryption.js';

/**
 * What receivers answer often repeats what they were sent, and lies in FACTS among the answers of others. So it is sealed with a key
 * that is kept with the event alone: whoever erases the event has erased every answer to it, wherever it is (docs/adr/0014).
 */
export interface Answer {
  /** The first 1,000 characters. */
  body: string;
  headers: Record<string, string>;
}

/** Base64. */
export function sealAnswer(key: Buffer, deliveryId: string, { body, headers }: Answer): string {
  return seal(key, JSON.stringify({ body, headers }), deliveryId).box;
}

/** Throws when it was sealed with another key, or for another delivery. */
export function openAnswer(key: Buffer, deliveryId: string, box: string): Answer {
  return JSON.parse(open(key, { box }, deliveryId)) as Answer;
}
