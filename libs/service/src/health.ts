import { Controller, Get, Header, HttpCode, Inject, Injectable, Res } from '@nestjs/common';
import { collectDefaultMetrics, Registry } from 'prom-client';

/** One thing that must be true before a service takes work: `nats`, `database`, `directory`. */
export interface ReadinessCheck {
  name: string;
  isReady(): boolean | Promise<boolean>;
}

/** What is asked at /health/ready. Services add their checks; a stopping service is not ready. */
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

  /** The names of what is not ready; empty when all is well. */
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

/** The service's metrics, with Node's own. */
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

/** /health/live, /health/ready and /metrics of every service. Without `@ApiX`: they are for operators, not part of the contract. */
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
