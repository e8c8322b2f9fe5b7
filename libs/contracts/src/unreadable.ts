/**
 * A message of our own that cannot be read: damaged, or of a version that this build does not know. It is parked for an operator,
 * never redelivered in a loop.
 */
export class Unreadable extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'Unreadable';
  }
}
