import { spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';

/** A failure that a person can fix. Its message says what is wrong and what to do. */
export class LaunchError extends Error {}

/** @param {string} name */
export function onPath(name) {
  const found = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' });
  return found.status === 0 ? found.stdout.trim() : null;
}

const setpriv = onPath('setpriv');

/**
 * Starts a program that dies with the launcher, even when the launcher gets SIGKILL (through setpriv where it exists).
 * The program has a process group of its own: Ctrl-C reaches only the launcher, which stops the others in order.
 *
 * @param {string[]} command
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string, prefix?: string[], deathSignal?: string, onLine?: (line: string) => void }} [options]
 */
export function startChild(command, { env = process.env, cwd, prefix = [], deathSignal = 'KILL', onLine = () => {} } = {}) {
  // Comes after `prefix`: a change of user would clear the death signal.
  const dying = setpriv ? [setpriv, '--pdeathsig', deathSignal, '--'] : [];
  const [program = '', ...args] = [...prefix, ...dying, ...command];
  const child = spawn(program, args, { env, cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine(line);
    });
  }
  child.on('error', () => {});
  return child;
}

/**
 * Waits until a child prints a matching line. Throws with the child's last lines when it ends first.
 *
 * @param {(onLine: (line: string) => void) => import('node:child_process').ChildProcess} start
 * @param {RegExp} pattern
 * @param {{ name: string, timeoutMs: number }} what
 */
export function startUntil(start, pattern, { name, timeoutMs }) {
  return new Promise((resolve, reject) => {
    /** @type {string[]} */
    const last = [];
    const child = start((line) => {
      last.push(line);
      if (last.length > 20) last.shift();
      if (pattern.test(line)) finish(null);
    });
    const timer = setTimeout(
      () => finish(new LaunchError(`${name} did not start within ${timeoutMs / 1000} s:\n${last.join('\n')}`)),
      timeoutMs,
    );
    const onExit = () => finish(new LaunchError(`${name} could not start:\n${last.join('\n')}`));
    child.once('exit', onExit);
    /** @param {Error | null} error */
    function finish(error) {
      clearTimeout(timer);
      child.off('exit', onExit);
      if (error) {
        child.kill('SIGKILL');
        reject(error);
      } else resolve(child);
    }
  });
}

/**
 * Sends a child the signal, and SIGKILL when it has not ended in time.
 *
 * @param {import('node:child_process').ChildProcess} child
 * @param {NodeJS.Signals} signal
 * @param {number} graceMs
 */
export async function stopChild(child, signal, graceMs) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await ended;
  clearTimeout(timer);
}

const PORTS = { from: 20_000, below: 32_000 };
/** @type {Set<number>} */
const givenPorts = new Set();

/**
 * Returns a port of this machine that nobody listens on. It lies below the range of outgoing connections, so that none of
 * them takes it before its service starts.
 *
 * @returns {Promise<number>}
 */
export async function freePort() {
  for (let tries = 0; tries < 200; tries++) {
    const port = PORTS.from + Math.floor(Math.random() * (PORTS.below - PORTS.from));
    if (givenPorts.has(port) || !(await isFree(port))) continue;
    givenPorts.add(port);
    return port;
  }
  throw new LaunchError(`No port from ${PORTS.from} to ${PORTS.below} is free.`);
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
