import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { allCalls } from './all-calls.js';

const folder = fileURLToPath(new URL('.', import.meta.url));
const sources = readdirSync(folder).filter((file) => !/^(call|all-calls(\.spec)?)\.ts$/.test(file));
const declared = sources.flatMap((file) => readFileSync(`${folder}/${file}`, 'utf8').match(/= call[<(]/g) ?? []);

it('finds every declaration of the folder', () => {
  expect(declared.length).toBeGreaterThan(50);
  expect(allCalls).toHaveLength(declared.length);
});

it('has one call for each subject, which names its service', () => {
  const patterns = allCalls.map(({ pattern }) => pattern);
  expect(new Set(patterns).size).toBe(patterns.length);
  expect(patterns.filter((pattern) => !/^(subscriptions|ingestion|delivery_log)(\.[a-z_]+){1,2}$/.test(pattern))).toEqual([]);
});
