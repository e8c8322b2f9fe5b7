import type { Filter, FilterCondition } from '#libs/contracts/src/filter';
import { compileChange, compileNow, type Change } from './changed.js';
import { compileFilter, type FilterSubject } from './filter.js';
import { valueAt } from './values.js';

/** The outcome of one condition for an event, without the effect of a `not` or `any` around it. */
export interface ClauseResult {
  /** Pointer to the condition: `/filter/all/1`. */
  pointer: string;
  /** `data.amount gte 1000`. */
  clause: string;
  passes: boolean;
  /** The event's value at the path; undefined when it has none. */
  actual: unknown;
}

/** `because` names the clause that decided: `data.amount gte 1000 failed with 250`. Null when the event is let through. */
export interface FilterExplanation {
  passes: boolean;
  because: string | null;
  clauses: ClauseResult[];
}

/** Explains a filter's decision, condition by condition. `compileFilter` decides; this adds the words. */
export function explainFilter(filter: Filter, subject: FilterSubject, pointer: string): FilterExplanation {
  const passes = compileFilter(filter)(subject);
  return { passes, because: passes ? null : why(filter, subject), clauses: clausesOf(filter, subject, pointer) };
}

/** A filter as a person would write it. */
export function filterInWords(filter: Filter): string {
  if ('all' in filter) return filter.all.map(filterInWords).join(' and ');
  if ('any' in filter) return `(${filter.any.map(filterInWords).join(' or ')})`;
  if ('not' in filter) return `not (${filterInWords(filter.not)})`;
  const { path, op, value } = filter;
  return op === 'changed' || (op === 'exists' && value === undefined) ? `${path} ${op}` : `${path} ${op} ${shown(value)}`;
}

/** Explains a filter that does not let the event through. */
function why(filter: Filter, subject: FilterSubject): string {
  if ('all' in filter)
    return why(
      filter.all.find((part) => !compileFilter(part)(subject))!,
      subject,
    );
  if ('any' in filter) return `none of: ${filter.any.map((part) => why(part, subject)).join('; ')}`;
  if ('not' in filter) return `not (${filterInWords(filter.not)}) failed`;
  const words = `${filterInWords(filter)} failed with ${shown(actualOf(filter, subject))}`;
  return filter.op === 'changed' ? `${words}${WHY_UNCHANGED[compileChange(filter.path)(subject)]}` : words;
}

const WHY_UNCHANGED: Record<Change, string> = {
  changed: '',
  same: ': the same as before',
  nothing_before: ': no value before',
  nothing_now: '',
};

function clausesOf(filter: Filter, subject: FilterSubject, pointer: string): ClauseResult[] {
  if ('all' in filter) return filter.all.flatMap((part, index) => clausesOf(part, subject, `${pointer}/all/${index}`));
  if ('any' in filter) return filter.any.flatMap((part, index) => clausesOf(part, subject, `${pointer}/any/${index}`));
  if ('not' in filter) return clausesOf(filter.not, subject, `${pointer}/not`);
  const passes = compileFilter(filter)(subject);
  return [{ pointer, clause: filterInWords(filter), passes, actual: actualOf(filter, subject) }];
}

function actualOf({ op, path }: FilterCondition, subject: FilterSubject): unknown {
  return op === 'changed' ? compileNow(path)(subject) : valueAt(subject, path.split('.'));
}

function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
