import { open, seal } from './envelope-encryption.js';

/**
 * A receiver's answer. It often repeats the event, and lies in FACTS among other answers. So it is sealed with a key that is kept
 * with the event alone. Erasing the event erases every answer to it (docs/adr/0014).
 */
export interface Answer {
  /** The first 1,000 characters. */
  body: string;
  headers: Record<string, string>;
}

/** Seals an answer for its delivery; base64. */
export function sealAnswer(key: Buffer, deliveryId: string, { body, headers }: Answer): string {
  return seal(key, JSON.stringify({ body, headers }), deliveryId).box;
}

/** Opens an answer. Throws when it was sealed with another key, or for another delivery. */
export function openAnswer(key: Buffer, deliveryId: string, box: string): Answer {
  return JSON.parse(open(key, { box }, deliveryId)) as Answer;
}
