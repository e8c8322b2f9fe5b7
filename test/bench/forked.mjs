import { fork } from 'node:child_process';

/**
 * @typedef {(argument: any) => unknown} Answer
 * @typedef {{ id: number, name: string, argument: unknown }} Call
 */

/**
 * A process of its own that answers calls: sink, publisher and the like must not share an event loop with what measures
 * them. The program ends by `serve`.
 */
export class Forked {
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: Error) => void }>} */
  calls = new Map();
  nextCall = 0;

  /**
   * @param {string} name
   * @param {URL} program
   * @param {string[]} [execArgv]
   */
  constructor(name, program, execArgv = []) {
    this.name = name;
    this.process = fork(program, { execArgv });
    this.process.on('message', (/** @type {{ id: number, value?: unknown, error?: string }} */ answer) => {
      const call = this.calls.get(answer.id);
      this.calls.delete(answer.id);
      if (answer.error === undefined) call?.resolve(answer.value);
      else call?.reject(new Error(`${name}: ${answer.error}`));
    });
    this.process.once('exit', (code, signal) => this.#ended(`ended (${signal ?? `code ${code}`})`));
    this.process.once('error', (error) => this.#ended(error.message));
  }

  /**
   * Calls one of the functions that the program serves.
   *
   * @param {string} name
   * @param {unknown} [argument]
   * @returns {Promise<any>}
   */
  call(name, argument) {
    return new Promise((resolve, reject) => {
      const id = this.nextCall++;
      this.calls.set(id, { resolve, reject });
      this.process.send({ id, name, argument }, (error) => {
        if (error && this.calls.delete(id)) reject(new Error(`${this.name}: ${error.message}`));
      });
    });
  }

  async stop() {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGKILL');
    await ended;
  }

  /** @param {string} how */
  #ended(how) {
    for (const { reject } of this.calls.values()) reject(new Error(`${this.name} ${how}`));
    this.calls.clear();
  }
}

/**
 * In a forked program: answers the calls of the process that started it, and ends with it.
 *
 * @param {Record<string, Answer>} answers
 */
export function serve(answers) {
  const answer = async (/** @type {Call} */ { id, name, argument }) => {
    try {
      const called = answers[name];
      if (!called) throw new Error(`nothing is called ${name}`);
      process.send?.({ id, value: await called(argument) });
    } catch (error) {
      process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  };
  process.on('message', (/** @type {Call} */ call) => void answer(call));
  process.once('disconnect', () => process.exit());
}
