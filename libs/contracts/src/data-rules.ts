/**
 * Limits the part of an event's `data` that a webhook gets. Paths are those of filters: `data.contact.email`. An omitted rule
 * limits nothing; states and facts of older versions have no rules.
 */
export interface DataRules {
  /** Only these paths are sent. With an empty list, `{}` is sent. */
  dataFields?: string[];
  /** `"***"` is sent instead of the values at these paths. */
  maskedFields?: string[];
}
