import 'reflect-metadata';
import { readEnvironment } from '#libs/service/src/environment';
import { JsonLogger } from '#libs/service/src/json-logger';
import { exitOnSurprise, main, stopOnSignal } from '#libs/service/src/run-service';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { grpcServer } from './grpc/grpc-server.js';
import { useBodyParser } from './http/body-parser.js';
import { answerNowhere, ProblemFilter } from './http/problem.filter.js';
import { Doorkeeper } from './keys/doorkeeper.js';
import { identifyCallers } from './keys/identify-callers.js';
import { serveOpenApi } from './openapi/document.js';
import { GatewaySettings } from './settings.js';
import { ValidPipe } from './validation/valid.pipe.js';

/** For a request's headers and body to arrive: a client that drips them for ever would keep its connection for ever. */
const REQUEST_TIMEOUT_MS = 30_000;

main(async () => {
  const settings = readEnvironment(GatewaySettings);
  const logger = new JsonLogger('gateway', settings.LOG_LEVEL);
  exitOnSurprise(logger);
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.with(settings),
    new FastifyAdapter({
      routerOptions: { maxParamLength: 128 },
      requestTimeout: REQUEST_TIMEOUT_MS,
      frameworkErrors: answerNowhere,
    }),
    {
      logger,
      abortOnError: false,
      bodyParser: false,
    },
  );
  const fastify = app.getHttpAdapter().getInstance();
  identifyCallers(fastify, app.get(Doorkeeper));
  useBodyParser(fastify);
  app.useGlobalFilters(new ProblemFilter());
  app.useGlobalPipes(new ValidPipe());
  app.connectMicroservice(grpcServer(settings.LISTEN_HOST, settings.GRPC_PORT), { inheritAppConfig: true });
  serveOpenApi(app);
  stopOnSignal(app, logger);
  await app.startAllMicroservices();
  await app.listen(settings.PORT, settings.LISTEN_HOST);
  logger.log(`gateway is ready at ${await app.getUrl()}`);
});
