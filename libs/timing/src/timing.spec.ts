import { setTimeout as sleep } from 'node:timers/promises';
import { every } from './every.js';
import { within } from './within.js';

it('runs one at a time, and goes on after a failure, until it is stopped', async () => {
  const failures: unknown[] = [];
  let runs = 0;
  let running = 0;
  let most = 0;
  let thrice: () => void = () => undefined;
  const ranThrice = new Promise<void>((resolve) => (thrice = resolve));
  const stop = every(
    1,
    async () => {
      most = Math.max(most, ++running);
      await sleep(5);
      running--;
      if (++runs === 3) thrice();
      if (runs === 1) throw new Error('the first run');
    },
    (error) => failures.push((error as Error).message),
  );
  await ranThrice;
  stop();
  expect({ most, failures }).toEqual({ most: 1, failures: ['the first run'] });
});

it('resolves and rejects as the promise does, and rejects when the time is up', async () => {
  expect(await within(1_000, Promise.resolve('in time'), 'late')).toBe('in time');
  await expect(within(1_000, Promise.reject(new Error('refused')), 'late')).rejects.toThrow('refused');
  await expect(within(1, new Promise(() => undefined), 'late')).rejects.toThrow('late');
});
