import type { Call } from '#libs/contracts/src/calls/call';
import { serversAt } from '#libs/jetstream/src/connect';
import { Problem, type ProblemBody } from '#libs/problem/src/problem';
import { Injectable } from '@nestjs/common';
import { ClientProxy, ClientProxyFactory, Transport, type NatsOptions } from '@nestjs/microservices';
import { firstValueFrom, timeout } from 'rxjs';
import { requestContext } from './request-context.js';

/** Transport for questions between services: reconnects forever, and never keeps a question for later. */
export function natsTransport(natsUrl: string, queue: string): NatsOptions {
  return {
    transport: Transport.NATS,
    options: {
      ...serversAt(natsUrl),
      queue,
      name: queue,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 250,
      waitOnFirstConnect: true,
      // Nest always waits this long for running answers.
      gracefulShutdown: true,
      gracePeriod: 1_000,
    },
  };
}

/** Asks other services and waits for their answers: NATS request/reply through Nest's transport. */
@Injectable()
export class Asker {
  private readonly client: ClientProxy;

  constructor(natsUrl: string, name: string) {
    this.client = ClientProxyFactory.create(natsTransport(natsUrl, name));
  }

  /**
   * Asks `call` and returns its answer. Throws the Problem that the other side threw, `body_too_large` when NATS takes no
   * message of this size, and `unavailable` when nobody answers in time. Any other error is ours: it is thrown as it is.
   */
  async ask<Payload extends object, Answer>(call: Call<Payload, Answer>, payload: Payload): Promise<Answer> {
    const context = requestContext();
    try {
      const message = context === null ? payload : { ...payload, context };
      return await firstValueFrom(this.client.send<Answer>(call.pattern, message).pipe(timeout(call.timeoutMs)));
    } catch (error) {
      if (isProblemBody(error)) throw Problem.fromBody(error);
      if (error instanceof Error && error.message.includes('max_payload'))
        throw new Problem('body_too_large', 'The body is larger than a message can be. Send less in one request.');
      if (!isAway(error)) throw error;
      const service = call.pattern.split('.')[0]!;
      throw new Problem('unavailable', `The ${service} service does not answer. Nothing was lost; try again.`, {
        retryAfterSeconds: 1,
      });
    }
  }

  async close(): Promise<void> {
    await this.client.close();
  }
}

/** Errors of rxjs, Nest and the NATS client that mean: no answer in time, no responders, no connection. */
const AWAY = [
  'TimeoutError',
  'EmptyResponseException',
  'NoRespondersError',
  'ConnectionError',
  'ClosedConnectionError',
  'DrainingConnectionError',
];
/** Nest's client throws these as plain texts while it reconnects or closes. */
const AWAY_TEXT = /^(Error: )?Connection (lost|closed)/;

/** Tells a service that is away from an error of ours. */
function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return AWAY_TEXT.test(String(error));
  // Some of them have no name of their own, others a class of another name.
  return AWAY.includes(error.name) || AWAY.includes(error.constructor.name) || AWAY_TEXT.test(error.message);
}

function isProblemBody(error: unknown): error is ProblemBody {
  return typeof error === 'object' && error !== null && 'code' in error && 'detail' in error;
}
