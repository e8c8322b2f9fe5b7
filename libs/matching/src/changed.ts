import type { Filter } from '#libs/contracts/src/filter';
import { valueFingerprint } from '#libs/contracts/src/record-history';
import type { FilterSubject } from './filter.js';
import { valueAt } from './values.js';

/** Outcome for a field. Only `changed` lets an event through. */
export type Change = 'changed' | 'same' | 'nothing_before' | 'nothing_now';

/**
 * Compares a field with its value before. CRMs send that value beside the new one: `previous_stage` or `old_stage` beside `stage`
 * or `new_stage`. Without it, the record's earlier value is taken. Without either, nothing has changed.
 */
export function compileChange(path: string): (subject: FilterSubject) => Change {
  const [readBefore, readNow] = [compileField(path, ['previous_', 'old_']), compileNow(path)];
  return (subject) => {
    const [before, now] = [readBefore(subject), readNow(subject)];
    if (before === undefined && now === undefined) return 'nothing_now';
    const known = before === undefined ? subject.before?.get(path) : valueFingerprint(before);
    if (known === undefined) return 'nothing_before';
    return now !== undefined && valueFingerprint(now) === known ? 'same' : 'changed';
  };
}

/** Reads a field's present value from an event; undefined when the event does not name it. */
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

/** The paths of a filter's `changed` conditions. */
export function changedPaths(filter: Filter): string[] {
  if ('all' in filter) return filter.all.flatMap(changedPaths);
  if ('any' in filter) return filter.any.flatMap(changedPaths);
  if ('not' in filter) return changedPaths(filter.not);
  return filter.op === 'changed' ? [filter.path] : [];
}

/** Fingerprints of an event's values at these paths, for comparison with later events. Paths without a value are left out. */
export function fingerprintsNow(subject: FilterSubject, paths: Iterable<string>): Map<string, string> {
  const fingerprints = new Map<string, string>();
  for (const path of paths) {
    const now = compileNow(path)(subject);
    if (now !== undefined) fingerprints.set(path, valueFingerprint(now));
  }
  return fingerprints;
}
