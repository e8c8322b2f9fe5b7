import 'reflect-metadata';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { AnswerProblems } from './answer-problems.js';
import { natsTransport } from './ask.js';
import { Health } from './health.js';
import { JsonLogger } from './json-logger.js';
import { WithRequestContext } from './request-context.js';
import type { ServiceSettings } from './service-settings.js';

/**
 * Runs a service that other services ask over NATS, in the queue group of its name, and serves its health and metrics. On
 * SIGTERM or SIGINT it takes no more work, lets the module finish (`onApplicationShutdown`), and exits.
 */
export async function runService(
  name: string,
  settings: ServiceSettings,
  module: Type | DynamicModule,
): Promise<NestFastifyApplication> {
  const logger = new JsonLogger(name, settings.LOG_LEVEL);
  exitOnSurprise(logger);
  const app = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(), { logger, abortOnError: false });
  // The microservice inherits the filters and interceptors that exist when it is connected.
  app.useGlobalFilters(new AnswerProblems());
  app.useGlobalInterceptors(new WithRequestContext());
  app.connectMicroservice(natsTransport(settings.NATS_URL, name), { inheritAppConfig: true });
  stopOnSignal(app, logger);
  await app.startAllMicroservices();
  await app.listen(settings.HEALTH_PORT, settings.LISTEN_HOST);
  logger.log(`${name} is ready, health at ${await app.getUrl()}`);
  return app;
}

/** Stops at the first signal and ignores further ones. A supervisor ends a process that hangs with SIGKILL. */
export function stopOnSignal(app: NestFastifyApplication, logger: JsonLogger): void {
  let isStopping = false;
  const stop = async (signal: string): Promise<void> => {
    if (isStopping) return;
    isStopping = true;
    logger.log(`${signal}: stopping`);
    app.get(Health).stop();
    await app.close();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      stop(signal).catch((error: unknown) => {
        logger.fatal(error);
        process.exit(1);
      });
    });
  }
}

/** Ends the process on an unexpected error. Its supervisor starts it again, and JetStream redelivers unacknowledged messages. */
export function exitOnSurprise(logger: JsonLogger): void {
  const die = (error: unknown): void => {
    logger.fatal(error instanceof Error ? error : String(error));
    process.exit(1);
  };
  process.on('uncaughtException', die);
  process.on('unhandledRejection', die);
}

/** Runs a service's main function. A failure at start becomes one clear line on standard error. */
export function main(start: () => Promise<unknown>): void {
  start().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  });
}
