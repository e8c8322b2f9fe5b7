import type { ChaosResult } from './chaos-run.js';
import { grouped } from './grouped.js';
import { WRONGS } from './oracle.js';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

export function isClean({ counts }: ChaosResult): boolean {
  return WRONGS.every((wrong) => counts[wrong] === 0);
}

/** A line for each run, and what is wrong with it below. */
export function sayResult(result: ChaosResult): void {
  const { seed, fault, events, requests, counts, repeated, repeatedAgeMs, settledAfterMs, seconds, details } = result;
  const wrongs = WRONGS.map((wrong) => `${wrong} ${counts[wrong]}`).join('  ');
  const settled = settledAfterMs === 0 ? 'at once' : `after ${(settledAfterMs / 1_000).toFixed(1)} s`;
  const verdict = isClean(result) ? 'ok   ' : 'WRONG';
  say(
    `${verdict} seed ${seed}  ${fault.padEnd(24)} ${events} events  ${requests} requests  ${repeated} repeated${repeated > 0 ? ` (answered up to ${repeatedAgeMs} ms before)` : ''}  ${wrongs}  settled ${settled}  ${seconds.toFixed(1)} s`,
  );
  for (const detail of details) say(`      ${detail}`);
}

/** All runs by fault. */
export function saySummary(results: ChaosResult[]): void {
  const columns = ['runs', 'events', 'requests', 'repeated', ...WRONGS, 'seconds'];
  const row = (name: string, cells: (string | number)[]): string =>
    `| ${name.padEnd(24)} | ${cells.map((cell, index) => String(cell).padStart(columns[index]!.length)).join(' | ')} |`;
  const sum = (of: ChaosResult[], read: (result: ChaosResult) => number): number =>
    Math.round(of.reduce((total, result) => total + read(result), 0));
  const cellsOf = (of: ChaosResult[]): number[] => [
    of.length,
    sum(of, ({ events }) => events),
    sum(of, ({ requests }) => requests),
    sum(of, ({ repeated }) => repeated),
    ...WRONGS.map((wrong) => sum(of, ({ counts }) => counts[wrong])),
    sum(of, ({ seconds }) => seconds),
  ];
  say(`\n${row('fault', columns)}`);
  say(
    row(
      '-'.repeat(24),
      columns.map((column) => '-'.repeat(column.length)),
    ),
  );
  for (const [name, of] of grouped(results, ({ fault }) => fault)) say(row(name, cellsOf(of)));
  say(row('all', cellsOf(results)));
}
