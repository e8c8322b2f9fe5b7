import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Observable } from 'rxjs';

/** What belongs to one request of a client, wherever it is being worked on. The gateway makes it, the Asker passes it on. */
export interface RequestContext {
  /** Who asks: a key's id, `operator`; for the audit log. */
  actor: string;
  /** Set while a request with an Idempotency-Key runs. */
  idempotency?: {
    accountId: string;
    key: string;
    /** Of this run: an answer is kept only by the run that holds the key. */
    claim: string;
    /** What the client gets when it succeeds. */
    status: number;
  };
}

const storage = new AsyncLocalStorage<RequestContext>();

/** Null outside of a client's request: then it is Tidings itself that acts. */
export function requestContext(): RequestContext | null {
  return storage.getStore() ?? null;
}

export function inRequestContext<T>(context: RequestContext, work: () => T): T {
  return storage.run(context, work);
}

/** On the answering side: what the Asker sent along is there again. */
@Injectable()
export class WithRequestContext implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { context: received } = context.switchToRpc().getData<{ context?: RequestContext }>() ?? {};
    if (!received) return next.handle();
    return new Observable((subscriber) => inRequestContext(received, () => next.handle().subscribe(subscriber)));
  }
}
