/**
 * What of an event's `data` a webhook gets, in paths as filters have them: `data.contact.email`. What is left out limits
 * nothing, and states and facts from before there were rules have none.
 */
export interface DataRules {
  /** Nothing else is sent; none at all: `{}`. */
  dataFields?: string[];
  /** `"***"` is sent in the place of their values. */
  maskedFields?: string[];
}
