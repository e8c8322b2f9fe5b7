import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

/** A mismatch, with an RFC 6901 pointer into the data. */
export interface SchemaError {
  pointer: string;
  detail: string;
}

const SCHEMA_BYTES_MAX = 64 * 1024;
const PATTERN_LENGTH_MAX = 200;
const ERRORS_MAX = 20;

// One instance for all: creating one compiles the draft's own schemas, which takes far longer than an event type's. No compiled
// schema stays in it, so the `$id` of one account's schema means nothing to another's. Without a precision, 19.99 is no multiple
// of 0.01: their quotient as doubles is 1998.9999999999998.
const ajv = new Ajv2020({ strict: false, allErrors: false, validateFormats: true, addUsedSchema: false, multipleOfPrecision: 8 });
formats.default(ajv);

/** By the schema's identity, so that a profile's catalog is compiled once for all its accounts. */
const compiled = new WeakMap<object, (data: unknown) => SchemaError[]>();

/**
 * Compiles a JSON Schema (draft 2020-12) into a check. Throws an Error for the schema's author when the schema is not valid, is
 * larger than 64 KiB, or refers to another document. So does a `pattern` that could take for ever on a hostile text.
 */
export function compileSchema(schema: object): (data: unknown) => SchemaError[] {
  const known = compiled.get(schema);
  if (known) return known;
  const text = JSON.stringify(schema);
  if (Buffer.byteLength(text) > SCHEMA_BYTES_MAX)
    throw new Error(`the schema is larger than ${SCHEMA_BYTES_MAX / 1024} KiB: make it smaller`);
  refuseDangers(schema);
  const validate = ajv.compile(schema);
  ajv.removeSchema(schema);
  const check = (data: unknown): SchemaError[] => {
    if (validate(data)) return [];
    return (validate.errors ?? []).slice(0, ERRORS_MAX).map(({ instancePath, message, params }) => ({
      pointer: instancePath,
      detail: inWords(message, params as Record<string, unknown>),
    }));
  };
  compiled.set(schema, check);
  return check;
}

function inWords(message: string | undefined, params: Record<string, unknown>): string {
  const allowed = params['allowedValues'];
  return `${message ?? 'is not valid'}${Array.isArray(allowed) ? `: ${allowed.join(', ')}` : ''}`;
}

function refuseDangers(node: unknown): void {
  if (Array.isArray(node)) {
    for (const one of node) refuseDangers(one);
    return;
  }
  if (typeof node !== 'object' || node === null) return;
  for (const [key, value] of Object.entries(node)) {
    if ((key === '$ref' || key === '$dynamicRef') && typeof value === 'string' && !value.startsWith('#')) {
      throw new Error(`"${key}": "${value}" refers to another document: only references within the schema are followed`);
    }
    if (key === 'pattern' && typeof value === 'string') refusePattern(value);
    if (key === 'patternProperties' && typeof value === 'object' && value !== null) Object.keys(value).forEach(refusePattern);
    refuseDangers(value);
  }
}

/** A repeated repetition, or repeated alternatives, can make a regular expression take exponential time. */
function refusePattern(pattern: string): void {
  const isNested = /\([^)]*[*+}|][^)]*\)\s*[*+{]/.test(pattern);
  if (pattern.length > PATTERN_LENGTH_MAX || isNested || /\\[1-9]|\(\?[=!<]/.test(pattern)) {
    throw new Error(
      `the pattern "${pattern.slice(0, 60)}" is too complex: at most ${PATTERN_LENGTH_MAX} characters, no repeated groups that repeat, no look-around`,
    );
  }
}
