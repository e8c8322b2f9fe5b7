import type { EventType } from './profile.js';

type Sample = Record<string, unknown>;

/**
 * Makes an event type of a catalog from its sample. The schema describes the sample's fields and requires none. A CRM sends more
 * than its document shows, and sometimes less; its catalog must not reject its own events.
 */
export function eventType(name: string, category: string, description: string, sample: Sample): EventType {
  return { name, category, description, sample, schema: { type: 'object', ...shapeOf(sample) } };
}

function shapeOf(sample: Sample): object {
  return { properties: Object.fromEntries(Object.entries(sample).map(([field, value]) => [field, schemaOf(value)])) };
}

/** Ids and amounts come as numbers or as text, and anything may be null. */
function schemaOf(value: unknown): object {
  if (Array.isArray(value)) return { type: ['array', 'null'] };
  if (typeof value === 'object' && value !== null)
    return { type: ['object', 'string', 'integer', 'null'], ...shapeOf(value as Sample) };
  if (typeof value === 'boolean') return { type: ['boolean', 'null'] };
  return { type: ['string', 'number', 'boolean', 'null'] };
}
