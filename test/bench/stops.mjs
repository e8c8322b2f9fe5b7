/** Stops everything in the opposite order of its start, even when a stop fails. */
export class Stops {
  /** @type {(() => unknown)[]} */
  #stops = [];

  /** @param {() => unknown} stop */
  add(stop) {
    this.#stops.unshift(stop);
  }

  /** @param {(line: string) => void} say */
  async run(say) {
    for (const stop of this.#stops.splice(0)) {
      try {
        await stop();
      } catch (error) {
        say(`while stopping: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
}
