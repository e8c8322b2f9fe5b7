import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Platform } from '../support/platform.js';
import type { Receiver } from '../support/receiver.js';
import { FAULTS } from './faults.js';
import { judge, type Evidence, type Verdict } from './oracle.js';
import { Plan } from './plan.js';
import { Publisher } from './publisher.js';
import { Scene } from './scene.js';
import { ScriptedReceiver } from './scripted-receiver.js';
import { Seeded } from './seeded.js';
import { Supervisor } from './supervisor.js';
import { Witness } from './witness.js';

const EVENTS = 300;
const EVENTS_PER_SECOND = 120;
/** A run that has not come to rest by then never will; what is late by less is late all the same. */
const REST_WITHIN_MS = 60_000;

export interface ChaosResult extends Verdict {
  seed: number;
  fault: string;
  events: number;
  requests: number;
  seconds: number;
}

let runs = 0;

/** One run on a platform that has served others before: events flow, something dies, and the oracle says what came of it. */
export async function chaosRun(
  platform: Platform,
  server: Receiver,
  faultName: string,
  seed: number,
  events = EVENTS,
): Promise<ChaosResult> {
  const fault = FAULTS.get(faultName);
  if (!fault) throw new Error(`there is no ${faultName}; there are ${[...FAULTS.keys()].join(', ')}`);
  const startedAtMs = Date.now();
  const run = `${faultName.replace(/\W/g, '_')}-${seed}-${++runs}`;
  const random = new Seeded(seed, faultName);
  const supervisor = new Supervisor(platform);
  const receiver = new ScriptedReceiver(server, run, new Plan(seed, events));
  const scene = await Scene.make(platform, receiver);
  await fault.prepare?.({ supervisor, random });
  const witness = await Witness.call(platform, scene);
  const publisher = new Publisher(platform, run, scene.tenants, events, fault.eventsPerSecond ?? EVENTS_PER_SECOND);

  const strike = fault.strike({ supervisor, publisher, receiver, random });
  await Promise.all([publisher.publish(), scene.change(publisher), strike]).catch((error: Error) => {
    const ended = [...platform.services.values()].filter((service) => service.process === null).map(({ name }) => name);
    throw new Error(`${error.message}\nended: ${ended.join(', ') || 'no service'}\n${platform.lines.slice(-40).join('\n')}`);
  });
  const calmSinceMs = Date.now();
  const unrest = await restOf(witness);
  const [log, facts] = await Promise.all([witness.log(), witness.facts()]);
  const requests = receiver.requests();
  const evidence: Evidence = {
    expected: scene.expected(publisher.accepted, requests),
    requests,
    facts,
    log,
    absences: supervisor.absences,
    paused: scene.paused!,
    calmSinceMs,
  };
  const verdict = judge(evidence);
  if (unrest !== null) {
    verdict.counts.late++;
    verdict.details.unshift(`late: never came to rest, ${unrest}`);
  }
  if (verdict.details.length > 0) verdict.details.push(`evidence: ${keep(run, evidence)}`);
  const seconds = (Date.now() - startedAtMs) / 1_000;
  return { ...verdict, seed, fault: faultName, events: publisher.accepted.length, requests: requests.length, seconds };
}

/** For whoever looks into it: everything that the oracle knew, as JSON. */
function keep(run: string, evidence: Evidence): string {
  const file = join(tmpdir(), `tidings-${run}.json`);
  writeFileSync(file, JSON.stringify(evidence));
  return file;
}

/** Waits until nothing is on its way any more; returns what still is when it takes too long. */
async function restOf(witness: Witness): Promise<string | null> {
  const untilMs = Date.now() + REST_WITHIN_MS;
  for (;;) {
    const unrest = await witness.findUnrest();
    if (unrest === null || Date.now() > untilMs) return unrest;
    await sleep(200);
  }
}
