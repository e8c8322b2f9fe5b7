import { Clock } from './clock.js';

const START = Date.UTC(2026, 0, 1);

function clockWith(skewMs: number) {
  const time = { elapsedMs: 0, skewMs };
  const problems: string[] = [];
  const clock = new Clock(
    {
      server: () => Promise.resolve(START + time.elapsedMs),
      wall: () => START + time.elapsedMs + time.skewMs,
      monotonic: () => 5_000 + time.elapsedMs,
    },
    (reason) => problems.push(reason),
  );
  return { clock, time, problems };
}

it("is this machine's time while that is off by less than 30 s", async () => {
  const { clock, problems } = clockWith(20_000);
  await clock.look();
  expect(clock.nowMs()).toBe(START + 20_000);
  expect(problems).toEqual([]);
});

it.each([-600_000, 600_000])("is JetStream's when this machine's is off by %i ms, and says so once", async (skewMs) => {
  const { clock, time, problems } = clockWith(skewMs);
  await clock.look();
  time.elapsedMs = 1_000;
  expect(clock.nowMs()).toBe(START + 1_000);
  expect(problems).toHaveLength(1);
});

it('leaves a clock that jumps at once, and follows it again when it is right', async () => {
  const { clock, time, problems } = clockWith(0);
  await clock.look();
  time.elapsedMs = 100;
  time.skewMs = 3_600_000;
  expect(clock.nowMs()).toBe(START + 100);
  time.skewMs = 0;
  expect(clock.nowMs()).toBe(START + 100);
  expect(problems).toHaveLength(2);
});
