import { readdirSync, readFileSync } from 'node:fs';

/** Processor time and memory by process name, from /proc; 0 on other systems. A process counts with its children. */

const TICK_MS = 10;
const PAGE_KIB = 4;

/** @typedef {Map<string, number | undefined>} Pids */

/**
 * CPU milliseconds so far.
 *
 * @param {Pids} pids
 */
export function cpuMs(pids) {
  return sums(pids, (fields) => (Number(fields[11]) + Number(fields[12])) * TICK_MS);
}

/**
 * Resident memory, MiB.
 *
 * @param {Pids} pids
 */
export function memoryMib(pids) {
  return sums(pids, (fields) => (Number(fields[21]) * PAGE_KIB) / 1024);
}

/**
 * @param {Record<string, number>} before
 * @param {Record<string, number>} after
 * @param {number} deliveries
 * @returns {Record<string, number>} µs a delivery
 */
export function cpuPerDelivery(before, after, deliveries) {
  return Object.fromEntries(Object.entries(after).map(([name, ms]) => [name, ((ms - (before[name] ?? 0)) * 1000) / deliveries]));
}

/**
 * @param {Record<string, number>} before
 * @param {Record<string, number>} after
 * @param {number} seconds between them
 * @returns {Record<string, number>} percent of one core
 */
export function cpuPercent(before, after, seconds) {
  return Object.fromEntries(Object.entries(after).map(([name, ms]) => [name, (ms - (before[name] ?? 0)) / seconds / 10]));
}

/**
 * @param {Pids} pids
 * @param {(fields: string[]) => number} read from the fields of `stat` after the name
 */
function sums(pids, read) {
  /** @type {Map<number, { parent: number, value: number }>} */
  const all = new Map();
  for (const entry of numbered('/proc')) {
    try {
      const fields = readFileSync(`/proc/${entry}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
      all.set(Number(entry), { parent: Number(fields[1]), value: read(fields) });
    } catch {
      // It has ended meanwhile.
    }
  }
  /** @type {Record<string, number>} */
  const sum = {};
  for (const [name, pid] of pids) {
    sum[name] = all.get(pid ?? 0)?.value ?? 0;
    for (const { parent, value } of all.values()) if (parent === pid) sum[name] += value;
  }
  return sum;
}

/** @param {string} folder */
function numbered(folder) {
  try {
    return readdirSync(folder).filter((entry) => /^\d+$/.test(entry));
  } catch {
    return [];
  }
}
