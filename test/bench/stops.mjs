/** What was started is stopped in the opposite order, whatever failed. */
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
