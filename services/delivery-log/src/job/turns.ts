import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';

/** Back-off after a failed turn: the database or NATS is away. */
const AGAIN_AFTER_MS = 500;

/** Takes turns at jobs, one after the other, until stopped. Every process of the service may run one. */
export class Turns {
  private readonly logger = new Logger(Turns.name);
  private isStopped = false;
  private running: Promise<void> = Promise.resolve();

  /** `jobs` names the jobs in log lines. `turn` returns how long to wait before the next turn, ms. A turn that throws is repeated. */
  constructor(
    private readonly jobs: string,
    private readonly turn: () => Promise<number>,
  ) {}

  start(): void {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.isStopped) {
      try {
        const idleMs = await this.turn();
        if (idleMs > 0) await sleep(idleMs);
      } catch (error) {
        this.logger.warn(`${this.jobs} wait: ${(error as Error).message}`);
        await sleep(AGAIN_AFTER_MS);
      }
    }
  }
}
