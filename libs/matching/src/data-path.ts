/** A path to something in an event's data: `data.contact.email`. How it is walked: `valueAt`. */
export const DATA_PATH = /^data(\.[^.\s]{1,100}){1,10}$/;

const INDEX = /^\d+$/;

/** In a list, a number is one of its elements. */
export function isIndex(segment: string): boolean {
  return INDEX.test(segment);
}
