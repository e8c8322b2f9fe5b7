import type { RecordHistory } from '#libs/contracts/src/record-history';

/**
 * Of each path so many values are kept. An event compares with the newest before its own, so an event that comes again finds
 * what it found the first time unless the record has changed more often than this since.
 */
const VALUES_MAX = 32;
/** Of a record so many paths are known; of any other it is as if it had no value before. */
const PATHS_MAX = 100;

export const NO_HISTORY: RecordHistory = { v: 1, values: {} };

/** What the record had before the event stored at `seq`, by path, as fingerprints. */
export function valuesBefore({ values }: RecordHistory, seq: number): Map<string, string> {
  const before = new Map<string, string>();
  for (const [path, versions] of Object.entries(values)) {
    const version = versions.findLast(([at]) => at < seq);
    if (version) before.set(path, version[1]);
  }
  return before;
}

/**
 * The history after an event, or the same one when the event tells nothing new. Events are folded in the order in which they
 * are stored; one that comes again is older than what is known, and changes nothing.
 */
export function afterEvent(history: RecordHistory, seq: number, fingerprints: ReadonlyMap<string, string>): RecordHistory {
  const values = { ...history.values };
  let isSame = true;
  for (const [path, fingerprint] of fingerprints) {
    const versions = values[path] ?? [];
    const last = versions.at(-1);
    const isNews = last ? last[0] < seq && last[1] !== fingerprint : Object.keys(values).length < PATHS_MAX;
    if (!isNews) continue;
    isSame = false;
    values[path] = [...versions.slice(1 - VALUES_MAX), [seq, fingerprint]];
  }
  return isSame ? history : { ...history, values };
}
