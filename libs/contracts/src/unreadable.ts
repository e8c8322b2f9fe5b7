/**
 * A message of our own that cannot be read: damaged, or of a version that this build does not know. It is parked, where an
 * operator finds it, and never tried again in a loop.
 */
export class Unreadable extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'Unreadable';
  }
}
