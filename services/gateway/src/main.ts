import 'reflect-metadata';
import { readEnvironment } from '#libs/service/src/environment';
import { JsonLogger } from '#libs/service/src/json-logger';
import { exitOnSurprise, main, stopOnSignal } from '#libs/service/src/run-service';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppModule } from './app.module.js';
import { answerMethods } from './http/allowed-methods.js';
import { useBodyParser } from './http/body-parser.js';
import { NO_ADDRESS, ProblemFilter, sendProblem } from './http/problem.filter.js';
import { Doorkeeper } from './keys/doorkeeper.js';
import { identifyCallers } from './keys/identify-callers.js';
import { serveOpenApi } from './openapi/document.js';
import { RpcServer } from './rpc/server.js';
import { GatewaySettings } from './settings.js';
import { ValidPipe } from './validation/valid.pipe.js';

/** Bounds the time in which a request arrives: a client that drips it forever would keep its connection forever. */
const REQUEST_TIMEOUT_MS = 30_000;

main(async () => {
  const settings = readEnvironment(GatewaySettings);
  const logger = new JsonLogger('gateway', settings.LOG_LEVEL);
  exitOnSurprise(logger);
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.with(settings),
    new FastifyAdapter({
      // Longer than a request line can be: an id that is too long is simply not found.
      routerOptions: { maxParamLength: 16 * 1024 },
      frameworkErrors: (_error: Error, _request: FastifyRequest, reply: FastifyReply) => sendProblem(reply, NO_ADDRESS),
      requestTimeout: REQUEST_TIMEOUT_MS,
    }),
    {
      logger,
      abortOnError: false,
      bodyParser: false,
    },
  );
  const fastify = app.getHttpAdapter().getInstance();
  answerMethods(fastify);
  identifyCallers(fastify, app.get(Doorkeeper));
  useBodyParser(fastify);
  app.useGlobalFilters(new ProblemFilter());
  app.useGlobalPipes(new ValidPipe());
  serveOpenApi(app);
  stopOnSignal(app, logger);
  await app.get(RpcServer).start();
  await app.listen(settings.PORT, settings.LISTEN_HOST);
  logger.log(`gateway is ready at ${await app.getUrl()}`);
});
