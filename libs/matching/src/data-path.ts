/** A path into an event's data: `data.contact.email`. `valueAt` walks it. */
export const DATA_PATH = /^data(\.[^.\s]{1,100}){1,10}$/;

const INDEX = /^\d+$/;

/** Whether a segment names an element of a list. */
export function isIndex(segment: string): boolean {
  return INDEX.test(segment);
}
