import { setTimeout as sleep } from 'node:timers/promises';
import type { Service } from '../../scripts/services.mjs';
import type { Platform } from '../support/platform.js';

/** A time in which a part was away. */
export interface Absence {
  part: string;
  fromMs: number;
  /** When it was ready again. */
  untilMs: number;
  /** Requests that it had in hand may be made again: it was dispatch, and it could not say goodbye. */
  mayRepeat: boolean;
}

/** Makes parts of the platform die, and brings back what died. Knows when what was away. */
export class Supervisor {
  readonly absences: Absence[] = [];

  constructor(readonly platform: Platform) {}

  /** Starts a service so that it kills itself at the nth time that it gets to a crash point. */
  async arm(name: string, point: string, nth: number): Promise<void> {
    await this.restartWith(this.platform.service(name), { TIDINGS_CRASH_AT: `${point}:${nth}` });
  }

  /** Waits until an armed service has died, then starts it as it was. False: it never got to its crash point. */
  async revive(name: string, withinMs: () => number): Promise<boolean> {
    const service = this.platform.service(name);
    while (service.process !== null && withinMs() > 0) await sleep(5);
    const hasDied = service.process === null;
    const fromMs = Date.now();
    await this.restartWith(service, {});
    if (hasDied) this.note(name, fromMs, name === 'dispatch');
    return hasDied;
  }

  /** kill -9 at this moment. */
  async kill(name: string): Promise<void> {
    const fromMs = Date.now();
    await this.platform.killAndRestart(name);
    this.note(name, fromMs, name === 'dispatch');
  }

  async killServer(server: 'nats' | 'postgres', awayMs: number): Promise<void> {
    const fromMs = Date.now();
    await this.platform[server].killAndRestart(awayMs);
    this.note(server, fromMs, false);
  }

  /** A new dispatch process first, then SIGTERM for the old one: a rolling restart. */
  async swap(): Promise<void> {
    const fromMs = Date.now();
    const successor = await this.addDispatch();
    await this.replaceDispatchBy(successor);
    this.note('dispatch', fromMs, false);
  }

  /** SIGTERM, then the same service again: nobody takes over meanwhile. */
  async restart(name: string): Promise<void> {
    const fromMs = Date.now();
    await this.restartWith(this.platform.service(name), {});
    this.note(name, fromMs, false);
  }

  /** Dispatch stands still, for less than the time after which others take over: it has to notice by itself. */
  async standStill(forMs: number): Promise<void> {
    const fromMs = Date.now();
    const dispatch = this.platform.service('dispatch').process!;
    dispatch.kill('SIGSTOP');
    await sleep(forMs);
    dispatch.kill('SIGCONT');
    this.note('dispatch', fromMs, true);
  }

  /** Dispatch stands still for so long; another takes over, and then it goes on with what it had in hand. */
  async freeze(forMs: number): Promise<void> {
    const fromMs = Date.now();
    const frozen = this.platform.service('dispatch').process!;
    frozen.kill('SIGSTOP');
    const [successor] = await Promise.all([this.addDispatch(), sleep(forMs)]);
    frozen.kill('SIGCONT');
    // Both go on for a while. A request that was being sent at the freeze may reach its receiver only now, after its time-out.
    await sleep(1_000);
    this.note('dispatch', fromMs, true);
    await this.replaceDispatchBy(successor);
  }

  private async addDispatch(): Promise<Service> {
    return this.platform.addDispatch();
  }

  private async replaceDispatchBy(successor: Service): Promise<void> {
    const { services } = this.platform;
    for (const [name, service] of services) if (service === successor) services.delete(name);
    await this.platform.service('dispatch').stop();
    services.set('dispatch', successor);
  }

  private async restartWith(service: Service, extra: Record<string, string>): Promise<void> {
    await service.stop();
    const { TIDINGS_CRASH_AT: _, ...env } = service.env;
    service.env = { ...env, ...extra };
    service.start();
    await service.ready();
  }

  private note(part: string, fromMs: number, mayRepeat: boolean): void {
    this.absences.push({ part, fromMs, untilMs: Date.now(), mayRepeat });
  }
}
