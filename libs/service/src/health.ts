import { Controller, Get, Header, HttpCode, Inject, Injectable, Res } from '@nestjs/common';
import { collectDefaultMetrics, Registry } from 'prom-client';

/** Condition for taking work: `nats`, `database`, `directory`. */
export interface ReadinessCheck {
  name: string;
  isReady(): boolean | Promise<boolean>;
}

/** Answers /health/ready from the checks that a service adds. A stopping service is not ready. */
@Injectable()
export class Health {
  private readonly checks: ReadinessCheck[] = [];
  private isStopping = false;

  add(check: ReadinessCheck): void {
    this.checks.push(check);
  }

  stop(): void {
    this.isStopping = true;
  }

  /** Names of the checks that fail; empty when the service is ready. */
  async notReady(): Promise<string[]> {
    if (this.isStopping) return ['stopping'];
    const results = await Promise.all(
      this.checks.map(async (check) => {
        const isReady = await Promise.resolve()
          .then(() => check.isReady())
          .catch(() => false);
        return isReady ? null : check.name;
      }),
    );
    return results.filter((name) => name !== null);
  }
}

/** Metrics of the service and of its Node process. */
@Injectable()
export class Metrics {
  readonly registry = new Registry();

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }
}

interface Reply {
  status(code: number): { send(body: unknown): void };
}

/** Serves /health/live, /health/ready and /metrics, for operators. They are no part of the API's document. */
@Controller()
export class HealthController {
  constructor(
    @Inject(Health) private readonly health: Health,
    @Inject(Metrics) private readonly metrics: Metrics,
  ) {}

  @Get('health/live')
  @HttpCode(200)
  live(): { status: string } {
    return { status: 'ok' };
  }

  @Get('health/ready')
  async ready(@Res() reply: Reply): Promise<void> {
    const waitingFor = await this.health.notReady();
    reply
      .status(waitingFor.length === 0 ? 200 : 503)
      .send({ status: waitingFor.length === 0 ? 'ok' : 'not ready', waiting_for: waitingFor });
  }

  @Get('metrics')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  text(): Promise<string> {
    return this.metrics.registry.metrics();
  }
}
