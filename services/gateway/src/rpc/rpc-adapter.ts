import { Metadata, type handleUnaryCall, type ServerUnaryCall } from '@grpc/grpc-js';
import { Asker } from '#libs/service/src/ask';
import { inRequestContext } from '#libs/service/src/request-context';
import { Injectable, Logger } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { CONTROLLERS } from '../controllers.js';
import { asProblem } from '../http/problem.filter.js';
import { runOnce } from '../idempotency/run-once.js';
import type { Caller } from '../keys/caller.js';
import { ACCOUNT_HEADER } from '../keys/identify-callers.js';
import { Doorkeeper } from '../keys/doorkeeper.js';
import { grpcError } from './error.js';
import { toAnswer, type Fields, type Message } from './message.js';
import { operationOf, type Operation } from './operation.js';
import type { Rpc } from './proto.js';

type Call = ServerUnaryCall<Message, Fields>;

/**
 * Answers RPCs with the controllers that answer HTTP: an RPC is the controller method of its name. It admits the caller, binds
 * the message, runs the method once for an `idempotency-key`, and makes a message of the view.
 */
@Injectable()
export class RpcAdapter {
  private readonly logger = new Logger('Grpc');

  constructor(
    private readonly asker: Asker,
    private readonly doorkeeper: Doorkeeper,
    private readonly moduleRef: ModuleRef,
  ) {}

  /** Returns the handler of an RPC. Throws when no controller method can answer it. */
  handlerOf(rpc: Rpc): handleUnaryCall<Message, Fields> {
    const operation = operationOf(rpc, CONTROLLERS);
    return (call, callback) => {
      this.answer(rpc, operation, call).then(
        (message) => callback(null, message),
        (error: unknown) => callback(this.failure(error)),
      );
    };
  }

  /** Sends metadata ahead of the answer, or of the failure, for what HTTP says in headers. */
  private async answer(rpc: Rpc, operation: Operation, call: Call): Promise<Fields> {
    const metadata = new Metadata();
    try {
      const caller = await this.admit(operation, call, metadata);
      // The client has gone, or its deadline has passed: nobody gets this answer.
      if (call.cancelled) return {};
      return toAnswer(rpc.response, await this.handle(operation, call, caller, metadata));
    } finally {
      call.sendMetadata(metadata);
    }
  }

  private async admit({ needs, isPublishing }: Operation, call: Call, metadata: Metadata): Promise<Caller> {
    const asked = {
      authorization: call.metadata.get('authorization')[0]?.toString(),
      account: call.metadata.get(ACCOUNT_HEADER)[0]?.toString(),
      isPublishing,
    };
    const caller = await this.doorkeeper.identify(asked, ({ limit, remaining, resetSeconds }) => {
      metadata.set('x-ratelimit-limit', String(limit));
      metadata.set('x-ratelimit-remaining', String(remaining));
      metadata.set('x-ratelimit-reset', String(resetSeconds));
    });
    this.doorkeeper.allow(caller, needs);
    return caller;
  }

  /** Keeps the view, not the message, for an idempotency key. */
  private async handle(operation: Operation, call: Call, caller: Caller, metadata: Metadata): Promise<unknown> {
    const controller = this.moduleRef.get<Record<string, (...args: unknown[]) => unknown>>(operation.controller, {
      strict: false,
    });
    const handle = async (): Promise<unknown> => {
      const args = operation.argumentsOf({ caller, message: call.request, metadata: call.metadata });
      return controller[operation.method]!(...args);
    };
    const [key] = call.metadata.get('idempotency-key');
    if (key === undefined || operation.isRead) return inRequestContext({ actor: caller.keyId }, handle);
    const text = `${call.getPath()}\n${JSON.stringify(call.request)}`;
    const { answer, replayedStatus } = await runOnce(this.asker, { caller, key: String(key), text, status: () => 200 }, handle);
    if (replayedStatus !== null) metadata.set('idempotency-replayed', 'true');
    return answer;
  }

  private failure(error: unknown): ReturnType<typeof grpcError> {
    const problem = asProblem(error);
    if (problem.code === 'internal_error') this.logger.error(error instanceof Error ? error : String(error));
    return grpcError(problem);
  }
}
