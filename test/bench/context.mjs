import { startPlatform } from './start-platform.mjs';
import { Stops } from './stops.mjs';

/**
 * A figure that was measured, beside the one to reach.
 *
 * @typedef {object} Figure
 * @property {string} scenario
 * @property {string} what
 * @property {number} value
 * @property {string} unit
 * @property {number} [atLeast]
 * @property {number} [atMost]
 */

/** Everything that a scenario works with. */
export class Context {
  stops = new Stops();
  /** @type {import('./platform.mjs').Platform | null} */
  platform = null;

  /**
   * @param {string} scenario
   * @param {{ scale: number, sync: string, say: (line: string) => void, figures: Figure[] }} options
   */
  constructor(scenario, { scale, sync, say, figures }) {
    this.scenario = scenario;
    this.scale = scale;
    /** NATS' `sync_interval` for scenarios that run with one only. */
    this.sync = sync;
    this.say = say;
    this.figures = figures;
  }

  /** Every comparison is made so often, the sides in turn; what counts is the median. */
  rounds = 3;

  /**
   * @param {number} full
   * @param {number} [least]
   */
  count(full, least = 1) {
    return Math.max(least, Math.round(full * this.scale));
  }

  /**
   * Seconds of a steady load: shorter when scaled down, but never too short for a 99th percentile.
   *
   * @param {number} full
   */
  seconds(full) {
    return Math.max(3, full * Math.min(1, this.scale));
  }

  /**
   * A platform of its own, ended with the scenario.
   *
   * @param {{ sync?: string, env?: Record<string, string> }} [options]
   */
  async start({ sync = this.sync, env = {} } = {}) {
    this.platform = await startPlatform({ sync, env, say: this.say, stops: this.stops });
    return this.platform;
  }

  /**
   * Puts a figure into the table at the end.
   *
   * @param {string} what
   * @param {number} value
   * @param {string} unit
   * @param {{ atLeast?: number, atMost?: number }} [aim]
   */
  figure(what, value, unit, aim = {}) {
    this.figures.push({ scenario: this.scenario, what, value, unit, ...aim });
  }
}
