import { get } from 'node:http';
import { Receiver, type ReceivedRequest } from '../support/receiver.js';
import type { Plan, WebhookName } from './plan.js';

/** A request as the oracle looks at it. */
export interface SeenRequest {
  webhook: WebhookName;
  eventId: string;
  atMs: number;
  /** Null: no answer was sent. */
  status: number | null;
  answeredAtMs: number | null;
}

/** The customers' servers of a run: they remember every request and answer by the plan. */
export class ScriptedReceiver {
  private readonly count = new Map<string, number>();
  /** Paths of webhooks whose making was never answered, so that nobody knows whether they exist. */
  private readonly doubtful = new Set<string>();
  /** Hears of each request before it is answered. */
  onRequest: () => void = () => undefined;

  constructor(
    private readonly receiver: Receiver,
    private readonly run: string,
    private readonly plan: Plan,
  ) {
    receiver.requests.length = 0;
    receiver.answer = (request, response) => {
      const { run: ofRun, webhook, eventId } = placeOf(request);
      if (ofRun !== run) {
        // Requests of an earlier run are accepted and not counted.
        response.writeHead(200).end();
        return;
      }
      const key = `${request.path} ${eventId}`;
      const nth = (this.count.get(key) ?? 0) + 1;
      this.count.set(key, nth);
      this.onRequest();
      const answer = this.plan.answer(webhook, Number(eventId.split('-').at(-1)), nth);
      if (answer.kind === 'hang') return;
      if (answer.kind === 'reset') {
        response.socket?.resetAndDestroy();
        return;
      }
      const headers = answer.retryAfterSeconds === undefined ? {} : { 'retry-after': String(answer.retryAfterSeconds) };
      setTimeout(() => response.writeHead(answer.status, headers).end(), answer.afterMs);
    };
  }

  urlOf(webhook: WebhookName, attempt = 0): string {
    return this.receiver.url.replace('/webhooks', this.pathOf(webhook, attempt));
  }

  /** Leaves out what comes to a webhook that may or may not have been made. */
  doubt(webhook: WebhookName, attempt: number): void {
    this.doubtful.add(this.pathOf(webhook, attempt));
  }

  /**
   * Resolves when everything sent before has been seen. Node accepts one connection in each turn of its event loop. On a busy
   * machine, requests wait there for seconds after they were sent. A connection of its own comes after them.
   */
  async caughtUp(): Promise<void> {
    await new Promise((resolve, reject) => {
      get(this.receiver.urlOf('/caught-up'), { agent: false }, (answer) => answer.resume().on('end', resolve)).on(
        'error',
        reject,
      );
    });
  }

  requests(): SeenRequest[] {
    return this.receiver.requests.flatMap((request) => {
      const { run, webhook, eventId } = placeOf(request);
      if (run !== this.run || this.doubtful.has(request.path)) return [];
      return [{ webhook, eventId, atMs: request.atMs, status: request.answered, answeredAtMs: request.answeredAtMs }];
    });
  }

  private pathOf(webhook: WebhookName, attempt: number): string {
    return `/${this.run}/${webhook}/${attempt}`;
  }
}

function placeOf({ path, headers }: ReceivedRequest): { run: string; webhook: WebhookName; eventId: string } {
  const [, run = '', webhook] = path.split('/');
  return { run, webhook: webhook as WebhookName, eventId: String(headers['webhook-id']) };
}
