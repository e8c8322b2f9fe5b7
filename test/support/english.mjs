/**
 * Finds comment sentences that a reader has to read twice: those that open with a headless clause, and those of more than
 * 25 words. `test/tidy.spec.ts` runs it over the whole repository; `node test/support/english.mjs FILE…` prints what it finds.
 */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const HEADLESS = /^(What|Who|Whoever|Whatever|Of|Those|One that|One who|That which)\b/;
const WORDS_MAX = 25;

/**
 * @typedef {{ line: number, problem: string, text: string }} Finding
 */

/**
 * The comments of a TypeScript or JavaScript file, each as one text. Consecutive `//` lines are one comment.
 *
 * @param {string} source
 */
export function commentsIn(source) {
  /** @type {{ line: number, text: string, isDoc: boolean }[]} */
  const comments = [];
  const lines = source.split('\n');
  for (let n = 0; n < lines.length; n++) {
    const line = lines[n] ?? '';
    const block = /^\s*\/\*\*?(.*)$/.exec(line);
    if (block) {
      const start = n;
      const parts = [block[1] ?? ''];
      while (!(lines[n] ?? '').includes('*/') && n + 1 < lines.length) parts.push((lines[++n] ?? '').replace(/^\s*\* ?/, ''));
      comments.push({ line: start + 1, text: parts.join('\n').replace(/\*\/.*$/s, ''), isDoc: /^\s*\/\*\*/.test(line) });
      continue;
    }
    if (!/^\s*\/\/ ?(?!\s*eslint|\s*oxlint|\s*prettier)/.test(line)) continue;
    const start = n;
    const parts = [line.replace(/^\s*\/\/ ?/, '')];
    while (/^\s*\/\//.test(lines[n + 1] ?? '')) parts.push((lines[++n] ?? '').replace(/^\s*\/\/ ?/, ''));
    comments.push({ line: start + 1, text: parts.join('\n'), isDoc: false });
  }
  return comments;
}

/**
 * The sentences of a text. Code in back-ticks counts as one word; a line of a list is a sentence of its own; JSDoc tags end it.
 *
 * @param {string} text
 */
export function sentencesIn(text) {
  const prose = text
    .replace(/`[^`]*`/g, 'CODE')
    .replace(/^\s*@\w+[^\n]*$/gm, '\n\n')
    .replace(/\b(e\.g|i\.e|vs|etc|RFC \d+)\./g, '$1')
    .replace(/\n\s*[-*|]\s/g, '\n\n');
  return prose
    .split(/\n\s*\n|(?<=[.!?…])\s+(?=[^a-z])|(?<=[.!?])\s*$/)
    .map((one) => one.replace(/\s+/g, ' ').trim())
    .filter((one) => one !== '');
}

/**
 * Finds the sentences of a text that a reader has to read twice.
 *
 * @param {string} text
 */
export function stumblesIn(text) {
  const sentences = sentencesIn(text);
  const long = sentences.filter((one) => one.split(' ').length > WORDS_MAX);
  const headless = sentences.filter((one) => HEADLESS.test(one));
  return [
    ...headless.map((one) => ({ problem: 'opens with a headless clause', text: one })),
    ...long.map((one) => ({ problem: `has ${one.split(' ').length} words`, text: one })),
  ];
}

/**
 * @param {string} source of a TypeScript or JavaScript file
 * @returns {Finding[]}
 */
export function findStumbles(source) {
  return commentsIn(source).flatMap(({ line, text }) => stumblesIn(text).map((found) => ({ line, ...found })));
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  let count = 0;
  for (const file of process.argv.slice(2))
    for (const { line, problem, text } of findStumbles(readFileSync(file, 'utf8'))) {
      count++;
      process.stdout.write(`${file}:${line}: ${problem}: ${text}\n`);
    }
  process.exitCode = count === 0 ? 0 : 1;
  process.stdout.write(`${count} found\n`);
}
