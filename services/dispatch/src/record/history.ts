import type { RecordHistory } from '#libs/contracts/src/record-history';

/**
 * Values kept of each path. An event compares with the newest value before its own. So a redelivered event finds the same
 * value again, unless the record has changed more often than this since.
 */
const VALUES_MAX = 32;
/** Paths known of each record. A further path counts as having no value before. */
const PATHS_MAX = 100;

export const NO_HISTORY: RecordHistory = { v: 1, values: {} };

/** Returns the record's fingerprints before the event stored at `seq`, by path. */
export function valuesBefore({ values }: RecordHistory, seq: number): Map<string, string> {
  const before = new Map<string, string>();
  for (const [path, versions] of Object.entries(values)) {
    const version = versions.findLast(([at]) => at < seq);
    if (version) before.set(path, version[1]);
  }
  return before;
}

/**
 * Returns the history after an event, or the same object when nothing is new. Events are folded in the order in which they
 * are stored. A redelivered event is older than the history and changes nothing.
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
