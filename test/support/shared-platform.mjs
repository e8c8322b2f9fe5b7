import { TestEnvironment } from 'jest-environment-node';
import { Processes } from './processes.mjs';

/**
 * Jest's environment for end-to-end tests. Every test file has a sandbox and modules of its own; this module lives outside of
 * them, once in each worker, and so do the processes that most files share.
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
    // A worker has no last file. It ends when nothing keeps it, and its processes with it; setpriv ends them if it is killed.
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
