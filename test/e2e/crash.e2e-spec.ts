import { jest } from '@jest/globals';
import { chaosRun } from '../chaos/chaos-run.js';
import { TIME_SCALE } from '../chaos/plan.js';
import { sayResult } from '../chaos/report.js';
import { usePlatform } from '../support/platform.js';
import { useReceiver } from '../support/receiver.js';

jest.setTimeout(120_000);

/** A few runs of `npm run chaos`, which has every crash point, fault and more seeds. */
const SEED = 1;
const EVENTS = 200;

const platform = usePlatform({ isOwn: true, timeScale: TIME_SCALE });
const receiver = useReceiver();

it.each([
  ['kill -9 of ingestion', 'ingestion.kill'],
  ['kill -9 of dispatch with requests on the wire', 'dispatch.on_the_wire'],
  ['kill -9 of delivery-log', 'delivery-log.kill'],
  ['kill -9 of NATS', 'nats.kill'],
  ['kill -9 of PostgreSQL', 'postgres.kill'],
  ['a rolling restart of dispatch', 'dispatch.swap'],
])('%s loses no delivery, repeats only requests in hand, and leaves a complete log', async (_what, fault) => {
  const result = await chaosRun(platform, receiver, fault, SEED, EVENTS);
  sayResult(result);
  expect(result.details).toEqual([]);
});
