import type { DataRules } from '#libs/contracts/src/data-rules';
import { eachElement, eachMember, endOfValue, isListAt, isObjectAt, skipSpace, stringIn } from '#libs/json-text/src/scan';
import { isIndex } from '#libs/matching/src/data-path';

/** Stands for a masked value in the body. */
const MASK = '"***"';

/** A tree of paths. In `data.contact.email`, `contact` has `email` below it, where the path ends. */
interface PathNode {
  isEnd: boolean;
  below: Map<string, PathNode>;
  /** The same tree for each element of a list, without the paths that name one element by its number. */
  ofEach: PathNode | null;
}

/** The trees that apply to one value. An element of a list has those of its number and those of every element. */
type Paths = readonly PathNode[];

/** `kept`: null keeps everything, an empty list nothing. */
export interface CompiledDataRules {
  kept: Paths | null;
  masked: Paths;
}

/** Null when there are no rules, as for most webhooks. */
export function compileDataRules({ dataFields, maskedFields }: DataRules): CompiledDataRules | null {
  if (dataFields === undefined && maskedFields === undefined) return null;
  return { kept: dataFields ? compilePaths(dataFields) : null, masked: compilePaths(maskedFields ?? []) };
}

function compilePaths(paths: string[]): Paths {
  const root = newNode();
  for (const path of paths) {
    let node = root;
    for (const name of path.split('.').slice(1)) {
      if (!node.below.has(name)) node.below.set(name, newNode());
      node = node.below.get(name)!;
    }
    node.isEnd = true;
  }
  addEach(root);
  return paths.length === 0 ? [] : [root];
}

function newNode(): PathNode {
  return { isEnd: false, below: new Map(), ofEach: null };
}

function addEach(node: PathNode): void {
  for (const child of node.below.values()) addEach(child);
  const ofEach: PathNode = { isEnd: false, below: new Map([...node.below].filter(([name]) => !isIndex(name))), ofEach: null };
  ofEach.ofEach = ofEach;
  node.ofEach = ofEach.below.size === 0 ? null : ofEach;
}

/**
 * Returns the JSON text of `data` as the rules let a receiver see it. Slices of the text are copied, so kept parts have their bytes,
 * order, duplicates and white space. A kept path brings the objects and lists around it. Members with the same name are each
 * treated as if they were alone. Ingestion admits at most 32 levels, which bounds the recursion. Each character is read a fixed
 * number of times.
 */
export function underRules(data: Uint8Array, { kept, masked }: CompiledDataRules): Buffer {
  const parts: string[] = [];
  const text = Buffer.from(data).toString();
  copyValue(text, skipSpace(text, 0), kept, masked, parts);
  return Buffer.from(parts.length === 0 ? '{}' : parts.join(''));
}

/** Adds the parts of the value at `start` that are sent, perhaps none, and returns the value's end. */
function copyValue(text: string, start: number, kept: Paths | null, masked: Paths, parts: string[]): number {
  const isMasked = masked.some(({ isEnd }) => isEnd);
  const isWhole = kept === null || kept.some(({ isEnd }) => isEnd);
  const hasMembers = isObjectAt(text, start) || isListAt(text, start);
  // The paths treat all its members alike.
  if (!hasMembers || (isWhole ? isMasked || masked.length === 0 : kept.length === 0)) {
    const end = endOfValue(text, start);
    if (isWhole) parts.push(isMasked ? MASK : text.slice(start, end));
    return end;
  }
  const before = parts.length;
  const end = copyMembers(text, start, isWhole ? null : kept, isMasked ? [] : masked, parts);
  // A kept path leads through a masked value: mask it as a whole, if anything of it is kept.
  if (isMasked && parts.length > before) parts.splice(before, Infinity, MASK);
  return end;
}

/** Copies an object or a list, member by member; the members of a list are its elements. */
function copyMembers(text: string, start: number, kept: Paths | null, masked: Paths, parts: string[]): number {
  const before = parts.length;
  /** Text before the next member that is sent: the bracket, or the comma behind the last one sent, with white space. */
  let lead: string | null = null;
  let leadStart = start;
  let lastEnd = start;
  const copyMember = (at: number, value: number, below: Step): number => {
    lead ??= text.slice(leadStart, at);
    const count = parts.push(lead + text.slice(at, value));
    lastEnd = copyValue(text, value, kept && below(kept), below(masked), parts);
    if (parts.length === count) {
      parts.pop();
    } else {
      lead = null;
      leadStart = lastEnd;
    }
    return lastEnd;
  };
  const end = isListAt(text, start)
    ? eachElement(text, start, (value, index) => copyMember(value, value, belowElement(index)))
    : eachMember(text, start, (value, nameStart, nameEnd) =>
        copyMember(nameStart, value, belowMember(stringIn(text, nameStart, nameEnd))),
      );
  // The white space before the closing bracket is sent with it.
  if (parts.length > before) parts.push(text.slice(lastEnd, end));
  else if (kept === null) parts.push(text.slice(start, end));
  return end;
}

type Step = (paths: Paths) => Paths;

const belowMember =
  (name: string): Step =>
  (paths) =>
    paths.flatMap(({ below }) => below.get(name) ?? []);

/** Walks lists as `valueAt` does: a number names an element, any other name is read from each element. */
const belowElement =
  (index: number): Step =>
  (paths) =>
    paths.flatMap(({ below, ofEach }) => [ofEach ?? [], below.get(String(index)) ?? []].flat());
