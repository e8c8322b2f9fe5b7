import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Observable } from 'rxjs';

/** Context of one client's request, in every service that works on it. The gateway makes it, the Asker passes it on. */
export interface RequestContext {
  /** The key's id, or `operator`; for the audit log. */
  actor: string;
  /** Set while a request with an Idempotency-Key runs. */
  idempotency?: {
    accountId: string;
    key: string;
    /** Identifies this run. Only the run that holds the key keeps its answer. */
    claim: string;
    /** HTTP status of success. */
    status: number;
  };
}

const storage = new AsyncLocalStorage<RequestContext>();

/** Null outside a client's request: then Tidings itself acts. */
export function requestContext(): RequestContext | null {
  return storage.getStore() ?? null;
}

export function inRequestContext<T>(context: RequestContext, work: () => T): T {
  return storage.run(context, work);
}

/** Restores the context that the Asker sent, on the answering side. */
@Injectable()
export class WithRequestContext implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { context: received } = context.switchToRpc().getData<{ context?: RequestContext }>() ?? {};
    if (!received) return next.handle();
    return new Observable((subscriber) => inRequestContext(received, () => next.handle().subscribe(subscriber)));
  }
}
