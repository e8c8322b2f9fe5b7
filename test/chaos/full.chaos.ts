import { jest } from '@jest/globals';
import { usePlatform } from '../support/platform.js';
import { useReceiver } from '../support/receiver.js';
import { chaosRun, type ChaosResult } from './chaos-run.js';
import { FAULTS } from './faults.js';
import { TIME_SCALE } from './plan.js';
import { isClean, sayResult, saySummary } from './report.js';

jest.setTimeout(240_000);

const SEEDS = 5;

const names = process.env['CHAOS_POINT'] ? process.env['CHAOS_POINT'].split(',') : [...FAULTS.keys()];
const seeds = process.env['CHAOS_SEED'] ? [Number(process.env['CHAOS_SEED'])] : Array.from({ length: SEEDS }, (_, n) => n + 1);

const results: ChaosResult[] = [];
const platform = usePlatform({ isOwn: true, timeScale: TIME_SCALE });
const receiver = useReceiver();

afterAll(async () => {
  saySummary(results);
});

it.each(names.flatMap((name) => seeds.map((seed) => [name, seed] as const)))(
  '%s, seed %i: nothing is lost, doubled or late',
  async (name, seed) => {
    platform.lines.length = 0;
    const result = await chaosRun(platform, receiver, name, seed);
    results.push(result);
    sayResult(result);
    if (!isClean(result)) for (const line of platform.lines.slice(-40)) process.stdout.write(`      | ${line}\n`);
    expect(result.details).toEqual([]);
  },
);
