import { TestEnvironment } from 'jest-environment-node';
import { Processes } from './processes.mjs';

/**
 * Jest's environment for end-to-end tests. Every test file has its own sandbox and its own modules. This module lives outside
 * of them, once in each worker, and holds the processes that most files share.
 */

/** @type {Promise<Processes> | null} */
let shared = null;

async function sharedProcesses() {
  shared ??= startOnce();
  return shared;
}

async function startOnce() {
  try {
    const processes = await Processes.start();
    // A worker does not know its last file. The processes end when it exits; setpriv ends them when it is killed.
    process.once('exit', () => processes.killNow());
    return processes;
  } catch (error) {
    shared = null;
    throw error;
  }
}

export default class SharedPlatformEnvironment extends TestEnvironment {
  /** @override */
  async setup() {
    await super.setup();
    this.global['sharedProcesses'] = sharedProcesses;
  }

  /** @override */
  async teardown() {
    await super.teardown();
    (await shared?.catch(() => null))?.unref();
  }
}
