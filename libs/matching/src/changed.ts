import type { Filter } from '#libs/contracts/src/filter';
import { fingerprint } from '#libs/contracts/src/record-history';
import type { FilterSubject } from './filter.js';
import { valueAt } from './values.js';

/** What became of a field: only `changed` lets an event through. */
export type Change = 'changed' | 'same' | 'nothing_before' | 'nothing_now';

/**
 * CRMs send the value before beside the value after: `previous_stage` or `old_stage` beside `stage` or `new_stage`. What the
 * event says itself comes first; where it says nothing of the value before, what the record had. With neither, nothing has changed.
 */
export function compileChange(path: string): (subject: FilterSubject) => Change {
  const [readBefore, readNow] = [compileField(path, ['previous_', 'old_']), compileNow(path)];
  return (subject) => {
    const [before, now] = [readBefore(subject), readNow(subject)];
    if (before === undefined && now === undefined) return 'nothing_now';
    const known = before === undefined ? subject.before?.get(path) : fingerprint(before);
    if (known === undefined) return 'nothing_before';
    return now !== undefined && fingerprint(now) === known ? 'same' : 'changed';
  };
}

/** The value that an event says a field has now; undefined where it says nothing. */
export function compileNow(path: string): (subject: FilterSubject) => unknown {
  return compileField(path, ['', 'new_']);
}

function compileField(path: string, prefixes: string[]): (subject: FilterSubject) => unknown {
  const parent = path.split('.');
  const field = parent.pop()!;
  const paths = prefixes.map((prefix) => [...parent, prefix + field]);
  return (subject) => {
    for (const one of paths) {
      const value = valueAt(subject, one);
      if (value !== undefined) return value;
    }
    return undefined;
  };
}

/** The paths that a filter asks `changed` of. */
export function changedPaths(filter: Filter): string[] {
  if ('all' in filter) return filter.all.flatMap(changedPaths);
  if ('any' in filter) return filter.any.flatMap(changedPaths);
  if ('not' in filter) return changedPaths(filter.not);
  return filter.op === 'changed' ? [filter.path] : [];
}

/** What an event says of its record at these paths, for later events to be compared with. Where it says nothing, nothing is known. */
export function fingerprintsNow(subject: FilterSubject, paths: Iterable<string>): Map<string, string> {
  const fingerprints = new Map<string, string>();
  for (const path of paths) {
    const now = compileNow(path)(subject);
    if (now !== undefined) fingerprints.set(path, fingerprint(now));
  }
  return fingerprints;
}
