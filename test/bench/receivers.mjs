import { Forked } from './forked.mjs';

/** The sink as scenarios use it. */
export class Receivers {
  /**
   * @param {Forked} forked
   * @param {number[]} ports
   */
  constructor(forked, ports) {
    this.forked = forked;
    this.ports = ports;
  }

  static async start() {
    const forked = new Forked('sink', new URL('sink.mjs', import.meta.url));
    const { ports } = await forked.call('listen');
    return new Receivers(forked, ports);
  }

  /**
   * @param {string} group
   * @param {number | string} [webhook]
   */
  url(group, webhook = 0) {
    return `http://127.0.0.1:${this.ports[0]}/${group}/${webhook}`;
  }

  /**
   * A URL of another receiver, as far as connections go.
   *
   * @param {string} group
   * @param {number | string} [webhook]
   */
  otherUrl(group, webhook = 0) {
    return `http://127.0.0.1:${this.ports[1]}/${group}/${webhook}`;
  }

  /**
   * @param {string} group
   * @param {'answer' | 'fail' | 'hang'} behaviour
   */
  async behave(group, behaviour) {
    await this.forked.call('behave', { group, behaviour });
  }

  /**
   * Takes what the group received since the last call.
   *
   * @param {string} group
   * @returns {Promise<import('./sink.mjs').Taken>}
   */
  take(group) {
    return this.forked.call('take', group);
  }

  /**
   * @param {string} group
   * @returns {Promise<number>}
   */
  count(group) {
    return this.forked.call('count', group);
  }

  /**
   * Waits for so many distinct deliveries, and takes them.
   *
   * @param {string} group
   * @param {number} count
   * @param {number} [withinMs]
   */
  async receive(group, count, withinMs = 60_000) {
    const reached = await this.forked.call('reached', { group, count, withinMs });
    if (reached < count) throw new Error(`only ${reached} of ${count} deliveries arrived within ${withinMs / 1000} s`);
    return this.take(group);
  }

  stop() {
    return this.forked.stop();
  }
}
