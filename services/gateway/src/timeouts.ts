/** A change waits until it is in force: its publication, and of a webhook then at most a second for the owner. */
export const CHANGE_TIMEOUT_MS = 4_000;
/** A test waits for receivers, each at most 60 s. */
export const TEST_TIMEOUT_MS = 65_000;
